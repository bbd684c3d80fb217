package apply

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// A placement is a symbolic link that is placed.
type placement struct {
	path string
	text string // where it leads
}

// place makes a symbolic link where nothing is. Its directory must be a real one below a
// root. The journal file has it first: undone is what has this text.
func (j *journal) place(path, target string) error {
	p := placement{path, tree.PlacedText(target)}
	if real, err := filepath.EvalSymlinks(filepath.Dir(path)); err != nil || real != filepath.Dir(path) {
		return errors.Join(err, fmt.Errorf("%q is no directory of the tree", filepath.Dir(path)))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	f, err := j.open(path)
	if err != nil {
		return err
	}
	if err := j.dirs.MakeWritable(filepath.Dir(path)); err != nil {
		return err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fmt.Errorf("%q: %w", path, fs.ErrExist))
	}
	before := f.size
	if err := j.log(f, entry{verb: verbLink, path: path, text: p.text}); err != nil {
		return err
	}
	err = os.Symlink(p.text, path)
	if errors.Is(err, fs.ErrExist) {
		return errors.Join(err, f.dropFrom(before))
	}
	if err == nil {
		j.placed = append(j.placed, p)
	}
	return err
}

// unlink removes a link that an earlier run has placed. What is no such link any more
// stays.
func (j *journal) unlink(path string) error {
	text, err := os.Readlink(path)
	if err != nil {
		return err
	}
	if _, ours := tree.PlacedTarget(text); !ours {
		return fmt.Errorf("%q leads to %q, and is no link that was placed", path, text)
	}
	if err := j.backup([]string{path}, ""); err != nil {
		return err
	}
	if err := j.dirs.MakeWritable(filepath.Dir(path)); err != nil {
		return err
	}
	return os.Remove(path)
}

// takeBack removes a link that was placed, unless something else is there.
func (j *journal) takeBack(p placement) error {
	text, err := os.Readlink(p.path)
	if err != nil || text != p.text {
		return nil
	}
	if err := j.dirs.MakeWritable(filepath.Dir(p.path)); err != nil {
		return err
	}
	return os.Remove(p.path)
}

// takeBackAll removes the links that were placed. It returns a problem for each that could
// not be removed; the next run tries again.
func (j *journal) takeBackAll() []problem.Problem {
	var problems []problem.Problem
	for _, p := range slices.Backward(j.placed) {
		if err := j.takeBack(p); err != nil {
			j.stays = true
			problems = append(problems, problem.Problem{
				Code: problem.PatchelfFailed, Path: p.path, Severity: problem.Error,
				Message: fmt.Sprintf("this link was placed and could not be removed: %v", err),
				Hint:    "the next run tries again; or remove it",
			})
		}
	}
	j.placed = nil
	return problems
}

// linkProblem returns the problem of a link that could not be placed or removed.
func linkProblem(path string, err error) problem.Problem {
	return problem.Problem{
		Code: problem.PatchelfFailed, Path: path, Severity: problem.Error,
		Message: fmt.Sprintf("the link could not be placed or removed: %v", err),
		Hint:    "to have none placed",
		Set:     `wheelAutoPatchLayout = "origin";`,
		ByHand:  "--layout origin places none",
	}
}

// A Refusal is an edit that patchelf damaged the file of, and in whose place links serve.
type Refusal struct {
	File  string // the object, absolute
	Links []plan.Link
	Why   string // what patchelf did
}

// addLinks returns the links with others added, each once, sorted.
func addLinks(links, more []plan.Link) []plan.Link {
	out := slices.Clone(links)
	for _, link := range more {
		i, found := slices.BinarySearchFunc(out, link.Path, func(l plan.Link, path string) int {
			switch {
			case l.Path < path:
				return -1
			case l.Path > path:
				return 1
			}
			return 0
		})
		if !found {
			out = slices.Insert(out, i, link)
			continue
		}
		served := append(slices.Clone(out[i].For), link.For...)
		slices.Sort(served)
		out[i].For = slices.Compact(served)
	}
	return out
}
