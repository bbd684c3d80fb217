package apply

import (
	"maps"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// Rule: a moved library is in its new place, edited, and its old path leads there, as
// do those of its copies.
func TestMoves(t *testing.T) {
	tr := compiled.Pair(t)
	tr.Compile("pkg/libx.so", "int x(void) { return 0; }")
	if err := os.MkdirAll(tr.File("pkg/deep"), 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", tr.File("pkg/libx.so"), tr.File("pkg/deep/libx.so")).CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	tr.Add("pkg/libx.so", compiled.SetRunpath("/new"))
	tr.Add("pkg/deep/libx.so", compiled.SetRunpath("/new"))
	tr.Plan.Moves = []plan.Move{
		{From: tr.File("pkg/libx.so"), To: tr.File("flat/lib/libx.so")},
		{From: tr.File("pkg/deep/libx.so"), To: tr.File("flat/lib/libx.so"), Equal: true},
	}
	applied, problems := applyTo(tr, Options{Jobs: 2})
	if len(problems) > 0 {
		t.Fatal(compiled.Describe(problems))
	}
	if len(applied.Edited) != 3 || len(applied.Moved) != 2 {
		t.Errorf("%+v", applied)
	}
	for path, want := range map[string]string{"pkg/libx.so": "../flat/lib/libx.so", "pkg/deep/libx.so": "../../flat/lib/libx.so"} {
		if got, err := os.Readlink(tr.File(path)); err != nil || got != want {
			t.Errorf("%s: %v %q", path, err, got)
		}
		if got := tr.Runpath(path); !slices.Equal(got, []string{"/new"}) {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// Rule: a move that cannot be done undoes those before it.
func TestFailingMoveIsUndone(t *testing.T) {
	tr := compiled.Pair(t)
	tr.Plan.Moves = []plan.Move{
		{From: tr.File("lib/libone.so"), To: tr.File("flat/libone.so")},
		{From: tr.File("lib/libgone.so"), To: tr.File("flat/libgone.so")},
	}
	before := tr.Snapshot()
	_, problems := applyTo(tr, Options{Jobs: 2})
	if len(problems) != 1 || problems[0].Code != problem.PatchelfFailed {
		t.Fatal(compiled.Describe(problems))
	}
	if !maps.Equal(before, tr.Snapshot()) {
		t.Error("a file was changed")
	}
	if _, err := os.Stat(tr.File("flat")); err == nil {
		t.Error("the new folder was left")
	}
}
