package apply

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// Rule: what a wheel brings as a journal leads nowhere outside of its root.
func TestHostileJournal(t *testing.T) {
	tr := compiled.New(t)
	outside := compiled.New(t)
	for name, text := range map[string]string{
		tr.File("own"): "own", outside.File("victim"): "victim",
		outside.File(atomicfile.Prefix + "old-1"): "evil", tr.File(atomicfile.Prefix + "old-1"): "evil",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside.Root, tr.File("link")); err != nil {
		t.Fatal(err)
	}
	climb, err := filepath.Rel(tr.Root, outside.Root)
	if err != nil {
		t.Fatal(err)
	}
	before := outside.Snapshot()
	for _, line := range []string{
		`{"kept":".wheel-auto-patch-old-1","names":["` + climb + `/victim"]}`,
		`{"kept":".wheel-auto-patch-old-1","names":["link/victim"]}`,
		`{"kept":".wheel-auto-patch-old-1","names":["` + outside.Root + `/victim"]}`,
		`{"kept":"link/.wheel-auto-patch-old-1","names":["own"]}`,
		`{"kept":"own","names":["own"],"made":"own"}`,
		`{"kept":".wheel-auto-patch-old-1","names":["own"],"made":"link/victim"}`,
		`{"kept":".wheel-auto-patch-old-1","names":[]}`,
		`{"kept":`, "\x00\xff", "null", "[]", "",
	} {
		if err := os.WriteFile(tr.File(atomicfile.Prefix+"old-1"), []byte("evil"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(tr.File(journalName), []byte(line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Recover(tr.Roots()); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if !maps.Equal(before, outside.Snapshot()) {
			t.Fatalf("%s: a file outside was changed", line)
		}
		if text := tr.Read("own"); text != "own" {
			t.Fatalf("%s: %q", line, text)
		}
	}
}

// Rule: what a run leaves that is killed before it changes anything is removed: files
// whose names begin with the prefix. Without a journal file nothing is looked for.
func TestLitterIsRemoved(t *testing.T) {
	tr := compiled.Pair(t)
	before := tr.Snapshot()
	foreign := []string{".wheel-auto-patches", "x.wheel-auto-patch-new-1"}
	litter := []string{"lib/" + atomicfile.Prefix + "new-1", "lib/" + atomicfile.Prefix + "old-zz", atomicfile.Prefix + "record-1", journalName}
	for _, name := range append([]string{"lib/" + foreign[0], "lib/" + foreign[1]}, litter...) {
		if err := os.WriteFile(tr.File(name), nil, 0o400); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("nowhere", tr.File("lib/"+atomicfile.Prefix+"new-2")); err != nil {
		t.Fatal(err)
	}
	roots := tree.Roots{{Path: "tree", Abs: tr.Root}, {Path: "x.whl", Abs: "/nowhere", Archive: true}}
	if got, err := Recover(roots); err != nil || !slices.Equal(got, []string{"tree"}) {
		t.Fatalf("%v %q", err, got)
	}
	if got, err := Recover(roots); err != nil || got != nil {
		t.Fatalf("again: %v %q", err, got)
	}
	for _, name := range foreign {
		before["lib/"+name] = ""
	}
	if !maps.Equal(before, tr.Snapshot()) {
		t.Errorf("%q", tr.Litter())
	}
}

// Rule: an error of the pre-commit function, or a problem of it that is one, undoes
// everything, also what it wrote itself, and leaves no journal.
func TestPreCommitUndoesEverything(t *testing.T) {
	tr := compiled.Pair(t)
	if err := os.WriteFile(tr.File("RECORD"), []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := tr.Snapshot()
	why := errors.New("no")
	for _, answer := range []struct {
		problems []problem.Problem
		err      error
	}{{nil, why}, {[]problem.Problem{{Code: problem.LoaderDisagrees, Severity: problem.Error}}, nil}} {
		refuse := func(a Applied, backup func(string) error) ([]problem.Problem, error) {
			if len(a.Edited) != 2 || maps.Equal(before, tr.Snapshot()) {
				t.Error("asked before the edits were made")
			}
			if err := backup(tr.File("RECORD")); err != nil {
				t.Fatal(err)
			}
			if err := atomicfile.Replace(tr.File("RECORD"), "new"); err != nil {
				t.Fatal(err)
			}
			return answer.problems, answer.err
		}
		applied, problems, err := Apply(t.Context(), tr.Plan, Options{Jobs: 2}, tr.Roots(), refuse)
		if !errors.Is(err, answer.err) || len(problems) != len(answer.problems) || len(applied.Edited) > 0 {
			t.Errorf("%v %s", err, compiled.Describe(problems))
		}
		if !maps.Equal(before, tr.Snapshot()) {
			t.Error("a file was changed")
		}
	}
}

// Rule: where there is nothing to write, nothing is written, no journal either.
func TestNothingToDoTouchesNothing(t *testing.T) {
	tr := compiled.Pair(t)
	for i := range tr.Plan.Objects {
		tr.Plan.Objects[i].Edit = nil
	}
	info, err := os.Stat(tr.Root)
	if err != nil {
		t.Fatal(err)
	}
	applyTo(tr, Options{Jobs: 2})
	after, err := os.Stat(tr.Root)
	if err != nil || !after.ModTime().Equal(info.ModTime()) {
		t.Errorf("%v: the root was written to", err)
	}
}

// Rule: what cannot be put back keeps its old file and the journal file, and the next
// run puts it back.
func TestWhatCannotBePutBackIsKept(t *testing.T) {
	tr := compiled.Pair(t)
	before := tr.Snapshot()
	why := errors.New("no")
	block := func(Applied, func(string) error) ([]problem.Problem, error) {
		// A file cannot be renamed over a folder.
		return nil, errors.Join(os.Remove(tr.File("lib/libone.so")), os.Mkdir(tr.File("lib/libone.so"), 0o777), why)
	}
	_, problems, err := Apply(t.Context(), tr.Plan, Options{Jobs: 2}, tr.Roots(), block)
	if !errors.Is(err, why) || len(problems) != 1 || problems[0].Path != tr.File("lib/libone.so") {
		t.Fatalf("%v %s", err, compiled.Describe(problems))
	}
	litter := tr.Litter()
	kept := slices.IndexFunc(litter, func(name string) bool { return strings.Contains(problems[0].Details[0], tr.File(name)) })
	if kept < 0 || tr.Read(litter[kept]) != before["lib/libone.so"] {
		t.Fatalf("the old file is not in %q%s", litter, compiled.Describe(problems))
	}
	if err := os.Remove(tr.File("lib/libone.so")); err != nil {
		t.Fatal(err)
	}
	// A name that is not there is none that a run wrote: it is left alone.
	if err := os.WriteFile(tr.File("lib/libone.so"), []byte("half"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Recover(tr.Roots()); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(before, tr.Snapshot()) {
		t.Errorf("the next run put nothing back; litter %q", tr.Litter())
	}
}

// Rule: a journal that is a link is not followed, whatever it leads to: a wheel
// could bring it. It is removed.
func TestLinkedJournalIsNotFollowed(t *testing.T) {
	tr := compiled.New(t)
	outside := compiled.New(t)
	line := `{"kept":"` + atomicfile.Prefix + `old-1","names":["own"]}` + "\n"
	for name, text := range map[string]string{tr.File("own"): "own", tr.File(atomicfile.Prefix + "old-1"): "evil", outside.File("lines"): line} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside.File("lines"), tr.File(journalName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Recover(tr.Roots()); err != nil {
		t.Error(err)
	}
	if !maps.Equal(tr.Snapshot(), map[string]string{"own": "own"}) || outside.Read("lines") != line {
		t.Errorf("%q", tr.Snapshot())
	}
}
