package tree

import (
	"io/fs"
	"path/filepath"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A Listing is what lies in one directory tree, in the order of filepath.WalkDir,
// which sorts. Links are not followed.
type Listing struct {
	Root    *Root
	Entries []Entry  // all that is no directory
	Dists   []string // dist-info directories, relative to the root, without those in another one
}

// An Entry is a file, a link or something else that is no directory. What lstat(2) would
// say more of it is for those to ask who need it: a tree may have a hundred thousand.
type Entry struct {
	Path string      // absolute
	kind fs.FileMode // type bits
}

// Regular reports whether it is a regular file.
func (e Entry) Regular() bool { return e.kind.IsRegular() }

// Walk lists the roots that are directories, each in one walk: whatever reads a
// tree goes by its Listing.
func Walk(roots Roots) ([]*Listing, error) {
	var all []*Listing
	for _, root := range roots.directories() {
		l := &Listing{Root: root}
		if err := filepath.WalkDir(root.Abs, l.visit); err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

func (l *Listing) visit(path string, d fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return err
	case d.IsDir():
		return l.addDistInfo(path)
	}
	l.Entries = append(l.Entries, Entry{path, d.Type()})
	return nil
}

// addDistInfo adds a dist-info directory, unless it lies in one that was added:
// such a one is data of the distribution that bundles it.
func (l *Listing) addDistInfo(path string) error {
	if !wheel.IsDistInfo(path) {
		return nil
	}
	rel, err := filepath.Rel(l.Root.Abs, path)
	if n := len(l.Dists); err != nil || n > 0 && Within(l.Dists[n-1], rel) {
		return err
	}
	l.Dists = append(l.Dists, rel)
	return nil
}
