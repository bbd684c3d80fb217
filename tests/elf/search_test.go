package elf_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	testelf "github.com/wheel-auto-patch/wheel-auto-patch/tests/elf"
	cases "github.com/wheel-auto-patch/wheel-auto-patch/tests/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: musl takes a newline for a separator of directories, glibc does not. The
// text form of tests/ldso cannot say this.
func TestNewlineInASearchPath(t *testing.T) {
	testenv.Tool(t, "gcc")
	work := testelf.NewWorkshop(t)
	library := func(change func(*elfobj.Object)) *elfobj.Object {
		o := &elfobj.Object{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64, Type: elf.ET_DYN, Dynamic: true}
		if change != nil {
			change(o)
		}
		return o
	}
	for libc, interp := range map[ldso.Libc]string{ldso.Glibc: "/lib/ld-linux-x86-64.so.2", ldso.Musl: "/lib/ld-musl-x86_64.so.1"} {
		t.Run(string(libc), func(t *testing.T) {
			root := testelf.NewRoot(t)
			testelf.NewBuilder(t, work, root).Case(cases.Case{
				Loader: ldso.Loader{Interpreter: interp},
				Entries: []cases.Entry{
					{Path: "/app/prog", Object: library(func(o *elfobj.Object) {
						o.Interp, o.PIE, o.Needed = interp, true, []string{"liba.so"}
						o.Runpath = []string{"$ORIGIN/../one\n$ORIGIN/../two"}
					})},
					{Path: "/one/libb.so", Object: library(nil)},
					{Path: "/two/liba.so", Object: library(nil)},
				},
			})
			var path string
			if libc == ldso.Musl {
				path = testelf.InstallMusl(t, root, nil)
			} else {
				path = testelf.InstallGlibc(t, root, hostLoader, nil)
			}
			loader, err := ldso.NewLoader(path)
			if err != nil {
				t.Fatal(err)
			}
			closure, err := loader.Load(&ldso.DiskFiles{}, root+"/app/prog")
			if err != nil {
				t.Fatal(err)
			}
			compare(t, path, answer(libc, closure), testelf.Ask(libc, nil, path, root+"/app/prog"))
			if found := closure[0].Needs()[0].Found; found != (libc == ldso.Musl) {
				t.Errorf("found: %v", found)
			}
		})
	}
}

// Rule: glibc passes over a library of RISC-V with another float ABI.
func TestFloatABIEqualsTheLoaderOfRiscV(t *testing.T) {
	const dir = "/usr/riscv64-linux-gnu/lib/"
	qemu, _ := exec.LookPath("qemu-riscv64-static")
	libm, err := os.ReadFile(dir + "libm.so.6")
	libc, err2 := os.ReadFile(dir + "libc.so.6")
	if qemu == "" || err != nil || err2 != nil {
		testenv.Lacks(t, "qemu %q, %v, %v", qemu, err, err2)
	}
	loader, err := ldso.NewLoader(dir + "ld-linux-riscv64-lp64d.so.1")
	if err != nil {
		t.Fatal(err)
	}
	for name, flags := range map[string]uint32{"soft": 0x1, "double": 0x4} {
		root := t.TempDir()
		write := func(name string, data []byte) string {
			file := filepath.Join(root, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, data, 0o755); err != nil {
				t.Fatal(err)
			}
			return file
		}
		file := write("libm.so.6", libm)
		run(t, testenv.Tool(t, "patchelf"), "--set-rpath", root+"/one:"+root+"/two", file)
		other := bytes.Clone(libc)
		binary.LittleEndian.PutUint32(other[48:], flags) // e_flags
		one, two := write("one/libc.so.6", other), write("two/libc.so.6", libc)
		want := map[string]string{"soft": two, "double": one}[name]

		closure, err := loader.Load(&ldso.DiskFiles{}, file)
		if err != nil {
			t.Fatal(err)
		}
		if got := closure[0].Needs()[0].Path; got != want {
			t.Errorf("%s: resolver %q, want %q", name, got, want)
		}
		compare(t, loader.Interpreter, answer(ldso.Glibc, closure), testelf.Ask(ldso.Glibc, []string{qemu}, loader.Interpreter, file))
	}
}
