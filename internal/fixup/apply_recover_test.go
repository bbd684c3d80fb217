package fixup

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// Rule: what a wheel brings as a journal leads nowhere outside of its root.
func TestHostileJournal(t *testing.T) {
	tr := newTree(t)
	outside := &tree{t: t, root: t.TempDir()}
	for name, text := range map[string]string{
		tr.file("own"): "own", outside.file("victim"): "victim",
		outside.file(TempPrefix + "old-1"): "evil", tr.file(TempPrefix + "old-1"): "evil",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside.root, tr.file("link")); err != nil {
		t.Fatal(err)
	}
	climb, err := filepath.Rel(tr.root, outside.root)
	if err != nil {
		t.Fatal(err)
	}
	before := outside.snapshot()
	for _, line := range []string{
		`{"kept":".wheel-auto-patch-old-1","names":["` + climb + `/victim"]}`,
		`{"kept":".wheel-auto-patch-old-1","names":["link/victim"]}`,
		`{"kept":".wheel-auto-patch-old-1","names":["` + outside.root + `/victim"]}`,
		`{"kept":"link/.wheel-auto-patch-old-1","names":["own"]}`,
		`{"kept":"own","names":["own"],"made":"own"}`,
		`{"kept":".wheel-auto-patch-old-1","names":["own"],"made":"link/victim"}`,
		`{"kept":".wheel-auto-patch-old-1","names":[]}`,
		`{"kept":`, "\x00\xff", "null", "[]", "",
	} {
		if err := os.WriteFile(tr.file(TempPrefix+"old-1"), []byte("evil"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(tr.file(journalName), []byte(line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Recover([]Root{{Path: tr.root, Abs: tr.root}}); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if !maps.Equal(before, outside.snapshot()) {
			t.Fatalf("%s: a file outside was changed", line)
		}
		if text := tr.read("own"); text != "own" {
			t.Fatalf("%s: %q", line, text)
		}
	}
}

// Rule: an error of the last word undoes everything, what it wrote itself too,
// and leaves no journal.
func TestLastWordUndoesEverything(t *testing.T) {
	tr := twoLibraries(t)
	if err := os.WriteFile(tr.file("RECORD"), []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := tr.snapshot()
	why := errors.New("no")
	roots := []Root{{Path: tr.root, Abs: tr.root}}
	for _, answer := range []struct {
		problems []problem.Problem
		err      error
	}{{nil, why}, {[]problem.Problem{{Code: problem.LoaderDisagrees, Severity: problem.Error}}, nil}} {
		confirm := func(a Applied, keep func(string) error) ([]problem.Problem, error) {
			if len(a.Edited) != 2 || maps.Equal(before, tr.snapshot()) {
				t.Error("asked before the edits were made")
			}
			if err := keep(tr.file("RECORD")); err != nil {
				t.Fatal(err)
			}
			if err := replaceFile(tr.file("RECORD"), "new"); err != nil {
				t.Fatal(err)
			}
			return answer.problems, answer.err
		}
		applied, problems, err := ApplyConfirmed(t.Context(), tr.plan, Options{Jobs: 2}, roots, confirm)
		if !errors.Is(err, answer.err) || len(problems) != len(answer.problems) || len(applied.Edited) > 0 {
			t.Errorf("%v %s", err, describe(problems))
		}
		if !maps.Equal(before, tr.snapshot()) {
			t.Error("a file was changed")
		}
	}
}

// Rule: where there is nothing to write, nothing is written, no journal either.
func TestNothingToDoTouchesNothing(t *testing.T) {
	tr := twoLibraries(t)
	for i := range tr.plan.Objects {
		tr.plan.Objects[i].Edit = nil
	}
	info, err := os.Stat(tr.root)
	if err != nil {
		t.Fatal(err)
	}
	tr.apply(Options{Jobs: 2})
	after, err := os.Stat(tr.root)
	if err != nil || !after.ModTime().Equal(info.ModTime()) {
		t.Errorf("%v: the root was written to", err)
	}
}
