package testenv

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A Store is a C library, a loader and further libraries away from the host's
// places, as on NixOS: the loader is a copy of the host's whose default
// directories and cache are edited, so that it searches LibcDir alone.
type Store struct {
	Loader  string // in LibcDir
	LibcDir string
	Libs    string // libstdc++, libgcc_s, libgomp, libz; and stubs of what wheels want from a desktop
}

// multiarch is the only host that NewStore knows; its two directories are as
// long as the edited ones must be.
const multiarch = "/lib/x86_64-linux-gnu/"

// glibc is what a Nix glibc has in its lib directory.
var glibc = []string{
	"libc.so.6", "libm.so.6", "libmvec.so.1", "libdl.so.2", "libpthread.so.0",
	"librt.so.1", "libutil.so.1", "libresolv.so.2", "libanl.so.1",
}

// compilers is what gcc and zlib bring; copied, for their symbol versions.
var compilers = []string{"libstdc++.so.6", "libgcc_s.so.1", "libgomp.so.1", "libz.so.1"}

// desktop has no symbol versions, so stubs serve where nothing is called.
var desktop = []string{
	"libGL.so.1", "libGLU.so.1", "libICE.so.6", "libSM.so.6", "libX11.so.6", "libXcursor.so.1",
	"libXext.so.6", "libXfixes.so.3", "libXft.so.2", "libXinerama.so.1", "libXrender.so.1",
	"libfontconfig.so.1", "libglib-2.0.so.0", "libgthread-2.0.so.0", "libhwloc.so.15", "libxcb.so.1",
}

// HostStore makes a Store for one test.
func HostStore(t testing.TB) *Store {
	t.Helper()
	if _, err := os.Stat(multiarch); err != nil {
		t.Skipf("not a Debian of this machine: %v", err)
	}
	Tool(t, "gcc")
	s, remove, err := NewStore()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove)
	return s
}

// NewStore makes a Store under /tmp: the name of LibcDir must be just as long
// as the host's, which a deeper directory would not allow.
func NewStore() (s *Store, remove func(), err error) {
	top, err := os.MkdirTemp("/tmp", "s")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { os.RemoveAll(top) }
	defer func() {
		if err != nil {
			remove()
		}
	}()
	pad := len(multiarch) - len(top) - len("//")
	if pad < 1 {
		return nil, nil, fmt.Errorf("%s is too long a name", top)
	}
	s = &Store{LibcDir: filepath.Join(top, strings.Repeat("c", pad)), Libs: filepath.Join(top, "libs")}
	s.Loader = filepath.Join(s.LibcDir, "ld-linux-x86-64.so.2")
	return s, remove, s.fill()
}

func (s *Store) fill() error {
	if err := errors.Join(os.Mkdir(s.LibcDir, 0o755), os.Mkdir(s.Libs, 0o755)); err != nil {
		return err
	}
	for _, name := range glibc {
		if err := copyFile(multiarch+name, filepath.Join(s.LibcDir, name)); err != nil {
			return err
		}
	}
	for _, name := range compilers {
		if err := copyFile(multiarch+name, filepath.Join(s.Libs, name)); err != nil {
			return err
		}
	}
	// numba asks for this file name, which is no soname.
	if err := os.Symlink("libgomp.so.1", filepath.Join(s.Libs, "libgomp.so.1.0.0")); err != nil {
		return err
	}
	for _, name := range desktop {
		if err := stub(filepath.Join(s.Libs, name), name); err != nil {
			return err
		}
	}
	loader, err := os.ReadFile("/lib64/ld-linux-x86-64.so.2")
	if err != nil {
		return err
	}
	return os.WriteFile(s.Loader, s.edited(loader), 0o755)
}

// edited returns the loader's bytes with other places of the same length.
func (s *Store) edited(loader []byte) []byte {
	defaults := multiarch + "\x00/usr" + multiarch + "\x00/lib/\x00/usr/lib/\x00"
	mine := s.LibcDir + "/\x00/NON" + strings.ToUpper(multiarch) + "\x00/NON/\x00/NON/NON/\x00"
	loader = bytes.ReplaceAll(loader, []byte(defaults), []byte(mine))
	return bytes.ReplaceAll(loader, []byte("/etc/ld.so.cache\x00"), []byte("/NON/ld.so.cache\x00"))
}

func stub(file, soname string) error {
	cmd := exec.Command("gcc", "-shared", "-nostdlib", "-o", file, "-Wl,-soname,"+soname, "-x", "c", "/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, out)
	}
	return nil
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}
