package ldso_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

const hostTable = "/lib/x86_64-linux-gnu/\x00/usr/lib/x86_64-linux-gnu/\x00/lib/\x00/usr/lib/\x00"

// edited writes a copy of the host's loader with other default directories.
func edited(t *testing.T, table string) string {
	t.Helper()
	data, err := os.ReadFile(hostLoader)
	if err != nil || !bytes.Contains(data, []byte(hostTable)) {
		testenv.Lacks(t, "not the loader of Debian for x86-64: %v", err)
	}
	if table += strings.Repeat("\x00", len(hostTable)-len(table)); len(table) != len(hostTable) {
		t.Fatal("too long")
	}
	data = bytes.ReplaceAll(data, []byte(hostTable), []byte(table))
	file := filepath.Join(t.TempDir(), "ld-linux-x86-64.so.2")
	if err := os.WriteFile(file, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// Rule: a Nix glibc has one default directory, its own.
func TestNewLoaderOfNix(t *testing.T) {
	const own = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-glibc/lib"
	l, err := ldso.NewLoader(edited(t, own+"/\x00"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(l.DefaultDirs, []string{own}) || l.Libc != ldso.Glibc || l.Soname != "ld-linux-x86-64.so.2" {
		t.Errorf("%+v", l)
	}
}

// Rule: where the table is not found, the loader's own directory stands for it.
func TestNewLoaderWithoutTable(t *testing.T) {
	file := edited(t, "")
	l, err := ldso.NewLoader(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Dir(file)}; !slices.Equal(l.DefaultDirs, want) {
		t.Errorf("%q, want %q", l.DefaultDirs, want)
	}
}

// Rule: musl's directories are read from its file.
func TestNewLoaderOfMusl(t *testing.T) {
	const file = "/lib/ld-musl-x86_64.so.1"
	if _, err := os.Stat(file); err != nil {
		testenv.Lacks(t, "no musl: %v", err)
	}
	l, err := ldso.NewLoader(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/etc/ld-musl-x86_64.path"); err == nil {
		return // this machine has others
	}
	if want := []string{"/lib", "/usr/local/lib", "/usr/lib"}; l.Libc != ldso.Musl || !slices.Equal(l.DefaultDirs, want) {
		t.Errorf("%s: %q, want %q", l.Libc, l.DefaultDirs, want)
	}
}

// Rule: what is no loader is an error.
func TestNewLoaderRefusesOtherFiles(t *testing.T) {
	for _, file := range []string{"/nonexistent/ld.so", t.TempDir(), "interp_test.go"} {
		if _, err := ldso.NewLoader(file); err == nil {
			t.Errorf("%s was taken", file)
		}
	}
}

// Rule: DiskFiles may be used side by side, and reads each file once: the same
// object comes back for every path that leads to it.
func TestDiskFilesSideBySide(t *testing.T) {
	l := newHostLoader(t)
	dir := t.TempDir()
	if err := os.Symlink(hostLoader, filepath.Join(dir, "link.so")); err != nil {
		t.Fatal(err)
	}
	files := &ldso.DiskFiles{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			a, errA := files.Open(hostLoader)
			b, errB := files.Open(filepath.Join(dir, "link.so"))
			if errA != nil || errB != nil || a.Object != b.Object || a.ID != b.ID || a.Real != b.Real {
				t.Errorf("%v %v: %p %p", errA, errB, a.Object, b.Object)
			}
			if _, err := l.Load(files, "/bin/sh"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
