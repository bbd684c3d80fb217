// Package explain models what the command explain says of wheels and trees:
// what each object needs, who supplies it, and what to write in Nix. Its views
// are text, JSON, DOT, HTML and Nix.
//
// It judges by the wheel alone: the libraries of the machine that it runs on do
// not count, unless they are named with --lib. Only gather*.go reads files.
package explain

import (
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
)

// title is a supplier in the words of the views.
func title(s supply.Supplier) string {
	return map[supply.Supplier]string{
		supply.Self: "the wheel itself", supply.Sibling: "a wheel beside it", supply.Libc: "C library", supply.Promise: "manylinux promise",
		supply.Driver: "graphics driver", supply.Input: "named directories", supply.Nixpkgs: "nixpkgs", supply.Dist: "other Python packages",
		supply.Unknown: "nobody known",
	}[s]
}

// A Model is all that the views show.
type Model struct {
	Wheels   []Wheel
	Objects  []Object   // by wheel, then path
	External []External // what is needed from outside, by soname
	Guesses  []Guess
	Problems []problem.Problem
	Planned  []report.ObjectReport // what patching would write; empty where nobody asked
}

// A Wheel is one PATH argument, or one wheel of a folder: a .whl or a tree.
type Wheel struct {
	Path      string // as the user gave it
	Archive   bool
	Name      string // of the distribution; for a tree with several, empty
	Version   string
	Python    []string // tags
	ABI       []string
	Platforms []string
	Misfit    string   // why this machine cannot use it, empty where it can
	Requires  []string // names of Requires-Dist, normalized
	// RequiresText are the lines of Requires-Dist as they are written.
	RequiresText []string
	Record       RecordState
	SHA256       string // of the .whl in hexadecimal, only where a view asked for it
}

// A RecordState is what a RECORD looks like without hashing a byte.
type RecordState struct {
	Present  bool
	Path     string // of RECORD in the archive
	Rows     int
	Unlisted []string // files that it does not list
	Missing  []string // rows without a file
	Faults   []string
}

// An Object is one ELF object.
type Object struct {
	Wheel    int    // index in Model.Wheels
	Path     string // relative to the wheel
	File     string // absolute, where it would be installed
	Kind     plan.Kind
	Soname   string
	Class    string
	Machine  string
	Interp   string
	Runpath  []string
	Rpath    bool // Runpath is a DT_RPATH
	Size     int64
	Needs    []Need
	NeededBy []int // indices of objects
	Dlopen   []Dlopen
	Versions []string // the highest GLIBC, GLIBCXX and CXXABI that it wants
}

// A Need is one DT_NEEDED.
type Need struct {
	Soname   string
	From     supply.Supplier
	Object   int // index in Model.Objects, -1 where it is none of them
	External int // index in Model.External, -1 where it is an object
	Path     string
	How      string // how it was found, or why it is expected
	Via      ldso.Via
	Searched []ldso.Place
}

// A Dlopen is one entry of .note.dlopen.
type Dlopen struct {
	Sonames  []string
	Feature  string
	Priority string
	From     supply.Supplier
}

// An External is one library that no object supplies, and who does: From is
// Input where a directory that was named has it.
type External struct {
	supply.Answer
	Soname   string
	Instead  string   // the soname of the alternative that makes it needless, or empty
	File     string   // where From is Input
	NeededBy []int    // indices of objects
	Versions []string // the highest of each kind of symbol version that is wanted of it
}

// A Guess is the name of a library in Python code.
type Guess struct {
	Wheel  int
	Soname string // or the name given to find_library, as lib….so
	File   string // relative to the wheel
	Line   int
	Call   string // how it is loaded, for example find_library
	From   supply.Supplier
	Attr   string
}

// name is the shortest that still tells objects apart in a picture.
func (o Object) name() string {
	if o.Kind == plan.Extension || o.Kind == plan.Program || o.Soname == "" {
		return path.Base(o.Path)
	}
	return o.Soname
}

func (w Wheel) isMusl() bool {
	return slices.ContainsFunc(w.Platforms, func(tag string) bool { return strings.HasPrefix(tag, "musllinux_") })
}
