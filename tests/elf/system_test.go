package elf_test

import (
	"debug/elf"
	"fmt"
	"os"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	testelf "github.com/wheel-auto-patch/wheel-auto-patch/tests/elf"
	cases "github.com/wheel-auto-patch/wheel-auto-patch/tests/ldso"
)

// Rule: the resolver gives up at an object of another EI_OSABI, or of an
// EI_ABIVERSION that its system does not have, where the loader does.
func TestSystemEqualsTheLoader(t *testing.T) {
	work := testelf.NewWorkshop(t)
	c := cases.Cases(t, "../ldso/runpath-finds.txtar")[0]
	root := testelf.NewRoot(t)
	testelf.NewBuilder(t, work, root).Case(c)
	path := testelf.InstallGlibc(t, root, hostLoader, c.Loader.DefaultDirs)
	loader, err := ldso.NewLoader(path)
	if err != nil {
		t.Fatal(err)
	}
	program := root + c.Loads[0].Path
	closure, err := loader.Load(&ldso.DiskFiles{}, program)
	if err != nil || len(closure) < 2 {
		t.Fatalf("%v, %v", closure, err)
	}
	library := closure[1].Real
	sound, err := os.ReadFile(library)
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	for _, system := range []elf.OSABI{elf.ELFOSABI_NONE, elf.ELFOSABI_LINUX, elf.ELFOSABI_FREEBSD, elf.ELFOSABI_STANDALONE} {
		for version := range uint8(6) {
			data := append([]byte{}, sound...)
			data[elf.EI_OSABI], data[elf.EI_ABIVERSION] = byte(system), version
			if err := os.WriteFile(library, data, 0o755); err != nil {
				t.Fatal(err)
			}
			closure, err := loader.Load(&ldso.DiskFiles{}, program)
			if err != nil {
				t.Fatal(err)
			}
			got, want := answer(ldso.Glibc, closure), testelf.Ask(ldso.Glibc, nil, path, program)
			if !compare(t, path, got, want) {
				t.Error(fmt.Sprint(system, " ", version))
			}
			if got.Fatal == "" {
				taken++
			}
		}
	}
	if taken != 5 {
		t.Errorf("%d kinds taken, want System V 0 and GNU 0 to 3", taken)
	}
}
