package apply

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
)

// move does one move of the flat layout. The library gets its new name first, then a
// symbolic link is renamed over the old one: the old name leads to it all the time.
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
	made := m.To
	if there, err := os.Lstat(m.To); m.Equal || err == nil && os.SameFile(info, there) {
		made = "" // a hard link has that name: it stays, whatever comes
	}
	if err := j.backup([]string{m.From}, made); err != nil {
		return err
	}
	if made != "" {
		if err := os.Link(m.From, m.To); err != nil {
			return err
		}
	}
	link, err := j.temp(m.From, "new", func(name string) error { return os.Symlink(target, name) })
	if err != nil {
		return err
	}
	return os.Rename(link, m.From)
}

// relativeLink returns the text of the link that takes the old name. The kernel
// follows links before it resolves "..", so the text is made of real paths.
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
