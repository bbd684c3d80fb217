package fixup

// This file renames new files over old ones so that each name always leads to
// the old file or the new one (rename(2)), and can put all of them back.

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// A journal knows what was changed so far.
type journal struct {
	dirs  *writable
	temps []string // removed at the end whatever happens
	made  []string // folders, outermost first
	undo  []undo
}

// An undo puts one file back under its old names. With nothing kept, the names
// are new and are removed.
type undo struct {
	kept  string // the old file under a temporary name
	names []string
}

func newJournal() *journal { return &journal{dirs: newWritable()} }

// temp makes a file beside path and sees to its end.
func (j *journal) temp(path, word string, create func(name string) error) (string, error) {
	if err := j.dirs.open(filepath.Dir(path)); err != nil {
		return "", err
	}
	name, err := tempName(path, word, create)
	if err == nil {
		j.dirs.mu.Lock()
		j.temps = append(j.temps, name)
		j.dirs.mu.Unlock()
	}
	return name, err
}

// makeDir makes the folder of a file, and those above it.
func (j *journal) makeDir(file string) error {
	dir := filepath.Dir(file)
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := j.makeDir(dir); err != nil {
		return err
	}
	if err := j.dirs.open(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	j.made = append(j.made, dir)
	return nil
}

// keep links the file at path to a temporary name beside it, to be put back
// under the names.
func (j *journal) keep(path string, names []string) error {
	kept, err := j.temp(path, "old", func(name string) error { return os.Link(path, name) })
	if err == nil {
		j.undo = append(j.undo, undo{kept: kept, names: names})
	}
	return err
}

// replace renames the file temp over the first name; the others become hard
// links to it.
func (j *journal) replace(temp string, names []string) error {
	if err := j.keep(names[0], names); err != nil {
		return err
	}
	return j.place(temp, names)
}

// place makes all names lead to one file, the last step using up temp.
func (j *journal) place(temp string, names []string) error {
	for _, name := range names[1:] {
		link, err := j.temp(name, "new", func(link string) error { return os.Link(temp, link) })
		if err != nil {
			return err
		}
		if err := os.Rename(link, name); err != nil {
			return err
		}
	}
	if err := j.dirs.open(filepath.Dir(names[0])); err != nil {
		return err
	}
	return os.Rename(temp, names[0])
}

// rollback puts everything back, latest first. What cannot be put back is a
// problem that says where the old file lies.
func (j *journal) rollback() []problem.Problem {
	var problems []problem.Problem
	for len(j.undo) > 0 {
		last := j.undo[len(j.undo)-1]
		j.undo = j.undo[:len(j.undo)-1]
		if err := j.putBack(last); err != nil {
			problems = append(problems, problem.Problem{
				Code:     problem.PatchelfFailed,
				Path:     last.names[0],
				Message:  fmt.Sprintf("could not be put back: %v", err),
				Details:  []string{fmt.Sprintf("the old file is kept as %q", last.kept)},
				Hint:     "rename it, or install the wheel again",
				Severity: problem.Error,
			})
			j.forget(last.kept)
		}
	}
	return problems
}

func (j *journal) putBack(u undo) error {
	if u.kept == "" {
		return os.Remove(u.names[0])
	}
	old, err := os.Lstat(u.kept)
	if err != nil {
		return err
	}
	var changed []string
	for _, name := range u.names {
		// rename(2) of two names of one file does nothing. A name that is not
		// there is none that we wrote.
		if now, err := os.Lstat(name); err == nil && !os.SameFile(old, now) {
			changed = append(changed, name)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return j.place(u.kept, changed)
}

// forget keeps a temporary file from being removed.
func (j *journal) forget(temp string) {
	for i, name := range j.temps {
		if name == temp {
			j.temps[i] = ""
		}
	}
}

// close removes the temporary files, and folders that stayed empty, and gives
// folders their modes back.
func (j *journal) close() {
	for _, temp := range j.temps {
		if temp != "" {
			_ = os.Remove(temp)
		}
	}
	for i := len(j.made) - 1; i >= 0; i-- {
		_ = os.Remove(j.made[i])
	}
	j.dirs.restore()
}
