package apply

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

// A journal makes changes that it can roll back. At every moment each name leads to
// the old file or the new one (rename(2)), and until close the old files lie beside
// the new ones. It also records each change in a journal file of the root, from which
// Recover can undo it (see recover.go).
type journal struct {
	dirs  *atomicfile.DirModes
	roots tree.Roots
	made  []string // directories, outermost first
	undo  []undo   // the changes so far
	stuck bool     // something could not be put back

	mu    sync.Mutex
	temps []string            // temporary files, removed by close
	files map[string]*os.File // the journal files, by root
}

// An undo is how to put one file back under its old names.
type undo struct {
	Kept  string   `json:"kept"` // a temporary name of the old file
	Names []string `json:"names"`
	Made  string   `json:"made,omitempty"` // a new name of the old file, to be removed
}

func newJournal(roots tree.Roots) *journal {
	return &journal{dirs: atomicfile.NewDirModes(), roots: roots, files: map[string]*os.File{}}
}

// temp makes a temporary file beside path, which close removes. See
// [atomicfile.TempName].
func (j *journal) temp(path, word string, create func(name string) error) (string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.openFile(path); err != nil {
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

// makeDir makes the directory of a file, and those above it. Where they stay empty,
// close removes them.
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

// backup links the file at path to a temporary name beside it, for rollback.
func (j *journal) backup(path string) error { return j.backupAll([]string{path}) }

// backupAll does the same for a file with several names.
func (j *journal) backupAll(names []string) error {
	kept, err := j.temp(names[0], "old", func(name string) error { return os.Link(names[0], name) })
	if err != nil {
		return err
	}
	return j.record(undo{Kept: kept, Names: names})
}

// replace renames the file temp over the first name; the others become hard
// links to it.
func (j *journal) replace(temp string, names []string) error {
	if err := j.backupAll(names); err != nil {
		return err
	}
	return j.renameOver(temp, names)
}

// renameOver makes all names lead to the file temp, and leaves no name temp.
func (j *journal) renameOver(temp string, names []string) error {
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

// rollback undoes all changes, the latest first. It returns a problem for each file
// that could not be put back, which says where the old file is; the next run tries
// again.
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

// putBack undoes one change. It succeeds also where an earlier call has undone it.
func (j *journal) putBack(u undo) error {
	old, err := os.Lstat(u.Kept)
	switch {
	case err == nil:
		var changed []string
		for _, name := range u.Names {
			// rename(2) does nothing where both names are links to one file. A name
			// that is not there is none that this program wrote.
			if now, err := os.Lstat(name); err == nil && !os.SameFile(old, now) {
				changed = append(changed, name)
			}
		}
		if len(changed) > 0 {
			err = j.renameOver(u.Kept, changed)
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

// close removes the temporary files, the new directories that stayed empty and the
// journal files, and restores the modes of directories. After it nothing can be rolled back.
func (j *journal) close() {
	if !j.stuck {
		j.writeDone()
	}
	for _, temp := range j.temps {
		_ = os.Remove(temp)
	}
	for i := len(j.made) - 1; i >= 0; i-- {
		_ = os.Remove(j.made[i])
	}
	j.closeFiles()
	j.dirs.Restore()
}
