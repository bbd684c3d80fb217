package apply

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// Rule: a text that is rewritten keeps mode and time of its file, and other hard links
// keep the old text.
func TestRewriteKeepsTheFile(t *testing.T) {
	tr := compiled.New(t)
	write(tr, map[string]string{"RECORD": "old"})
	when := time.Unix(1, 0)
	path, cache := tr.File("RECORD"), filepath.Join(t.TempDir(), "RECORD")
	if err := errors.Join(os.Chmod(path, 0o444), os.Chtimes(path, when, when), os.Link(path, cache)); err != nil {
		t.Fatal(err)
	}
	j := newJournal(tr.Roots())
	if err := errors.Join(j.rewrite(path, "new"), j.close()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o444 || !info.ModTime().Equal(when) {
		t.Errorf("%v, mode %v, time %v", err, info.Mode(), info.ModTime())
	}
	if old, err := os.ReadFile(cache); err != nil || string(old) != "old" {
		t.Errorf("the other link changed: %v", err)
	}
	if !maps.Equal(tr.Snapshot(), map[string]string{"RECORD": "new"}) {
		t.Errorf("litter %q", tr.Litter())
	}
}

// Rule: a name that is taken is another's, also where it has the prefix: the journal
// file does not call it temporary.
func TestTakenNameIsLeftAlone(t *testing.T) {
	tr := compiled.New(t)
	write(tr, map[string]string{"a": "old"})
	var taken string
	j := newJournal(tr.Roots())
	if _, err := j.temp(tr.File("a"), "old", func(name string) error { taken = name; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	write(tr, map[string]string{strings.TrimPrefix(taken, tr.Root+"/"): "the wheel's"})
	before := tr.Snapshot()
	j = newJournal(tr.Roots())
	if err := j.rewrite(tr.File("a"), "new"); err != nil {
		t.Fatal(err)
	}
	if _, err := j.temp(tr.File("a"), "old", func(name string) error {
		if name == taken {
			t.Error("a name that is taken was noted as temporary")
		}
		return os.WriteFile(name, nil, 0o600)
	}); err != nil {
		t.Fatal(err)
	}
	// A name that is taken in the last moment is in no line either.
	first := true
	if _, err := j.temp(tr.File("b"), "old", func(name string) error {
		if first {
			first = false
			write(tr, map[string]string{strings.TrimPrefix(name, tr.Root+"/"): "another's"})
			before[strings.TrimPrefix(name, tr.Root+"/")] = "another's"
			return os.ErrExist
		}
		return os.WriteFile(name, nil, 0o600)
	}); err != nil {
		t.Fatal(err)
	}
	j.closeFiles()
	recovered(tr, before)
}

// Rule: of roots that lie within one another the outermost has the one journal file;
// what lies in no root is not written.
func TestOneJournalForNestedRoots(t *testing.T) {
	tr := compiled.New(t)
	write(tr, map[string]string{"sub/a": "old"})
	roots := tree.Roots{{Path: "sub", Abs: tr.File("sub")}, tr.Roots()[0], {Path: "sub/", Abs: tr.File("sub")}}
	j := newJournal(roots)
	if err := j.rewrite(tr.File("sub/a"), "new"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(tr.File(journalName)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(tr.File("sub/" + journalName)); err == nil {
		t.Error("two journal files")
	}
	outside := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(outside, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := j.rewrite(outside, "new"); err == nil {
		t.Error("a file outside of the roots was written")
	}
	if problems := j.rollback(); len(problems) > 0 || tr.Read("sub/a") != "old" {
		t.Error(compiled.Describe(problems))
	}
}

// Rule: names that lead to several files each get back the file that they led to.
func TestNamesOfSeveralFilesArePutBack(t *testing.T) {
	tr := compiled.New(t)
	write(tr, map[string]string{"a": "one", "b": "two", "c": "three"})
	before := tr.Snapshot()
	abandon(tr, "a", "b", "c")
	recovered(tr, before)
}

// Rule: a library that has its new name already, as a hard link, keeps both names when
// its move is undone.
func TestHardLinkInTheNewPlaceStays(t *testing.T) {
	tr := compiled.New(t)
	write(tr, map[string]string{"a/libx.so": "x", "lib/other": ""})
	if err := os.Link(tr.File("a/libx.so"), tr.File("lib/libx.so")); err != nil {
		t.Fatal(err)
	}
	before := tr.Snapshot()
	j := newJournal(tr.Roots())
	if err := j.move(plan.Move{From: tr.File("a/libx.so"), To: tr.File("lib/libx.so")}); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(tr.File("a/libx.so")); err != nil || target != "../lib/libx.so" {
		t.Errorf("%q %v", target, err)
	}
	j.closeFiles()
	recovered(tr, before)
}

// Rule: new directories of a killed run are removed where they are empty, and only there.
func TestNewDirectoriesAreRemoved(t *testing.T) {
	tr := compiled.New(t)
	j := newJournal(tr.Roots())
	if err := errors.Join(j.makeDir(tr.File("new/deep/x")), j.makeDir(tr.File("full/x"))); err != nil {
		t.Fatal(err)
	}
	j.closeFiles()
	write(tr, map[string]string{"full/own": "own"})
	recovered(tr, map[string]string{"full/own": "own"})
	if _, err := os.Stat(tr.File("new")); err == nil {
		t.Error("the new folder was left")
	}
}

// Rule: a line that does not fit within the bound is not there at all: the lines before
// and after it can be read.
func TestLineThatDoesNotFit(t *testing.T) {
	tr := compiled.New(t)
	write(tr, map[string]string{"a": "old"})
	before := tr.Snapshot()
	j := newJournal(tr.Roots())
	if err := j.rewrite(tr.File("a"), "new"); err != nil {
		t.Fatal(err)
	}
	f := j.files[tr.Root]
	if err := f.write(strings.Repeat("x", maxJournal)); err == nil || !strings.Contains(err.Error(), "64 MiB") {
		t.Errorf("%v", err)
	}
	if err := f.add(entry{verb: verbTemp, path: tr.File(atomicfile.Prefix + "new-1")}); err != nil {
		t.Error(err)
	}
	j.closeFiles()
	recovered(tr, before)
}
