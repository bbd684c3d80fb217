// Package tree reads what lies under the roots, archives and directories, into one
// Inventory: ELF objects (gABI chapter 5, through elfobj), their links and file
// names, dist-infos, platform tags. The members of an archive stand where an
// installer would put them (PEP 427).
//
// pipeline and explain call it; plan and report work on the Inventory, record on
// the Listings. It leaves out what RECORD says (record) and which library serves
// which need (plan). It only reads, and follows no link out of a tree. What it
// writes is one temporary file without a name, for a member that is read in a way
// that its window cannot serve.
package tree

import (
	"cmp"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// An Inventory is what Scan read: all that planning needs. Planning reads nothing
// but Files.
type Inventory struct {
	Roots   Roots
	Objects []Object // by root, then as a walk comes to them: a/x before a.libs/x
	// Names leads from a file name to the absolute paths, sorted, of the objects
	// under the roots that have it, and of the links that lead to objects:
	// DT_NEEDED asks for file names.
	Names map[string][]string
	// PythonNames is the same for the site-packages of Python dependencies.
	PythonNames map[string][]string
	// Files is the file system as the loader will see it, the members of
	// archives at the places that they would be installed to.
	Files ldso.Files
	// Placed leads from each symbolic link in the roots that patch has placed there to
	// the absolute path that it leads to.
	Placed map[string]string
	// Owned reports whether a clean absolute directory belongs to one distribution alone,
	// so that no other will have a file in it. It is nil for archives: none does.
	Owned func(dir string) bool
	// Taken reports whether a path leads to anything, be it a link to nothing. It is nil
	// for archives.
	Taken func(path string) bool
	// NamesIn returns the libraries that the object at a path, outside of the roots, may
	// open by name. It is nil for archives.
	NamesIn  func(path string) []string
	Dists    []wheel.Dist      // of every dist-info under the roots
	Tags     []pyname.Platform // of the archives' file names
	Problems []problem.Problem
}

// Roots are the PATH arguments of one run, in their order.
type Roots []*Root

// Of returns the root that contains the clean absolute path, or nil: the innermost
// where one root contains another.
func (rs Roots) Of(path string) *Root {
	var best *Root
	for _, r := range rs {
		if Within(r.Abs, path) && (best == nil || len(r.Abs) > len(best.Abs)) {
			best = r
		}
	}
	return best
}

// Locate returns the root that contains the clean absolute path, and the path relative
// to it, "." for the root itself; nil and "" where none does.
func (rs Roots) Locate(path string) (root *Root, rel string) {
	root = rs.Of(path)
	switch {
	case root == nil:
		return nil, ""
	case root.Abs == path:
		return root, "."
	}
	return root, strings.TrimPrefix(path[len(root.Abs):], "/")
}

// directories returns the roots that are directories.
func (rs Roots) directories() Roots {
	return slices.DeleteFunc(slices.Clone(rs), func(r *Root) bool { return r.Archive })
}

// Within reports whether the clean absolute path is dir or lies in it.
func Within(dir, path string) bool {
	above := strings.TrimSuffix(dir, "/")
	return path == dir || len(path) > len(above) && path[len(above)] == '/' && strings.HasPrefix(path, above)
}

// A Root is one PATH argument.
type Root struct {
	Path    string // as the user gave it
	Abs     string // absolute, without symbolic links; for an archive the prefix that it would be installed to, which exists nowhere
	Archive bool   // a .whl
}

// installedTo is where an archive's members for site-packages are below its prefix.
var installedTo = lazyregexp.New(`^lib/[^/]+/site-packages(/|$)`)

// Show returns how a message names a clean path in the root: it starts with the path that the
// user gave, and is in an archive the member's.
func (r *Root) Show(path string) string {
	rel := strings.TrimPrefix(strings.TrimPrefix(path, r.Abs), "/")
	if r.Archive {
		return cmp.Or(installedTo.ReplaceAllString(rel, ""), filepath.Base(r.Path))
	}
	return filepath.Join(r.Path, rel)
}

// An Object is one ELF file under a root. Hard links to one file are one
// Object.
type Object struct {
	Root  *Root
	Path  string   // relative to the root, for an archive the member's name
	File  string   // absolute path; for an archive the one it would be installed to
	Links []string // other names of the same inode, relative to the root
	Mode  fs.FileMode
	Size  int64
	ELF   *elfobj.Object
	// Sum is that of the content, filled in only where Options.Whole is set, and for the
	// flat layout of objects that share a name.
	Sum Sum
}

// Tag returns the platform tags of the archives, as their file names have them, with a dot
// between them; of a single distribution in a tree those that its WHEEL names.
func (inv Inventory) Tag() string {
	given := inv.Tags
	if len(given) == 0 && len(inv.Dists) == 1 {
		d := inv.Dists[0]
		if name, ok := pyname.FilenameOf(d.Name, d.Version, d.Tags); ok {
			f, _ := pyname.ParseFilename(name)
			given = f.Platforms
		}
	}
	var tags []string
	for _, t := range given {
		tags = append(tags, t.Tag)
	}
	return strings.Join(tags, ".")
}
