package atomicfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: an attribute security.* is copied where that is allowed, and where it is
// not, the copy of the rest does not fail: the system gives a new file its own.
func TestSecurityAttributesMayBeRefused(t *testing.T) {
	const name = "security.wheel-auto-patch"
	dir := t.TempDir()
	source, first, second := filepath.Join(dir, "source"), filepath.Join(dir, "first"), filepath.Join(dir, "second")
	for _, file := range []string{source, first, second} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(unix.Setxattr(source, name, []byte("x"), 0), os.Chmod(source, 0o640)); err != nil {
		testenv.Lacks(t, "setting a security attribute: %v", err)
	}
	old, err := os.Lstat(source)
	if err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.CopyMetadata(source, first, old); err != nil {
		t.Fatal(err)
	}
	if n, err := unix.Getxattr(first, name, nil); err != nil || n != 1 {
		t.Errorf("allowed, but not copied: %d bytes, %v", n, err)
	}
	dropCapability(t, unix.CAP_SYS_ADMIN) // which xattr(7) asks for
	if err := unix.Setxattr(second, name, []byte("x"), 0); !errors.Is(err, unix.EPERM) {
		t.Fatalf("still allowed: %v", err)
	}
	if err := atomicfile.CopyMetadata(source, second, old); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(second); err != nil || info.Mode() != 0o640 {
		t.Errorf("the mode was not copied: %v %v", info.Mode(), err)
	}
}

// dropCapability takes a capability from the thread of the test, which ends with
// it (capabilities(7)).
func dropCapability(t *testing.T, capability uint) {
	t.Helper()
	runtime.LockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		t.Fatal(err)
	}
	data[capability/32].Effective &^= 1 << (capability % 32)
	if err := unix.Capset(&header, &data[0]); err != nil {
		t.Fatal(err)
	}
}
