package tree

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// NewRoots returns the roots of the PATH arguments. Each must exist and be a
// directory or a .whl file.
func NewRoots(paths []string) (Roots, error) {
	var roots Roots
	for _, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		st, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		r := &Root{Path: path, Abs: abs}
		switch {
		case st.IsDir():
			// The loader prints paths below the one that it was asked about: that must
			// be the real one.
			if r.Abs, err = filepath.EvalSymlinks(abs); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		case strings.HasSuffix(path, ".whl") && !st.Mode().IsRegular():
			return nil, fmt.Errorf("%s is no regular file", path)
		case strings.HasSuffix(path, ".whl"):
			r.Archive = true
		default:
			return nil, fmt.Errorf("%s is neither a directory nor a .whl file", path)
		}
		roots = append(roots, r)
	}
	return roots, nil
}

// LargestFirst returns the order in which roots are worked on, several at once, so that no
// large archive is left alone at the end.
func (rs Roots) LargestFirst() []int {
	sizes, order := make([]int64, len(rs)), make([]int, len(rs))
	for i, r := range rs {
		order[i] = i
		if st, err := os.Stat(r.Abs); err == nil {
			sizes[i] = st.Size()
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(sizes[j], sizes[i]) })
	return order
}

// Options says what Scan reads beside the objects, and how much at once.
type Options struct {
	PythonLibs []string // site-packages of Python dependencies, for Inventory.PythonNames
	Names      bool     // read what the objects may open by name
	Digests    bool     // hash objects that share a file name: the flat layout compares them
	Whole      bool     // read every object as a whole, and hash it
	// Later reports whether an object's hash can wait, given the paths of the libraries that
	// were read so far by their names: of such a one only the data that may hold names is
	// read, Whole or not. It has no Sum. nil: none can wait.
	Later func(o *Object, names map[string][]string) bool
	Jobs  int // files read at once
}

// Scan reads every object under the roots. The trees are what Walk returned for
// them. The error is about what could not be read at all; damaged objects are
// problems of the inventory.
func Scan(ctx context.Context, roots Roots, trees []*Listing, o Options) (Inventory, error) {
	inv, files := newInventory(roots)
	done := progress.BeginWheels(ctx, len(roots))
	archives, err := scanArchives(ctx, roots, o, done)
	if err != nil {
		return inv, err
	}
	said := 0 // problems that name their root
	for i, r := range roots {
		if r.Archive {
			inv.take(archives[i], files)
		} else {
			if err := scanTree(ctx, &inv, trees[0], o); err != nil {
				return inv, err
			}
			trees = trees[1:]
			done(1)
		}
		for ; len(roots) > 1 && said < len(inv.Problems); said++ {
			inv.Problems[said].Root = r.Path
		}
	}
	for _, obj := range inv.Objects {
		files.disk.Remember(obj.File, obj.ELF) // a real path: so is the root, and no link below it was followed
	}
	return inv, inv.addPython(o.PythonLibs)
}

// scanArchives reads the roots that are archives, several at once, each into an inventory
// of its own; those of the others stay empty. One wheel gets all jobs, of many each gets
// one: so the memory that they take together does not grow with their number.
func scanArchives(ctx context.Context, roots Roots, o Options, done func(int64)) ([]Inventory, error) {
	parts := make([]Inventory, len(roots))
	jobs, order := min(max(1, o.Jobs), MaxWindows), roots.LargestFirst()
	err := pool.Each(ctx, jobs, len(roots), func(ctx context.Context, i int) error {
		i = order[i]
		if !roots[i].Archive {
			return nil
		}
		inv, files := newInventory(Roots{roots[i]})
		part := o
		part.Jobs = max(1, jobs/len(roots))
		if err := scanArchive(ctx, &inv, files, roots[i], part); err != nil {
			return err
		}
		parts[i] = inv
		done(1)
		return nil
	})
	return parts, err
}

// take adds what was read of an archive.
func (inv *Inventory) take(part Inventory, files *archiveFiles) {
	inv.Objects = append(inv.Objects, part.Objects...)
	inv.Dists = append(inv.Dists, part.Dists...)
	inv.Tags = append(inv.Tags, part.Tags...)
	inv.Problems = append(inv.Problems, part.Problems...)
	for name, paths := range part.Names {
		inv.Names[name] = append(inv.Names[name], paths...)
	}
	own := part.Files.(*archiveFiles)
	files.prefixes = append(files.prefixes, own.prefixes...)
	maps.Copy(files.objects, own.objects)
}

// ScanArchive reads every object of the open archive a, which is the root r.
func ScanArchive(ctx context.Context, r *Root, a *wheel.Archive, o Options) (Inventory, error) {
	inv, files := newInventory(Roots{r})
	if err := inv.addArchive(ctx, files, r, a, o); err != nil {
		return inv, err
	}
	return inv, inv.addPython(o.PythonLibs)
}

func newInventory(roots Roots) (Inventory, *archiveFiles) {
	files := &archiveFiles{disk: new(ldso.DiskFiles), objects: map[string]*elfobj.Object{}}
	return Inventory{
		Roots: roots, Names: map[string][]string{}, PythonNames: map[string][]string{}, Placed: map[string]string{}, Files: files,
	}, files
}

// addPython adds the names of the libraries in dirs, the site-packages of Python
// dependencies, and sorts the paths of all names.
func (inv *Inventory) addPython(dirs []string) error {
	for _, dir := range dirs {
		if err := scanNames(inv.PythonNames, dir); err != nil {
			return err
		}
	}
	for _, names := range []map[string][]string{inv.Names, inv.PythonNames} {
		for _, paths := range names {
			slices.Sort(paths)
		}
	}
	return nil
}

// Join returns several inventories as one, in their order.
func Join(parts []Inventory) Inventory {
	all := Inventory{Names: map[string][]string{}, PythonNames: map[string][]string{}, Placed: map[string]string{}}
	files := joinedFiles{}
	for _, part := range parts {
		all.Roots = append(all.Roots, part.Roots...)
		all.Objects = append(all.Objects, part.Objects...)
		all.Dists = append(all.Dists, part.Dists...)
		all.Tags = append(all.Tags, part.Tags...)
		all.Problems = append(all.Problems, part.Problems...)
		maps.Copy(all.Placed, part.Placed)
		if part.NamesIn != nil {
			all.NamesIn = part.NamesIn
		}
		all.Owned, all.Taken = either(all.Owned, part.Owned), either(all.Taken, part.Taken)
		for name, paths := range part.Names {
			all.Names[name] = append(all.Names[name], paths...)
		}
		for name, paths := range part.PythonNames {
			all.PythonNames[name] = append(all.PythonNames[name], paths...)
		}
		for range part.Roots {
			files.parts = append(files.parts, part.Files)
		}
	}
	files.roots = all.Roots
	all.Files = files
	return all
}

// either returns a function that reports whether one of two does; each may be nil.
func either(a, b func(string) bool) func(string) bool {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return func(path string) bool { return a(path) || b(path) }
}

// joinedFiles opens a path with the Files of the root that contains it. Outside of
// all roots the first one serves: there all show the disk.
type joinedFiles struct {
	roots Roots
	parts []ldso.Files // by root
}

// Open implements ldso.Files.
func (j joinedFiles) Open(path string) (ldso.File, error) {
	part := max(0, slices.Index(j.roots, j.roots.Of(filepath.Clean(path))))
	if part >= len(j.parts) {
		return ldso.File{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return j.parts[part].Open(path)
}

// scanNames adds the paths of the libraries below a directory by their file names.
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
