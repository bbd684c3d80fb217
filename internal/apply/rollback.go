package apply

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// rollback undoes all changes, the latest first. It returns a problem for each file
// that could not be put back, which says where the old file is; the next run tries
// again.
func (j *journal) rollback() []problem.Problem {
	j.undoing = true
	problems := j.takeBackAll()
	for _, u := range slices.Backward(j.undo) {
		// What was done to the same file before waits for this one.
		if slices.ContainsFunc(j.stuck, func(s undo) bool { return s.file == u.file }) {
			j.stuck = append(j.stuck, u)
			continue
		}
		if err := j.putBack(u); err != nil {
			problems = append(problems, stuckProblem(u, err))
			j.stuck = append(j.stuck, u)
			continue
		}
		j.noteUndone(u)
	}
	j.undo = nil
	return problems
}

func stuckProblem(u undo, err error) problem.Problem {
	return problem.Problem{
		Code:     problem.PatchelfFailed,
		Path:     u.names[0],
		Message:  fmt.Sprintf("could not be put back: %v", err),
		Details:  []string{fmt.Sprintf("the old file is kept as %q", u.kept)},
		Hint:     "the next run tries again; or install the wheel again",
		Severity: problem.Error,
	}
}

// noteUndone notes that a change is undone, so that no later run does it again: what
// lies there by then may be new.
func (j *journal) noteUndone(u undo) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if f, err := j.open(u.kept); err == nil {
		_ = j.log(f, entry{verb: verbUndone, path: u.kept})
	}
}

// putBack undoes one change. It succeeds also where an earlier call has undone it, all
// of it or in part.
func (j *journal) putBack(u undo) error {
	source, changed, err := u.look()
	if err != nil {
		return err
	}
	if len(changed) > 0 {
		if source != u.kept {
			if source, err = j.temp(changed[0], "new", func(name string) error { return os.Link(source, name) }); err != nil {
				return err
			}
		}
		if err := j.renameOver(source, changed); err != nil {
			return err
		}
	}
	if now, err := os.Lstat(u.made); u.made == "" || err != nil || !u.file.same(now) {
		return nil
	}
	if err := j.dirs.MakeWritable(filepath.Dir(u.made)); err != nil {
		return err
	}
	return os.Remove(u.made)
}

// look returns a name of the old file and those of its names that do not lead to it: a
// new file is there, or nothing.
func (u undo) look() (source string, changed []string, err error) {
	var size int64
	for _, name := range append([]string{u.kept}, u.names...) {
		now, err := os.Lstat(name)
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return "", nil, err
		case err == nil && u.file.same(now):
			if source == "" {
				source, size = name, now.Size()
			}
		case name != u.kept:
			if err == nil && now.IsDir() {
				return "", nil, fmt.Errorf("%q is a directory now", name)
			}
			changed = append(changed, name)
		case err == nil:
			return "", nil, fmt.Errorf("%q is not the file that was kept", name)
		}
	}
	switch {
	case source == "":
		return "", nil, errors.New("the old file is gone")
	case len(changed) > 0 && size != u.file.size:
		return "", nil, fmt.Errorf("%q has %d bytes, and had %d when it was kept", source, size, u.file.size)
	}
	return source, changed, nil
}
