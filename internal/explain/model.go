// Package explain shows what each object of wheels and trees needs, who supplies it,
// and what to write in Nix. Its views are text, JSON (docs/json.md), DOT and HTML; package
// nixexpr writes the expression, package bill the bill of materials.
//
// It is a view of other packages' answers: [Build] takes from package plan where
// each library lies in the wheels as they are ([plan.AsFound]), and from package
// supply who has the rest. It decides neither by itself. The libraries of this
// machine do not count, unless they are named with --lib.
//
// Package pipeline calls [Gather] and [Build], the command explain the views. Only
// gather*.go read files, what Python code loads by package pyload; the views write what
// [Build] made, the picture of the page by package layered. It asks no loader.
package explain

import (
	"path"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/bill"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyload"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pymodule"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// title returns a supplier in the words of the views.
func title(s supply.Supplier) string {
	return map[supply.Supplier]string{
		supply.Self: "the wheel itself", supply.Sibling: "a wheel beside it", supply.Libc: "C library", supply.Promise: "manylinux promise",
		supply.Driver: "graphics driver", supply.Input: "named directories", supply.Nixpkgs: "nixpkgs", supply.Dist: "other Python packages",
		supply.Unknown: "nobody known",
	}[s]
}

// A Model is all that the views show. [Build] makes it.
type Model struct {
	wheels   []wheelInfo
	objects  []objectInfo // by wheel, then path
	external []external   // what is needed from outside, by soname
	opened   []openedInfo // by object
	guesses  []guess
	extras   []string              // whose dependencies are meant too, in the form of pyname.NormalName
	planned  []report.ObjectReport // what patching would write; empty where nobody asked
	problems []problem.Problem     // of the objects themselves
}

// A wheelInfo is one PATH argument, or one wheel of a folder: a .whl or a tree.
type wheelInfo struct {
	supply.Wheel
	Path         string // as the user gave it
	Archive      bool   // it is a .whl
	Version      string
	Modules      []pymodule.Count
	WrongPython  string   // why no Python that is meant loads any of the modules, empty if one does
	Damage       string   // why the .whl is no archive: all else is what its file name says
	Misfit       string   // why this machine cannot use it, empty if it can
	RequiresText []string // the lines of Requires-Dist as they are written
	Record       recordState
	Dist         wheel.Dist      // of a .whl
	File         pyname.Filename // of a .whl, with its tags; where its name is not that of a wheel, by WHEEL
	Renamed      bool            // its name is not that of a wheel
	Imports      []string        // what Python imports of a .whl, by RECORD
	Programs     []string        // that a .whl brings along
	SHA256       string          // of the .whl, in hexadecimal; only with Options.Hash

	SBOMs []bill.SBOM  // those that it brings along; only with Options.Bill
	Dists []wheel.Dist // of a tree; likewise
}

// A recordState is what a RECORD says, compared with the archive's directory alone.
type recordState struct {
	Present  bool
	Path     string // of the RECORD in the archive
	Rows     int
	Unlisted []string // files that it does not list
	Missing  []string // paths of rows without a file
	Faults   []string // of the archive and of RECORD
}

// good reports whether there is a RECORD, and it agrees with the archive's directory.
func (s recordState) good() bool {
	return s.Present && len(s.Unlisted)+len(s.Missing)+len(s.Faults) == 0
}

// An objectInfo is one ELF object.
type objectInfo struct {
	Wheel    int    // index in Model.wheels
	Path     string // relative to the wheel
	File     string // absolute, where it would be installed
	Kind     plan.Kind
	Soname   string
	Class    string
	Machine  string
	Interp   string
	Runpath  []string
	Rpath    bool // Runpath is a DT_RPATH
	Needs    []needInfo
	NeededBy []int  // indices of objects
	BuildID  string // in hexadecimal, or empty
	SHA256   string // likewise; only with Options.Bill
}

// A needInfo is one DT_NEEDED.
type needInfo struct {
	Soname   string
	From     supply.Supplier
	Object   int    // the index in Model.objects of what serves it, or -1
	External int    // the index in Model.external, or -1 if an object serves it
	Path     string // of the file that serves it, or empty
	How      string // how that file is found, in words
	Via      ldso.Via
	Searched []ldso.Place
}

// An external is a library that no object of the wheels is, and who supplies it.
// From is Input if it was found in a named directory.
type external struct {
	supply.Answer
	Soname   string
	Instead  string // the soname of the alternative that makes it needless, or empty
	File     string // its path if From is Input
	NeededBy []int  // indices of objects
	// Versions has by wheel the highest GLIBC, GLIBCXX and CXXABI that it wants of it.
	Versions map[int][]string
}

// A guess is the name of a library in Python code.
type guess struct {
	Wheel int // index in Model.wheels
	pyload.Load
	From supply.Supplier
	Attr string        // of nixpkgs, if From is Nixpkgs or Promise
	has  supply.Answer // who supplies it, where Attr is set
}

// name returns the shortest name that still tells objects apart in a picture.
func (o objectInfo) name() string {
	if o.Kind == plan.Extension || o.Kind == plan.Program || o.Soname == "" {
		return path.Base(o.Path)
	}
	return o.Soname
}
