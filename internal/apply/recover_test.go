package apply

import (
	"errors"
	"fmt"
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

// write writes files of a tree.
func write(tr *compiled.Tree, files map[string]string) {
	tr.T.Helper()
	for name, text := range files {
		err := os.MkdirAll(filepath.Dir(tr.File(name)), 0o777)
		if err == nil {
			err = os.WriteFile(tr.File(name), []byte(text), 0o600)
		}
		if err != nil {
			tr.T.Fatal(err)
		}
	}
}

// abandon leaves a tree as a killed run does that has replaced the files of these
// names, which are hard links to one file, but has not come to its end.
func abandon(tr *compiled.Tree, names ...string) *journal {
	tr.T.Helper()
	j := newJournal(tr.Roots())
	for i, name := range names {
		names[i] = tr.File(name)
	}
	temp, err := j.temp(names[0], "new", func(name string) error { return os.WriteFile(name, []byte("new"), 0o600) })
	if err == nil {
		err = j.replace(temp, names)
	}
	if err != nil {
		tr.T.Fatal(err)
	}
	j.closeFiles()
	return j
}

// recovered recovers a tree, and fails where that does not restore what was.
func recovered(tr *compiled.Tree, before map[string]string) {
	tr.T.Helper()
	problems, err := Recover(tr.Roots())
	if err != nil || len(problems) > 0 {
		tr.T.Fatal(err, compiled.Describe(problems))
	}
	if after := tr.Snapshot(); !maps.Equal(before, after) {
		tr.T.Fatalf("%q is left, or a file is not as it was", tr.Litter())
	}
}

// Rule: names are put back whatever their bytes, and however many one file has.
func TestEveryNameIsPutBack(t *testing.T) {
	for what, names := range map[string][]string{
		"no UTF-8":  {"a\xff\xfe", "d\xc3/b"},
		"new lines": {"a\n", "undone \"x\"\n", `"\`},
		"many":      manyNames(1000),
	} {
		t.Run(what, func(t *testing.T) {
			tr := compiled.New(t)
			write(tr, map[string]string{names[0]: "old"})
			for _, name := range names[1:] {
				if err := errors.Join(os.MkdirAll(filepath.Dir(tr.File(name)), 0o777), os.Link(tr.File(names[0]), tr.File(name))); err != nil {
					t.Fatal(err)
				}
			}
			before := tr.Snapshot()
			abandon(tr, slices.Clone(names)...)
			if tr.Read(names[0]) != "new" || tr.Read(names[len(names)-1]) != "new" {
				t.Fatal("nothing was written")
			}
			recovered(tr, before)
			one, _ := os.Stat(tr.File(names[0]))
			last, _ := os.Stat(tr.File(names[len(names)-1]))
			if !os.SameFile(one, last) {
				t.Error("the names are several files now")
			}
		})
	}
}

// manyNames returns names that fill one line of a journal file with far more than 64 KiB.
func manyNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("dir/%0200d", i)
	}
	return names
}

// Rule: the last line may be cut short anywhere: what it says was not begun, and all
// that the lines before it say is undone.
func TestLastLineCutShort(t *testing.T) {
	line := entry{verb: verbTemp, path: atomicfile.Prefix + "new-1"}.String()
	for cut := range line {
		tr := compiled.New(t)
		write(tr, map[string]string{"a": "old"})
		before := tr.Snapshot()
		abandon(tr, "a")
		appendTo(tr, line[:cut])
		recovered(tr, before)
	}
}

// appendTo appends to the journal file of a tree.
func appendTo(tr *compiled.Tree, text string) {
	tr.T.Helper()
	f, err := os.OpenFile(tr.File(journalName), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		tr.T.Fatal(err)
	}
}

// abandonTwo does as abandon for the two files a and dir/b of a tree, and returns what
// is kept of a.
func abandonTwo(tr *compiled.Tree) (kept string) {
	tr.T.Helper()
	j := newJournal(tr.Roots())
	for _, name := range []string{"a", "dir/b"} {
		if err := j.rewrite(tr.File(name), "new "+name); err != nil {
			tr.T.Fatal(err)
		}
	}
	j.closeFiles()
	return j.undo[0].kept
}

// shorten cuts the last bytes of the journal file of a tree.
func shorten(tr *compiled.Tree, by int) error {
	return os.Truncate(tr.File(journalName), int64(len(tr.Read(journalName))-by))
}

// Rule: what cannot be read or undone stops everything: the error names the file, no
// file is changed and none that is kept is removed; once it is mended the next run goes
// on.
func TestUndoThatCannotBeDoneStopsEverything(t *testing.T) {
	const nonsense = "undo 1 2\n"
	rename := func(tr *compiled.Tree, from, to string) error { return os.Rename(tr.File(from), tr.File(to)) }
	for what, c := range map[string]struct {
		harm, mend func(tr *compiled.Tree, kept string) error
		named      string
	}{
		"a folder is in the way": {
			func(tr *compiled.Tree, _ string) error {
				return errors.Join(os.Remove(tr.File("a")), os.MkdirAll(tr.File("a/full"), 0o777))
			},
			func(tr *compiled.Tree, _ string) error { return os.RemoveAll(tr.File("a")) }, "/a",
		},
		"the folder is gone": {
			func(tr *compiled.Tree, _ string) error { return rename(tr, "dir", "gone") },
			func(tr *compiled.Tree, _ string) error { return rename(tr, "gone", "dir") }, "/dir/",
		},
		"the folder is a link that leads out": {
			func(tr *compiled.Tree, _ string) error {
				outside := tr.Root + "-outside"
				return errors.Join(os.Rename(tr.File("dir"), outside), os.Symlink(outside, tr.File("dir")))
			},
			func(tr *compiled.Tree, _ string) error {
				return errors.Join(os.Remove(tr.File("dir")), os.Rename(tr.Root+"-outside", tr.File("dir")))
			}, "lies outside",
		},
		"a line says nothing": {
			func(tr *compiled.Tree, _ string) error { appendTo(tr, nonsense); return nil },
			func(tr *compiled.Tree, _ string) error { return shorten(tr, len(nonsense)) }, journalName,
		},
		"the kept file is another": {
			func(tr *compiled.Tree, kept string) error {
				return errors.Join(os.Rename(kept, tr.File("aside")), os.WriteFile(kept, []byte("old a"), 0o600))
			},
			func(tr *compiled.Tree, kept string) error { return os.Rename(tr.File("aside"), kept) }, "is not the file that was kept",
		},
		"the kept file has another size": {
			func(_ *compiled.Tree, kept string) error { return os.Truncate(kept, 1) },
			func(_ *compiled.Tree, kept string) error { return os.WriteFile(kept, []byte("old a"), 0) }, "/a",
		},
		"the kept file is gone": {
			func(tr *compiled.Tree, kept string) error { return os.Rename(kept, tr.File("aside")) },
			func(tr *compiled.Tree, kept string) error { return os.Rename(tr.File("aside"), kept) }, "/a\" could not be put back: the old file is gone",
		},
		"the journal is beyond its bound": {
			func(tr *compiled.Tree, _ string) error {
				return os.Truncate(tr.File(journalName), maxJournal+1)
			},
			func(tr *compiled.Tree, _ string) error {
				text := tr.Read(journalName)
				return shorten(tr, len(text)-strings.IndexByte(text, 0))
			}, journalName,
		},
	} {
		t.Run(what, func(t *testing.T) {
			tr := compiled.New(t)
			write(tr, map[string]string{"a": "old a", "dir/b": "old b"})
			before := tr.Snapshot()
			kept := abandonTwo(tr)
			if err := c.harm(tr, kept); err != nil {
				t.Fatal(err)
			}
			harmed := tr.Snapshot()
			if _, err := Recover(tr.Roots()); err == nil || !strings.Contains(err.Error(), c.named) {
				t.Fatalf("%v", err)
			}
			if !maps.Equal(harmed, tr.Snapshot()) {
				t.Error("a file was changed")
			}
			if err := c.mend(tr, kept); err != nil {
				t.Fatal(err)
			}
			recovered(tr, before)
		})
	}
}

// Rule: a name that is free by then gets its old file back.
func TestDeletedFileIsPutBack(t *testing.T) {
	tr := compiled.New(t)
	write(tr, map[string]string{"a": "old a", "dir/b": "old b"})
	before := tr.Snapshot()
	abandonTwo(tr)
	if err := os.Remove(tr.File("a")); err != nil {
		t.Fatal(err)
	}
	recovered(tr, before)
}

// Rule: only what the journal file says is temporary is removed, whatever the names of
// the rest, also where the changes stay.
func TestOnlyTheJournalSaysWhatIsTemporary(t *testing.T) {
	for _, finished := range []bool{false, true} {
		tr := compiled.New(t)
		write(tr, map[string]string{
			"a": "old a", "dir/b": "old b", atomicfile.Prefix + "new-1": "", "dir/" + atomicfile.Prefix + "old-x": "kept",
			atomicfile.Prefix + "x.so": "elf", "dir/" + atomicfile.Prefix + "record-1": "",
		})
		before := tr.Snapshot()
		abandonTwo(tr)
		if finished {
			appendTo(tr, entry{verb: verbDone}.String())
			before["a"], before["dir/b"] = "new a", "new dir/b"
		}
		recovered(tr, before)
	}
}

// Rule: without a journal file nothing is done; a root may be given twice, and archives
// have none.
func TestNothingToRecover(t *testing.T) {
	tr := compiled.New(t)
	write(tr, map[string]string{"a": "old a", "dir/b": "old b", "dir/" + atomicfile.Prefix + "old-1": "x"})
	before := tr.Snapshot()
	recovered(tr, before)
	abandonTwo(tr)
	roots := append(tree.Roots{{Path: "x.whl", Abs: "/nowhere", Archive: true}}, append(tr.Roots(), tr.Roots()...)...)
	if problems, err := Recover(roots); err != nil || len(problems) > 0 || !maps.Equal(before, tr.Snapshot()) {
		t.Error(err, compiled.Describe(problems))
	}
}

// Rule: what is done again by a run that was killed while it undid is not undone twice:
// what lies there by then may be new.
func TestUndoneIsNotUndoneAgain(t *testing.T) {
	tr := compiled.New(t)
	write(tr, map[string]string{"a": "old a", "dir/b": "old b"})
	kept := abandonTwo(tr)
	appendTo(tr, entry{verb: verbUndone, path: strings.TrimPrefix(kept, tr.Root+"/")}.String())
	write(tr, map[string]string{"a": "newest"})
	recovered(tr, map[string]string{"a": "newest", "dir/b": "old b"})
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
		refuse := func(a Applied, rewrite func(path, text string) error) ([]problem.Problem, error) {
			if len(a.Edited) != 2 || maps.Equal(before, tr.Snapshot()) {
				t.Error("asked before the edits were made")
			}
			if err := rewrite(tr.File("RECORD"), "new"); err != nil || tr.Read("RECORD") != "new" {
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
	block := func(Applied, func(path, text string) error) ([]problem.Problem, error) {
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
	// What lies in the way is gone, and the name is free: the old file is put there.
	if problems, err := Recover(tr.Roots()); err != nil || len(problems) > 0 {
		t.Fatal(err, compiled.Describe(problems))
	}
	if !maps.Equal(before, tr.Snapshot()) {
		t.Errorf("the next run put nothing back; litter %q", tr.Litter())
	}
}
