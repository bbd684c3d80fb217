package apply

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// Recover undoes in the roots what a killed run began, and removes its temporary
// files: the trees are then true to their RECORDs again. A root without a journal file
// costs one look at a file name.
//
// Only a journal file is obeyed that this program wrote there: neither a copy, nor one
// that came out of an archive. For each other one Recover returns a problem, and leaves
// the tree alone. What cannot be read or undone is an error: all that is kept stays,
// for the next run.
func Recover(roots tree.Roots) ([]problem.Problem, error) {
	return eachJournal(roots, func(_ *tree.Root, f *journalFile, lines []string) error {
		if err := recoverFrom(f, lines); err != nil {
			return fmt.Errorf("cannot undo what a killed run began: %w; all that it kept is left as it is: "+
				"mend that and run patch again, or install the wheel anew into an empty directory", err)
		}
		return nil
	})
}

// Pending returns the problems that Recover would return, and changes nothing. What is
// to be undone first is an error: such a tree is not what a run would work on.
func Pending(roots tree.Roots) ([]problem.Problem, error) {
	return eachJournal(roots, func(root *tree.Root, f *journalFile, _ []string) error {
		_ = f.file.Close()
		return fmt.Errorf("%s: another wheel-auto-patch works on this tree or was killed there: "+
			"run patch without --dry-run, which puts back the old files first", root.Path)
	})
}

// Elsewhere returns an error where another run works, or was killed, in a directory of
// the trees or above a root: its journal file is there. One that is foreign is a file
// like any other there.
func Elsewhere(trees []*tree.Listing) error {
	for _, l := range trees {
		var dirs []string
		for dir := l.Root.Abs; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			dirs = append(dirs, filepath.Dir(dir))
		}
		for _, e := range l.Entries {
			if dir, name := filepath.Split(e.Path); name == journalName {
				dirs = append(dirs, filepath.Clean(dir))
			}
		}
		for _, dir := range dirs {
			if f, _, err := openJournal(dir); err == nil {
				_ = f.file.Close()
				return fmt.Errorf("%s: another wheel-auto-patch works on %q or was killed there: run patch on that directory first", l.Root.Path, dir)
			}
		}
	}
	return nil
}

// eachJournal calls visit with the journal file of each root that has one. It returns
// a problem for each one that is foreign.
func eachJournal(roots tree.Roots, visit func(*tree.Root, *journalFile, []string) error) ([]problem.Problem, error) {
	var problems []problem.Problem
	seen := map[string]bool{}
	for _, root := range roots {
		if root.Archive || seen[root.Abs] {
			continue
		}
		seen[root.Abs] = true
		f, lines, err := openJournal(root.Abs)
		var other *foreignError
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case errors.As(err, &other):
			problems = append(problems, foreignProblem(root, len(roots) > 1, other))
			continue
		case err == nil:
			err = visit(root, f, lines)
		}
		if err != nil {
			return nil, err
		}
	}
	return problems, nil
}

// foreignProblem returns the problem of a file under the name of the journal file. It
// is an error: such a file is either in the way of a hostile wheel's victim, or tells
// that the tree is a copy of one that is half done. Who knows better deletes it.
func foreignProblem(root *tree.Root, several bool, err *foreignError) problem.Problem {
	p := problem.Problem{
		Code:     problem.ArchiveUnsafePath,
		Path:     journalName,
		Message:  fmt.Sprintf("this program keeps its journal under that name, but this one %v; it was not obeyed", err),
		Hint:     "if the wheel brought it, do not use the wheel; if this is a copy of a tree in which a run was killed, install the wheel again",
		Severity: problem.Error,
	}
	if several {
		p.Root = root.Path
	}
	return p
}

// recoverFrom undoes what the lines of a journal file say. It has changed nothing
// where it cannot follow one of them.
func recoverFrom(f *journalFile, lines []string) error {
	j := newJournal(tree.Roots{{Abs: f.root}})
	j.files[f.root] = f
	entries := make([]entry, len(lines))
	undone := map[string]bool{} // by the kept file
	for i, line := range lines {
		e, err := parseEntry(line)
		if err != nil {
			j.closeFiles()
			return fmt.Errorf("%q: line %d %w", f.file.Name(), i+2, err)
		}
		entries[i] = e
		undone[e.path] = undone[e.path] || e.verb == verbUndone
		j.finished = j.finished || e.verb == verbDone
	}
	for _, e := range entries {
		if e.verb == verbUndo && (j.finished || undone[e.undo.kept]) {
			continue
		}
		if err := j.take(f.root, e); err != nil {
			j.closeFiles()
			return fmt.Errorf("%q names %w", f.file.Name(), err)
		}
	}
	var problems []problem.Problem
	for _, u := range j.undo {
		if _, _, err := u.look(); err != nil {
			problems = append(problems, stuckProblem(u, err))
		}
	}
	if len(problems) == 0 {
		problems = j.rollback()
	}
	if len(problems) > 0 {
		j.closeFiles()
		j.dirs.Restore()
		return fmt.Errorf("%q %s", problems[0].Path, problems[0].Message)
	}
	return j.close()
}

// take makes a line part of the journal.
func (j *journal) take(root string, e entry) (err error) {
	switch e.verb {
	case verbUndo:
		u := e.undo
		u.kept, err = inside(root, u.kept)
		for i := range u.names {
			var other error
			u.names[i], other = inside(root, u.names[i])
			err = cmp.Or(err, other)
		}
		if u.made != "" && err == nil {
			u.made, err = inside(root, u.made)
		}
		j.undo = append(j.undo, u)
	case verbTemp, verbDir, verbLink:
		path, err := inside(root, e.path)
		switch {
		case errors.Is(err, fs.ErrNotExist): // gone with its directory
		case err != nil:
			return err
		case e.verb == verbLink:
			if !j.finished {
				j.placed = append(j.placed, placement{path, e.text})
			}
		case e.verb == verbTemp:
			j.temps = append(j.temps, path)
		default:
			j.made = append(j.made, path)
		}
	}
	return err
}

// inside returns the absolute path of one below the root, and an error where a link
// leads out of the root.
func inside(root, path string) (string, error) {
	file := filepath.Join(root, path)
	dir, err := filepath.EvalSymlinks(filepath.Dir(file))
	if err != nil {
		return "", fmt.Errorf("%q: %w", file, err)
	}
	if !tree.Within(root, dir) {
		return "", fmt.Errorf("%q, which lies outside", file)
	}
	return file, nil
}
