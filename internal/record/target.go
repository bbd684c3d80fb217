package record

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

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// A forest is the trees of one derivation, and what was resolved in them.
type outputs struct {
	roots   tree.Roots        // directories all
	parents map[string]string // directory to real directory, "" where there is none
}

func newOutputs(roots tree.Roots) *outputs {
	return &outputs{roots: roots, parents: map[string]string{}}
}

// A place is what a path leads to.
type target struct {
	path string // lexically clean, below a root's real path
	real string // the regular file, without symbolic links
	size int64
	why  targetFault
}

// A placeFault says why a path leads to no file that counts.
type targetFault int

const (
	targetFine targetFault = iota
	targetMissing
	targetOutside
	targetNotRegular // a directory, a device
)

// within returns the root that a clean absolute path lies in, and the rest of it.
func (f *outputs) within(p string) (root *tree.Root, rel string) {
	root = f.roots.Of(p)
	switch {
	case root == nil:
		return nil, ""
	case root.Abs == p:
		return root, "."
	}
	return root, strings.TrimPrefix(p[len(root.Abs):], "/")
}

// rel names a path as problems do: relative to its root.
func (f *outputs) rel(p string) string {
	if _, rel := f.within(p); rel != "" {
		return rel
	}
	return p
}

// locate resolves a row's path, relative to dir. A file that is gone from its
// own root may have been moved to the same place in another output.
func (f *outputs) locate(dir, row string) (target, error) {
	path := filepath.Clean(row)
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, row)
	}
	root, rel := f.within(path)
	if root == nil {
		return target{path: path, why: targetOutside}, nil
	}
	first, err := f.resolve(filepath.Join(root.Abs, rel))
	if err != nil || first.why != targetMissing {
		return first, err
	}
	for _, r := range f.roots {
		if r != root {
			if p, err := f.resolve(filepath.Join(r.Abs, rel)); err == nil && p.why == targetFine {
				return p, nil
			}
		}
	}
	return first, nil
}

func (f *outputs) resolve(path string) (target, error) {
	p := target{path: path, why: targetMissing}
	if strings.ContainsRune(path, 0) {
		return p, nil
	}
	parent, err := f.realDir(filepath.Dir(path))
	if err != nil || parent == "" {
		return p, err
	}
	p.real = filepath.Join(parent, filepath.Base(path))
	info, err := os.Lstat(p.real)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if p.real, err = filepath.EvalSymlinks(p.real); err == nil {
			info, err = os.Lstat(p.real)
		}
	}
	switch {
	case err != nil:
		return p, onlyUnreadable(err)
	case !f.contains(p.real):
		p.why = targetOutside
	case !info.Mode().IsRegular():
		p.why = targetNotRegular
	default:
		p.why, p.size = targetFine, info.Size()
	}
	return p, nil
}

// realDir resolves a directory once, and each of those above it up to a root.
func (f *outputs) realDir(dir string) (string, error) {
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

func (f *outputs) lookDir(dir string) (string, error) {
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

// holds reports whether a real path lies within the outputs.
func (f *outputs) contains(real string) bool {
	root := f.roots.Of(real)
	return root != nil && root.Abs != real
}

// onlyUnreadable keeps the errors that do not mean that there is no such file.
func onlyUnreadable(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EIO) {
		return err
	}
	return nil
}

// opener reads the file of a place.
func (p target) opener() func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return tree.OpenRaw(p.real) }
}
