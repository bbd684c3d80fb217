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
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
)

// A Supplier says where a library comes from.
type Supplier string

// The suppliers, in the order in which the views show them.
const (
	Self    Supplier = "wheel"     // the wheel itself
	Sibling Supplier = "sibling"   // another of the wheels that are looked at
	Libc    Supplier = "libc"      // the C library, which comes with the interpreter
	Promise Supplier = "manylinux" // promised by the wheel's platform tag
	Driver  Supplier = "driver"    // the graphics driver, at run time
	Input   Supplier = "input"     // a directory that was named, or the store
	Nixpkgs Supplier = "nixpkgs"   // an attribute of nixpkgs
	Dist    Supplier = "dist"      // another Python package
	Nobody  Supplier = "nobody"    // nothing that is known here
)

// Suppliers gives all of them in order.
func Suppliers() []Supplier {
	return []Supplier{Self, Sibling, Libc, Promise, Driver, Input, Nixpkgs, Dist, Nobody}
}

// Title is a supplier in the words of the views.
func (s Supplier) Title() string {
	return map[Supplier]string{
		Self: "the wheel itself", Sibling: "a wheel beside it", Libc: "C library", Promise: "manylinux promise",
		Driver: "graphics driver", Input: "named directories", Nixpkgs: "nixpkgs", Dist: "other Python packages", Nobody: "nobody known",
	}[s]
}

// A Kind is what an object is for.
type Kind string

// The kinds of object.
const (
	Program   Kind = "program"
	Extension Kind = "extension module"
	Library   Kind = "library" // some other object needs it
	Plugin    Kind = "plugin"  // nothing needs it, so it is loaded by name
)

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
	Size         int64
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
	Kind     Kind
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
	From     Supplier
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
	From     Supplier
}

// An External is one library that no object supplies.
type External struct {
	Soname   string
	From     Supplier
	Attr     string // of nixpkgs
	Dists    []string
	Note     string
	Optional bool
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
	From   Supplier
	Attr   string
}

// name is the shortest that still tells objects apart in a picture.
func (o Object) name() string {
	if o.Kind == Extension || o.Kind == Program || o.Soname == "" {
		return path.Base(o.Path)
	}
	return o.Soname
}

func (w Wheel) isMusl() bool {
	return slices.ContainsFunc(w.Platforms, func(tag string) bool { return strings.HasPrefix(tag, "musllinux_") })
}
