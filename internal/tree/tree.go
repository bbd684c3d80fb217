package tree

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// An Inventory is what Scan found: all that planning needs. Planning reads
// nothing but Files.
type Inventory struct {
	Roots   Roots
	Objects []Object // by root, then path
	// Names leads from the name of a file or link under the roots to its
	// absolute paths, sorted, where an object lies behind it: DT_NEEDED asks for
	// file names.
	Names map[string][]string
	// PythonNames is the same for the site-packages of Python dependencies.
	PythonNames map[string][]string
	// Files is the file system as the loader will see it, the members of
	// archives at the places that they would be installed to.
	Files    ldso.Files
	Dists    []wheel.Dist     // of every dist-info under the roots
	Tags     []wheel.Platform // of the archives' file names
	Problems []problem.Problem
}

// Roots are the PATH arguments of one run, in their order.
type Roots []*Root

// Of returns the root that holds the clean absolute path, the innermost where
// one lies in another, or nil.
func (rs Roots) Of(path string) *Root {
	var best *Root
	for _, r := range rs {
		if Within(r.Abs, path) && (best == nil || len(r.Abs) > len(best.Abs)) {
			best = r
		}
	}
	return best
}

// Trees returns those of the roots that are directories.
func (rs Roots) Trees() Roots {
	return slices.DeleteFunc(slices.Clone(rs), func(r *Root) bool { return r.Archive })
}

// Within reports whether the clean absolute path is dir or lies in it.
func Within(dir, path string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}

// A Root is one PATH argument.
type Root struct {
	Path    string // as the user gave it
	Abs     string // absolute, without symbolic links; for an archive the prefix that it would be installed to, which exists nowhere
	Archive bool   // a .whl
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
	// Digest is the sha256 of the content, filled in only where the flat layout
	// must compare files of one name.
	Digest string
}

// Tag returns the platform tag of the only archive, as its file name has it.
func (inv Inventory) Tag() string {
	var tags []string
	for _, t := range inv.Tags {
		tags = append(tags, t.Tag)
	}
	return strings.Join(tags, ".")
}
