package tree

// This file reads what lies under the roots: archives, directory trees, and the
// names of the libraries in the site-packages of Python dependencies.

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// MakeRoots checks the PATH arguments: each must exist and be a directory or a
// .whl file.
func NewRoots(paths []string) (Roots, error) {
	var roots Roots
	for _, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		st, err := os.Stat(abs)
		if err != nil {
			return nil, err
		}
		r := &Root{Path: path, Abs: abs}
		switch {
		case st.IsDir():
			// The loader reports paths as it was asked: ask by the real one.
			if r.Abs, err = filepath.EvalSymlinks(abs); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		case strings.HasSuffix(path, ".whl"):
			r.Archive = true
		default:
			return nil, fmt.Errorf("%s is neither a directory nor a .whl file", path)
		}
		roots = append(roots, r)
	}
	return roots, nil
}

// TreeOptions says what Scan reads beside the objects.
type Options struct {
	PythonLibs []string // site-packages of Python dependencies
	Digests    bool     // hash objects of one file name: the flat layout compares them
	Jobs       int      // files read at once
}

// Scan reads every object under the roots. The error is about what could not
// be read at all; damaged objects are problems of the inventory.
func Scan(ctx context.Context, roots Roots, trees []*Listing, o Options) (Inventory, error) {
	disk := new(ldso.DiskFiles)
	files := &archiveFiles{Files: disk, objects: map[string]*elfobj.Object{}}
	inv := Inventory{Roots: roots, Names: map[string][]string{}, PythonNames: map[string][]string{}, Files: files}
	for _, r := range roots {
		var err error
		if r.Archive {
			err = scanArchive(ctx, &inv, files, r, o.Jobs)
		} else {
			err = scanTree(ctx, &inv, trees[0], o)
			trees = trees[1:]
		}
		if err != nil {
			return inv, err
		}
	}
	for _, obj := range inv.Objects {
		disk.Remember(obj.File, obj.ELF) // its root is a real path, and no link was followed below
	}
	for _, dir := range o.PythonLibs {
		if err := scanNames(inv.PythonNames, dir); err != nil {
			return inv, err
		}
	}
	for _, names := range []map[string][]string{inv.Names, inv.PythonNames} {
		for _, paths := range names {
			slices.Sort(paths)
		}
	}
	return inv, nil
}

// scanNames records the libraries below a directory by their file names.
func scanNames(names map[string][]string, dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() && strings.Contains(d.Name(), ".so") {
			addName(names, d.Name(), path)
		}
		return nil
	})
}

func addName(names map[string][]string, name, path string) {
	names[name] = append(names[name], path)
}
