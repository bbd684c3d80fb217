package record

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// outputs resolves paths in the trees of one derivation. PEP 376 lets a row lead out of
// site-packages; here it must not lead out of the outputs, also not by symbolic links,
// other than one to a file of the Nix store.
type outputs struct {
	roots   tree.Roots        // all directories
	stores  []string          // real paths of the Nix store and of directories that count as it does
	parents map[string]string // directory to real directory, "" where there is none
	regular map[string]bool   // files of the trees that need not be looked at again
}

func newOutputs(trees []*tree.Listing, stores []string) *outputs {
	o := &outputs{parents: map[string]string{}}
	for _, dir := range stores {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real
		}
		if dir != "" {
			o.stores = append(o.stores, dir)
		}
	}
	for _, l := range trees {
		o.roots = append(o.roots, l.Root)
	}
	return o
}

// trust takes the regular files of the listings for what they were: there has been no
// time to change them.
func (o *outputs) trust(trees []*tree.Listing) {
	n := 0
	for _, l := range trees {
		n += len(l.Entries)
	}
	o.regular = make(map[string]bool, n)
	for _, l := range trees {
		for _, e := range l.Entries {
			if e.Regular() {
				o.regular[e.Path] = true
			}
		}
	}
}

// A target is what a path leads to.
type target struct {
	path  string // lexically clean, below a root's real path
	real  string // the file, without symbolic links; empty where the path can lead to none
	dir   string // the real directory of the path, empty where there is none
	fault targetFault
	moved bool // found at the same path of another root than the one that it is in
	store bool // a link to a file of the store: fine if its contents are those of the row
	ours  bool // the same, and patch has placed the link
}

// place returns the one name of what lies at the path, be it a link, whatever links its
// directory is reached by.
func (p target) place() string {
	if p.dir == "" || p.dir == filepath.Dir(p.path) {
		return p.path
	}
	return filepath.Join(p.dir, filepath.Base(p.path))
}

// exists reports whether there is something at the path, be it at fault.
func (p target) exists() bool { return p.fault != targetMissing && p.real != "" }

// isOutside reports whether the path itself leads out of the outputs.
func (p target) isOutside() bool { return p.fault == targetOutside && p.real == "" }

// A targetFault says why a path leads to no regular file in the outputs.
type targetFault int

const (
	targetFine targetFault = iota
	targetMissing
	targetDangling // a link that leads to nothing
	targetOutside
	targetNotRegular // a directory, a device
)

// rel returns a path as problems name it: relative to its root.
func (o *outputs) rel(p string) string {
	if _, rel := o.roots.Locate(p); rel != "" {
		return rel
	}
	return p
}

// locate resolves a row's path, relative to dir. A file that is missing from its root
// may have been moved to the same path in another output.
func (o *outputs) locate(dir, row string) (target, error) {
	path := row
	if filepath.IsAbs(path) {
		path = filepath.Clean(path)
	} else {
		path = filepath.Join(dir, path)
	}
	root, rel := o.roots.Locate(path)
	if root == nil {
		return target{path: path, fault: targetOutside}, nil
	}
	first, err := o.resolve(path)
	if err != nil || first.fault != targetMissing {
		return first, err
	}
	for _, r := range o.roots {
		if r != root {
			if p, err := o.resolve(filepath.Join(r.Abs, rel)); err != nil || p.exists() {
				p.moved = true
				return p, err
			}
		}
	}
	return first, nil
}

// resolve follows symbolic links from a clean absolute path to a file.
func (o *outputs) resolve(path string) (target, error) {
	p := target{path: path, fault: targetMissing}
	if strings.ContainsRune(path, 0) {
		return p, nil
	}
	dir := filepath.Dir(path)
	parent, err := o.realDir(dir)
	if err != nil || parent == "" {
		return p, err
	}
	p.dir, p.real = parent, path
	if parent != dir {
		p.real = filepath.Join(parent, filepath.Base(path))
	}
	if o.regular[p.real] {
		p.fault = targetFine
		return p, nil
	}
	if o.roots.Of(parent) == nil {
		p.fault = targetOutside
		return p, nil
	}
	info, err := os.Lstat(p.real)
	if err != nil {
		return p, onlyUnreadable(err)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return o.follow(p)
	}
	p.judge(info)
	return p, nil
}

// follow follows the link at p.real.
func (o *outputs) follow(p target) (target, error) {
	p.fault = targetDangling
	text, _ := os.Readlink(p.real)
	real, err := filepath.EvalSymlinks(p.real)
	if err != nil {
		return p, onlyUnreadable(err)
	}
	info, err := os.Lstat(real)
	if err != nil {
		return p, onlyUnreadable(err)
	}
	p.real = real
	p.judge(info)
	if !o.contains(real) {
		if p.store = o.inStore(real) && p.fault == targetFine; !p.store {
			p.fault = targetOutside
		}
		_, placed := tree.PlacedTarget(text)
		p.ours = p.store && placed
	}
	return p, nil
}

// judge sets fault by what lies at the path.
func (p *target) judge(info fs.FileInfo) {
	if p.fault = targetFine; !info.Mode().IsRegular() {
		p.fault = targetNotRegular
	}
}

// inStore reports whether a real path lies within the Nix store, or what counts as it.
func (o *outputs) inStore(real string) bool {
	return slices.ContainsFunc(o.stores, func(dir string) bool { return real != dir && tree.Within(dir, real) })
}

// realDir returns the real path of a directory, "" where there is none. It resolves each
// directory once, and so those above it.
func (o *outputs) realDir(dir string) (string, error) {
	if real, ok := o.parents[dir]; ok {
		return real, nil
	}
	real, err := o.resolveDir(dir)
	if err != nil {
		real = ""
		if err := onlyUnreadable(err); err != nil {
			return "", err
		}
	}
	o.parents[dir] = real
	return real, nil
}

// resolveDir resolves the last element of a directory's path, where its parent is in
// a root.
func (o *outputs) resolveDir(dir string) (string, error) {
	root, rel := o.roots.Locate(dir)
	if root == nil || rel == "." {
		return filepath.EvalSymlinks(dir)
	}
	parent, err := o.realDir(filepath.Dir(dir))
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

// contains reports whether a real path lies within the outputs.
func (o *outputs) contains(real string) bool {
	root := o.roots.Of(real)
	return root != nil && root.Abs != real
}

// onlyUnreadable returns nil for an error that means that there is no such file, and any
// other error as it is.
func onlyUnreadable(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EIO) {
		return err
	}
	return nil
}
