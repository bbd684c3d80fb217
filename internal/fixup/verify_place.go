package fixup

// Where a path of RECORD leads: PEP 376 lets rows climb out of site-packages,
// here they must stay within the outputs, also through symbolic links.

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// A treeRoot is one root that is a directory.
type treeRoot struct {
	Root
	real string // without symbolic links
}

// A forest is the trees of one derivation, and what was resolved in them.
type forest struct {
	roots   []treeRoot
	parents map[string]string // directory to real directory, "" where there is none
}

func newForest(roots []Root) (*forest, error) {
	f := &forest{parents: map[string]string{}}
	for _, r := range roots {
		abs, err := filepath.Abs(r.Path)
		if err != nil {
			return nil, err
		}
		real, err := filepath.EvalSymlinks(abs)
		if err != nil {
			return nil, err
		}
		if r.Abs == "" {
			r.Abs = abs
		}
		f.roots = append(f.roots, treeRoot{r, real})
	}
	return f, nil
}

// A place is what a path leads to.
type place struct {
	path string // lexically clean, below a root's real path
	real string // the regular file, without symbolic links
	size int64
	why  placeFault
}

// A placeFault says why a path leads to no file that counts.
type placeFault int

const (
	placeFine placeFault = iota
	placeMissing
	placeOutside
	placeNoFile // a directory, a device
)

// within gives the root that a clean absolute path lies in, and the rest of it.
func (f *forest) within(p string) (root *treeRoot, rel string) {
	for i := range f.roots {
		r := &f.roots[i]
		for _, dir := range []string{r.real, r.Abs} {
			if p == dir {
				return r, "."
			}
			if rel, ok := strings.CutPrefix(p, strings.TrimSuffix(dir, "/")+"/"); ok {
				return r, rel
			}
		}
	}
	return nil, ""
}

// rel names a path as problems do: relative to its root.
func (f *forest) rel(p string) string {
	if _, rel := f.within(p); rel != "" {
		return rel
	}
	return p
}

// locate resolves a row's path, relative to dir. A file that is gone from its
// own root may have been moved to the same place in another output.
func (f *forest) locate(dir, row string) (place, error) {
	target := filepath.Clean(row)
	if !filepath.IsAbs(target) {
		target = filepath.Join(dir, row)
	}
	root, rel := f.within(target)
	if root == nil {
		return place{path: target, why: placeOutside}, nil
	}
	first, err := f.resolve(filepath.Join(root.real, rel))
	if err != nil || first.why != placeMissing {
		return first, err
	}
	for i := range f.roots {
		if r := &f.roots[i]; r != root {
			if p, err := f.resolve(filepath.Join(r.real, rel)); err == nil && p.why == placeFine {
				return p, nil
			}
		}
	}
	return first, nil
}

func (f *forest) resolve(target string) (place, error) {
	p := place{path: target, why: placeMissing}
	if strings.ContainsRune(target, 0) {
		return p, nil
	}
	parent, err := f.realDir(filepath.Dir(target))
	if err != nil || parent == "" {
		return p, err
	}
	p.real = filepath.Join(parent, filepath.Base(target))
	info, err := os.Lstat(p.real)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if p.real, err = filepath.EvalSymlinks(p.real); err == nil {
			info, err = os.Lstat(p.real)
		}
	}
	switch {
	case err != nil:
		return p, onlyUnreadable(err)
	case !f.holds(p.real):
		p.why = placeOutside
	case !info.Mode().IsRegular():
		p.why = placeNoFile
	default:
		p.why, p.size = placeFine, info.Size()
	}
	return p, nil
}

// realDir resolves a directory once, and each of those above it up to a root.
func (f *forest) realDir(dir string) (string, error) {
	if real, ok := f.parents[dir]; ok {
		return real, nil
	}
	real, err := f.lookDir(dir)
	if err != nil {
		real = ""
		if err := onlyUnreadable(err); err != nil {
			return "", err
		}
	}
	f.parents[dir] = real
	return real, nil
}

func (f *forest) lookDir(dir string) (string, error) {
	root, rel := f.within(dir)
	if root == nil || rel == "." {
		return filepath.EvalSymlinks(dir)
	}
	parent, err := f.realDir(filepath.Dir(dir))
	if err != nil || parent == "" {
		return "", err
	}
	real := filepath.Join(parent, filepath.Base(dir))
	info, err := os.Lstat(real)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return filepath.EvalSymlinks(real)
	}
	return real, err
}

// holds tells whether a real path lies within the outputs.
func (f *forest) holds(real string) bool {
	for _, r := range f.roots {
		if strings.HasPrefix(real, strings.TrimSuffix(r.real, "/")+"/") {
			return true
		}
	}
	return false
}

// onlyUnreadable keeps the errors that do not mean that there is no such file.
func onlyUnreadable(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EIO) {
		return err
	}
	return nil
}

// opener reads the file of a place.
func (p place) opener() func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return openRaw(p.real) }
}
