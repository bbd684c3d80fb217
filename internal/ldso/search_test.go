package ldso_test

import (
	"debug/elf"
	"io/fs"
	"syscall"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// library is an object of x86-64 for tests.
func library(change func(*elfobj.Object)) *elfobj.Object {
	o := &elfobj.Object{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64, Type: elf.ET_DYN, Dynamic: true}
	if change != nil {
		change(o)
	}
	return o
}

// fakeFiles are objects and errors by path.
type fakeFiles map[string]any

func (f fakeFiles) Open(path string) (ldso.File, error) {
	switch v := f[path].(type) {
	case *elfobj.Object:
		return ldso.File{Real: path, Object: v}, nil
	case error:
		return ldso.File{}, &fs.PathError{Op: "stat", Path: path, Err: v}
	}
	return ldso.File{}, &fs.PathError{Op: "stat", Path: path, Err: fs.ErrNotExist}
}

// Rule: a file that may not be opened is passed over and the list goes on
// (open_path in dl-load.c); any other error ends the list.
func TestPermissionDeniedDoesNotEndTheList(t *testing.T) {
	obj := library(func(o *elfobj.Object) { o.Runpath = []string{"/one", "/two"} })
	for _, c := range []struct {
		err  error
		want string
	}{{syscall.EACCES, "/two/liba.so"}, {syscall.ELOOP, "/lib/liba.so"}} {
		files := fakeFiles{"/one/liba.so": c.err, "/two/liba.so": library(nil), "/lib/liba.so": library(nil)}
		need := ldso.Loader{Libc: ldso.Glibc, DefaultDirs: []string{"/lib"}}.Find(files, obj, "/x.so", "liba.so")
		if need.Path != c.want {
			t.Errorf("%v: %q, want %q", c.err, need.Path, c.want)
		}
		if len(need.Searched) == 0 || need.Searched[0].Reason == "" {
			t.Errorf("%v: no reason in %+v", c.err, need.Searched)
		}
	}
}

// Rule: the float ABI in e_flags of RISC-V tells libraries apart.
func TestFloatABIIsPassedOver(t *testing.T) {
	riscv := func(flags uint32) *elfobj.Object {
		return library(func(o *elfobj.Object) {
			o.Machine, o.Flags, o.Runpath = elf.EM_RISCV, flags, []string{"/soft", "/double"}
		})
	}
	files := fakeFiles{"/soft/liba.so": riscv(0x1), "/double/liba.so": riscv(0x5)}
	need := ldso.Loader{Libc: ldso.Glibc}.Find(files, riscv(0x4), "/x.so", "liba.so")
	if need.Path != "/double/liba.so" || len(need.Searched) != 1 || need.Searched[0].Reason != "it is for riscv64" {
		t.Errorf("%+v", need)
	}
}

// Rule: an object with DF_1_NODEFLIB takes nothing from the cache that lies in a
// default directory; one whose name only begins alike is another directory.
func TestCacheWithoutDefaultDirectories(t *testing.T) {
	for path, found := range map[string]bool{"/lib/liba.so": false, "/lib/sub/liba.so": false, "/lib64/liba.so": true, "/opt/liba.so": true} {
		for _, noDefLib := range []bool{true, false} {
			l := ldso.Loader{
				Libc: ldso.Glibc, DefaultDirs: []string{"/lib"},
				CacheFile: "/etc/ld.so.cache", Cache: map[string]string{"liba.so": path},
			}
			obj := library(func(o *elfobj.Object) { o.NoDefLib = noDefLib })
			need := l.Find(fakeFiles{path: library(nil)}, obj, "/x.so", "liba.so")
			if need.Found != (found || !noDefLib) {
				t.Errorf("%s, NODEFLIB %v: found %v", path, noDefLib, need.Found)
			}
		}
	}
}
