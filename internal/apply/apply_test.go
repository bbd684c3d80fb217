package apply

import (
	"context"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/patchelfs"
)

// agree is a PreCommit without objections.
func agree(Applied, func(path, text string) error) ([]problem.Problem, error) { return nil, nil }

// applyTo applies the plan of a tree, which must leave no temporary file behind.
func applyTo(tr *compiled.Tree, o Options) (Applied, []problem.Problem) {
	tr.T.Helper()
	applied, problems, err := Apply(context.Background(), tr.Plan, o, tr.Roots(), agree)
	if err != nil {
		tr.T.Fatal(err)
	}
	if litter := tr.Litter(); len(litter) > 0 {
		tr.T.Errorf("litter: %q", litter)
	}
	return applied, problems
}

// Rule: with every supported patchelf, interpreter, path and kind of path tag are as
// planned, and the program runs.
func TestApplyWithEachPatchelf(t *testing.T) {
	for _, version := range patchelfs.Good {
		t.Run(version, func(t *testing.T) {
			tr := compiled.New(t)
			tr.Compile("lib/liba.so", "int a(void) { return 0; }", "-Wl,-soname,liba.so")
			tr.Compile("bin/old", "int a(void); int main(void) { return a(); }",
				"-Llib", "-la", "-Wl,--disable-new-dtags,-rpath,/nowhere", "-Wl,-dynamic-linker,/lib64/../lib64/ld-linux-x86-64.so.2")
			tr.Compile("bin/new", "int a(void); int main(void) { return a(); }", "-Llib", "-la")
			tr.Compile("lib/libgone.so", "int b(void) { return 0; }", "-Wl,-rpath,/build/secret")
			old := compiled.SetRunpath("$ORIGIN/../lib")
			old.ForceRpath, old.Interpreter = true, compiled.HostLoader
			tr.Add("bin/old", old)
			tr.Add("bin/new", compiled.SetRunpath("$ORIGIN/../lib", "/somewhere"))
			tr.Add("lib/libgone.so", compiled.SetRunpath())
			tr.Add("lib/liba.so", nil)

			untouched := tr.Read("lib/liba.so")
			applied, problems := applyTo(tr, Options{Patchelf: patchelfs.Get(t, version), Jobs: 2})
			if len(problems) > 0 {
				t.Fatalf("%+v", problems)
			}
			var paths []string
			for _, f := range applied.Edited {
				paths = append(paths, f.Path)
			}
			want := []string{tr.File("bin/new"), tr.File("bin/old"), tr.File("lib/libgone.so")}
			if !slices.Equal(paths, want) {
				t.Errorf("edited %q", paths)
			}
			for _, program := range []string{"bin/old", "bin/new"} {
				if out, err := exec.Command(tr.File(program)).CombinedOutput(); err != nil {
					t.Errorf("%s: %v: %s", program, err, out)
				}
			}
			o, _ := elfobj.Open(tr.File("bin/old"))
			if o.Interp != compiled.HostLoader || o.Runpath != nil || !slices.Equal(o.Rpath, []string{"$ORIGIN/../lib"}) {
				t.Errorf("old: %+v", o)
			}
			if got := tr.Runpath("lib/libgone.so"); got != nil {
				t.Errorf("gone: %q", got)
			}
			if tr.Read("lib/liba.so") != untouched {
				t.Error("an object without an edit was written")
			}
		})
	}
}

// Rule: a file that is larger than the memory budget is edited too, when no other
// file is: it does not wait for ever.
func TestFileAboveTheBudgetIsEdited(t *testing.T) {
	tr := compiled.Pair(t)
	tr.Plan.Objects[0].Size = 1 << 50
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // ends the wait of a broken program
	defer cancel()
	applied, problems, err := Apply(ctx, tr.Plan, Options{Jobs: 2}, tr.Roots(), agree)
	if err != nil || len(problems) > 0 || len(applied.Edited) != 2 {
		t.Errorf("%v %+v%s", err, applied, compiled.Describe(problems))
	}
}
