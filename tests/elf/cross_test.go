package elf_test

import (
	"debug/elf"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	testelf "github.com/wheel-auto-patch/wheel-auto-patch/tests/elf"
	cases "github.com/wheel-auto-patch/wheel-auto-patch/tests/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

const crossLoader = "/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1"

// crossCases are the cases of glibc that have nothing of x86-64 in them. Where
// an object is of another machine, that is x86-64 here.
func crossCases(t *testing.T) (some []cases.Case) {
	for _, c := range cases.Cases(t, "../ldso/*.txtar") {
		c.Loader.Interpreter = "/lib/ld-linux-aarch64.so.1"
		own := false
		for _, e := range c.Entries {
			switch {
			case e.Object == nil:
			case e.Object.Machine == elf.EM_AARCH64:
				e.Object.Machine = elf.EM_X86_64
			case e.Object.Machine == elf.EM_X86_64:
				e.Object.Machine = elf.EM_AARCH64
			}
			if e.Object != nil && e.Object.Interp != "" {
				e.Object.Interp = c.Loader.Interpreter
			}
			own = own || strings.Contains(e.Path, "x86") || e.Object != nil && slices.Contains(e.Object.Needed, "ld-linux-x86-64.so.2")
		}
		if !own && !c.NoReal && c.Loader.Libc == ldso.Glibc {
			some = append(some, c)
		}
	}
	return some
}

// Rule: for aarch64 the resolver finds, without running anything, what the
// loader of aarch64 finds in an emulator.
func TestResolverEqualsTheLoaderOfAarch64(t *testing.T) {
	testenv.Tool(t, "aarch64-linux-gnu-gcc")
	qemu, _ := exec.LookPath("qemu-aarch64-static")
	if qemu == "" {
		testenv.Lacks(t, "no qemu-aarch64-static")
	}
	work := testelf.NewWorkshop(t)
	all := crossCases(t)
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			root := testelf.NewRoot(t)
			testelf.NewBuilder(t, work, root).Case(c)
			path := testelf.InstallGlibc(t, root, crossLoader, c.Loader.DefaultDirs)
			loader, err := ldso.NewLoader(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(loader.Hwcaps) > 0 {
				t.Errorf("hwcaps of this machine for another: %q", loader.Hwcaps)
			}
			for _, l := range c.Loads {
				closure, err := loader.Load(&ldso.DiskFiles{}, root+l.Path)
				if err != nil {
					t.Fatal(err)
				}
				compare(t, path, answer(ldso.Glibc, closure), testelf.Ask(ldso.Glibc, []string{qemu}, path, root+l.Path))
				text := strings.ReplaceAll(cases.Print(closure), root, "")
				text = padding.ReplaceAllString(text, "$1/")
				text = strings.ReplaceAll(text, "not a regular file", "not an ELF object")
				if d := cmp.Diff(summary(l.Want), summary(text)); d != "" {
					t.Errorf("%s(-case +objects):\n%s", c.Comment, d)
				}
			}
		})
	}
	t.Logf("%d rules", len(all))
}

// Rule: every library of the pyzmq wheel for aarch64 resolves against the cross
// glibc, statically and in an emulator, to the same files.
func TestPyzmqForAarch64(t *testing.T) {
	wheel := testenv.Wheel(t, "pyzmq")
	root := testelf.NewRoot(t)
	testenv.Unzip(t, wheel, root+"/w")
	path := testelf.InstallGlibc(t, root, crossLoader, []string{"/lib"})
	testelf.CopyLibraries(t, "/usr/aarch64-linux-gnu/lib", root+"/lib")
	loader, err := ldso.NewLoader(path)
	if err != nil {
		t.Fatal(err)
	}
	qemu, _ := exec.LookPath("qemu-aarch64-static")
	files := &ldso.DiskFiles{}
	objects, needs := 0, 0
	for _, file := range testelf.Objects(t, root+"/w") {
		closure, err := loader.Load(files, file)
		if err != nil {
			t.Fatal(err)
		}
		objects++
		for _, l := range closure {
			for _, n := range l.Needs() {
				if needs++; !n.Found {
					t.Errorf("%s: %s not found for %s", file, n.Soname, l.Path)
				}
			}
		}
		for _, v := range ldso.CheckVersions(closure) {
			t.Errorf("%s: %+v", file, v)
		}
		if qemu != "" {
			compare(t, path, answer(ldso.Glibc, closure), testelf.Ask(ldso.Glibc, []string{qemu}, path, file))
		}
	}
	if objects == 0 {
		t.Error("no object in the wheel")
	}
	t.Logf("%d objects, %d needs, emulator %q", objects, needs, qemu)
}

// Rule: a compiled object whose section headers are gone is read and resolved as before,
// as the loader does.
func TestNoSectionHeaders(t *testing.T) {
	work := testelf.NewWorkshop(t)
	for _, c := range cases.Cases(t, "../ldso/version-*.txtar") {
		dir := testelf.NewRoot(t)
		testelf.NewBuilder(t, work, dir).Case(c)
		path := testelf.InstallGlibc(t, dir, hostLoader, c.Loader.DefaultDirs)
		loader, err := ldso.NewLoader(path)
		if err != nil {
			t.Fatal(err)
		}
		program := dir + c.Loads[0].Path
		before, err := loader.Load(&ldso.DiskFiles{}, program)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range c.Entries {
			file := dir + e.Path
			was, err := elfobj.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			testelf.DropSectionHeaders(t, file)
			is, err := elfobj.Open(file)
			if d := cmp.Diff(was, is, cmpopts.IgnoreUnexported(elfobj.Object{})); d != "" || err != nil {
				t.Errorf("%s: error %v (-before +after):\n%s", file, err, d)
			}
		}
		after, err := loader.Load(&ldso.DiskFiles{}, program)
		if d := cmp.Diff(cases.Print(before), cases.Print(after)); d != "" || err != nil {
			t.Errorf("%s: error %v (-before +after):\n%s", c.Name, err, d)
		}
		compare(t, path, answer(ldso.Glibc, after), testelf.Ask(ldso.Glibc, nil, path, program))
	}
}
