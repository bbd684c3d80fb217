package elf_test

import (
	"debug/elf"
	"os"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	testelf "github.com/wheel-auto-patch/wheel-auto-patch/tests/elf"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

// Rule: for every object of every pinned wheel of this machine, unpatched, the
// resolver finds and misses what the machine's own loader finds and misses, its
// cache included.
func TestUntouchedWheelsEqualTheLoader(t *testing.T) {
	pins, err := wheels.Pins()
	if err != nil {
		t.Fatal(err)
	}
	loader, err := ldso.NewLoader(hostLoader)
	if err != nil {
		testenv.Lacks(t, "no %s: %v", hostLoader, err)
	}
	objects, needs := 0, 0
	for _, pin := range pins {
		dir := t.TempDir()
		testenv.Unzip(t, testenv.Wheel(t, pin.File), dir)
		files := &ldso.DiskFiles{}
		for _, file := range testelf.Objects(t, dir) {
			obj, err := elfobj.Open(file)
			if err != nil || !obj.Dynamic || obj.Machine != elf.EM_X86_64 || strings.Contains(pin.File, "musllinux") {
				continue
			}
			closure, err := loader.Load(files, file)
			if err != nil {
				t.Fatal(err)
			}
			objects++
			for _, l := range closure {
				needs += len(l.Needs())
			}
			if !compare(t, hostLoader, answer(ldso.Glibc, closure), testelf.Ask(ldso.Glibc, nil, hostLoader, file)) {
				t.Errorf("that was %s", strings.TrimPrefix(file, dir))
			}
		}
		os.RemoveAll(dir)
	}
	t.Logf("%d objects, %d needs", objects, needs)
}
