package tree

import (
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A Listing is what lies in one directory tree, in the order of
// filepath.WalkDir, which is sorted. Links are not followed.
type Listing struct {
	Root    *Root
	Entries []Entry  // all that is no directory
	Dists   []string // dist-info folders that lie in no other, relative to the root
}

// An Entry is a file, a link or something else that is no directory.
type Entry struct {
	Path string // absolute
	Type fs.FileMode
	Info fs.FileInfo // of a regular file, else nil
}

// Walk lists those of the roots that are directories, each once: all that reads
// a tree goes by this one list.
func Walk(roots Roots) ([]*Listing, error) {
	var all []*Listing
	for _, root := range roots.Trees() {
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
	e := Entry{Path: path, Type: d.Type()}
	if d.Type().IsRegular() {
		if e.Info, err = d.Info(); err != nil {
			return err
		}
	}
	l.Entries = append(l.Entries, e)
	return nil
}

// addDistInfo adds a dist-info folder that lies in none that was added: what a
// distribution bundles is data of it.
func (l *Listing) addDistInfo(path string) error {
	if !wheel.IsDistInfo(path) || strings.HasPrefix(filepath.Base(path), atomicfile.Prefix) {
		return nil
	}
	rel, err := filepath.Rel(l.Root.Abs, path)
	if n := len(l.Dists); err != nil || n > 0 && Within(l.Dists[n-1], rel) {
		return err
	}
	l.Dists = append(l.Dists, rel)
	return nil
}
