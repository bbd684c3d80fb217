package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// Expand returns PATH arguments with each folder of wheels replaced by the .whl files
// that lie in it, sorted. A folder that is a tree beside that, since a dist-info or a
// library lies in it, stays too: files of an output are never hidden by a wheel that
// was put there.
func Expand(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		wheels, err := wheelsIn(p)
		if err != nil {
			return nil, err
		}
		isTree := len(wheels) == 0
		if !isTree {
			if isTree, err = holdsTree(p); err != nil {
				return nil, err
			}
		}
		out = append(out, wheels...)
		if isTree {
			out = append(out, p)
		}
	}
	return out, nil
}

// wheelsIn returns the .whl files that lie in a directory itself; none of what is no
// directory.
func wheelsIn(path string) (wheels []string, err error) {
	st, err := os.Stat(path)
	if err != nil || !st.IsDir() {
		return nil, err
	}
	entries, err := os.ReadDir(path) // sorted
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".whl") && !e.IsDir() {
			wheels = append(wheels, filepath.Join(path, e.Name()))
		}
	}
	return wheels, nil
}

// holdsTree reports whether a dist-info, or a file that has the name of a library, lies
// below a directory.
func holdsTree(dir string) (bool, error) {
	errFound := errors.New("found")
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && wheel.IsDistInfo(path), !d.IsDir() && strings.Contains(d.Name(), ".so"):
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}

// NothingError returns an error where a listed directory, of which the inventory has the
// objects, is neither a folder of wheels nor a tree that a wheel was installed to: it has
// no dist-info, no object and no Python code.
func (l *Listing) NothingError(inv Inventory) error {
	if len(l.Dists) > 0 {
		return nil
	}
	damaged := map[string]bool{} // objects that cannot be read
	for _, p := range inv.Problems {
		damaged[filepath.Join(l.Root.Abs, p.Path)] = p.Path != ""
	}
	for _, o := range inv.Objects {
		if o.Root == l.Root {
			return nil
		}
	}
	var below, links []string // wheels further down, links to folders
	for _, e := range l.Entries {
		switch {
		case strings.HasSuffix(e.Path, ".py"), damaged[e.Path]:
			return nil
		case strings.HasSuffix(e.Path, ".whl"):
			below = append(below, e.Path)
		case e.kind&fs.ModeSymlink != 0:
			if st, err := os.Stat(e.Path); err == nil && st.IsDir() {
				links = append(links, e.Path)
			}
		}
	}
	switch {
	case len(l.Entries) == 0:
		return errors.New("no file lies here: give a wheel, a folder of wheels, or the directory that a wheel was installed to")
	case len(below) > 0:
		slices.Sort(below)
		return fmt.Errorf("nothing that was installed from a wheel lies here, and no wheel but further down, where none is looked for: give %s",
			words.Quote(l.Root.Path+strings.TrimPrefix(filepath.Dir(below[0]), l.Root.Abs)))
	case len(links) > 0:
		slices.Sort(links)
		if real, err := filepath.EvalSymlinks(links[0]); err == nil {
			return fmt.Errorf("nothing lies here but a link, and links to folders are not followed: give %s", words.Quote(real))
		}
	}
	return errors.New("no wheel lies here, and nothing that was installed from one")
}
