package apply

// This file does the moves of the flat layout: the library appears in its new
// place first, then a link takes its old one, so that both paths always lead to
// it.

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
)

// move does one move.
func (j *journal) move(m plan.Move) error {
	info, err := os.Lstat(m.From)
	if err != nil {
		return err
	}
	if !m.Equal && !info.Mode().IsRegular() {
		return fmt.Errorf("%q is no regular file", m.From)
	}
	target, err := relativeLink(m)
	if err != nil {
		return err
	}
	if err := j.dirs.MakeWritable(filepath.Dir(m.To)); err != nil {
		return err
	}
	if err := j.dirs.MakeWritable(filepath.Dir(m.From)); err != nil {
		return err
	}
	kept, err := j.temp(m.To, "old", func(name string) error { return os.Link(m.From, name) })
	if err != nil {
		return err
	}
	change := undo{Kept: kept, Names: []string{m.From}}
	if !m.Equal {
		change.Made = m.To
	}
	if err := j.log(change); err != nil {
		return err
	}
	if !m.Equal {
		if err := os.Link(m.From, m.To); err != nil {
			return err
		}
	}
	link, err := j.temp(m.To, "new", func(name string) error { return os.Symlink(target, name) })
	if err != nil {
		return err
	}
	return os.Rename(link, m.From)
}

// relativeLink gives what the link at the old place holds. The kernel resolves
// ".." after links in the path, so the folders are taken without links.
func relativeLink(m plan.Move) (string, error) {
	from, err := filepath.EvalSymlinks(filepath.Dir(m.From))
	if err != nil {
		return "", err
	}
	to, err := filepath.EvalSymlinks(filepath.Dir(m.To))
	if err != nil {
		return "", err
	}
	dir, err := filepath.Rel(from, to)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, filepath.Base(m.To)), nil
}
