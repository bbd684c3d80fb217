package apply

// This file renames new files over old ones so that each name always leads to
// the old file or the new one (rename(2)), and can put all of them back.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// A journal knows what was changed so far. What it knows also stands in a file of
// each root, so that the next run can undo what a killed one began.
type journal struct {
	dirs  *atomicfile.DirModes
	roots tree.Roots
	made  []string // folders, outermost first
	undo  []undo
	stuck bool // something could not be put back

	mu    sync.Mutex
	temps []string            // removed at the end whatever happens
	logs  map[string]*os.File // by root, see apply_recover.go
}

// An undo puts one file back under its old names.
type undo struct {
	Kept  string   `json:"kept"` // the old file under a temporary name
	Names []string `json:"names"`
	Made  string   `json:"made,omitempty"` // a name that the file has got, to be removed
}

func newJournal(roots tree.Roots) *journal {
	return &journal{dirs: atomicfile.NewDirModes(), roots: roots, logs: map[string]*os.File{}}
}

// temp makes a file beside path and sees to its end.
func (j *journal) temp(path, word string, create func(name string) error) (string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.begin(path); err != nil {
		return "", err
	}
	if err := j.dirs.MakeWritable(filepath.Dir(path)); err != nil {
		return "", err
	}
	name, err := atomicfile.TempName(path, word, create)
	if err == nil {
		j.temps = append(j.temps, name)
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
	if err := j.dirs.MakeWritable(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	j.made = append(j.made, dir)
	return nil
}

// keep links the file at path to a temporary name beside it, to be put back.
func (j *journal) backup(path string) error { return j.backupAll([]string{path}) }

func (j *journal) backupAll(names []string) error {
	kept, err := j.temp(names[0], "old", func(name string) error { return os.Link(names[0], name) })
	if err != nil {
		return err
	}
	return j.log(undo{Kept: kept, Names: names})
}

// replace renames the file temp over the first name; the others become hard
// links to it.
func (j *journal) replace(temp string, names []string) error {
	if err := j.backupAll(names); err != nil {
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
	if err := j.dirs.MakeWritable(filepath.Dir(names[0])); err != nil {
		return err
	}
	return os.Rename(temp, names[0])
}

// rollback puts everything back, latest first. What cannot be put back is a
// problem that says where the old file lies; the next run tries again.
func (j *journal) rollback() []problem.Problem {
	var problems []problem.Problem
	for len(j.undo) > 0 {
		last := j.undo[len(j.undo)-1]
		j.undo = j.undo[:len(j.undo)-1]
		if err := j.putBack(last); err != nil {
			problems = append(problems, problem.Problem{
				Code:     problem.PatchelfFailed,
				Path:     last.Names[0],
				Message:  fmt.Sprintf("could not be put back: %v", err),
				Details:  []string{fmt.Sprintf("the old file is kept as %q", last.Kept)},
				Hint:     "the next run tries again; or install the wheel again",
				Severity: problem.Error,
			})
			j.stuck = true
			j.temps = slices.DeleteFunc(j.temps, func(name string) bool { return name == last.Kept })
		}
	}
	return problems
}

// putBack undoes one change. An earlier try may have done it already.
func (j *journal) putBack(u undo) error {
	old, err := os.Lstat(u.Kept)
	switch {
	case err == nil:
		var changed []string
		for _, name := range u.Names {
			// rename(2) of two names of one file does nothing. A name that is not
			// there is none that we wrote.
			if now, err := os.Lstat(name); err == nil && !os.SameFile(old, now) {
				changed = append(changed, name)
			}
		}
		if len(changed) > 0 {
			err = j.place(u.Kept, changed)
		}
		if err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	default:
		if old, err = os.Lstat(u.Names[0]); err != nil {
			return err
		}
	}
	if now, err := os.Lstat(u.Made); u.Made != "" && err == nil && os.SameFile(old, now) {
		if err := j.dirs.MakeWritable(filepath.Dir(u.Made)); err != nil {
			return err
		}
		return os.Remove(u.Made)
	}
	return nil
}

// close removes the temporary files, and folders that stayed empty, and gives
// folders their modes back.
func (j *journal) close() {
	if !j.stuck {
		j.done()
	}
	for _, temp := range j.temps {
		_ = os.Remove(temp)
	}
	for i := len(j.made) - 1; i >= 0; i-- {
		_ = os.Remove(j.made[i])
	}
	j.end()
	j.dirs.Restore()
}
