package fixup

import (
	"io/fs"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// An Inventory is what Scan found under the roots: all that planning needs, so
// that planning need not read.
type Inventory struct {
	Roots    []Root
	Objects  []Object // by root, then path
	Problems []problem.Problem
}

// A Root is one PATH argument.
type Root struct {
	Path    string // as the user gave it
	Abs     string // absolute; for an archive the directory that it would be installed to, which exists nowhere
	Archive bool   // a .whl
}

// An Object is one ELF file under a root. Hard links to one file are one
// Object.
type Object struct {
	Root  string   // Root.Path
	Path  string   // relative to the root, for an archive the member's name
	File  string   // absolute path; for an archive the one it would be installed to
	Links []string // other names of the same inode, relative to the root
	Mode  fs.FileMode
	Size  int64
	ELF   *elfobj.Object
}
