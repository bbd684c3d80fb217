// Package supply answers who supplies a library that a wheel needs, and what to
// write for it in Nix (Nixpkgs manual, "Python"). It is the only place that
// answers, so that the failures of patch and check, the hook's hints and all views
// of explain say the same.
//
// It goes by the table of package providers, by what platform tags promise (PEP 513
// to 600) and by what METADATA requires. Packages plan and explain call it.
//
// It leaves out where a library lies, and whether it is found at all: that is
// package plan. It is pure: it reads no file.
package supply

import (
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A Supplier is where a library comes from.
type Supplier string

// The suppliers, in the order in which the views show them.
const (
	Self    Supplier = "wheel"     // the wheel itself
	Sibling Supplier = "sibling"   // another wheel beside it
	Libc    Supplier = "libc"      // the C library, which comes with the interpreter
	Promise Supplier = "manylinux" // promised by the wheel's platform tag
	Driver  Supplier = "driver"    // the graphics driver, at run time
	Input   Supplier = "input"     // a directory of --lib or --python-lib, or an absolute RUNPATH
	Nixpkgs Supplier = "nixpkgs"   // an attribute of nixpkgs
	Dist    Supplier = "dist"      // another Python package
	Unknown Supplier = "nobody"    // nobody that is known here
)

// Suppliers returns all suppliers in that order.
func Suppliers() []Supplier {
	return []Supplier{Self, Sibling, Libc, Promise, Driver, Input, Nixpkgs, Dist, Unknown}
}

// A Wheel is what is known of the wheel or tree that needs a library.
type Wheel struct {
	Name      string   // of the distribution; empty for a tree with several
	Requires  []string // names of Requires-Dist, normalized (PEP 503)
	Platforms []string // platform tags
}

// NewWheel returns what is known of a wheel, or of a tree with several
// distributions.
func NewWheel(dists []wheel.Dist, tags []pyname.Platform) Wheel {
	var w Wheel
	if len(dists) == 1 {
		w.Name = dists[0].Name
	}
	for _, d := range dists {
		for _, line := range d.Requires {
			if name := pyname.RequirementName(line); name != "" {
				w.Requires = append(w.Requires, name)
			}
		}
	}
	slices.Sort(w.Requires)
	w.Requires = slices.Compact(w.Requires)
	for _, t := range tags {
		w.Platforms = append(w.Platforms, t.Tag)
	}
	return w
}

// An Answer says who supplies a library that neither the wheel nor any directory
// has.
type Answer struct {
	From     Supplier
	Soname   string   // of the library
	Attr     string   // of nixpkgs, or empty
	Dists    []string // Python packages that have it, best first
	Required bool     // METADATA of the wheel names Dists
	Note     string   // what to watch for
	Optional bool     // an optional plugin asks for it, seldom worth an input
	below    string   // the folder below lib of Attr that has it, or empty
	unfree   bool     // nixpkgs builds it only with allowUnfree
	musl     bool     // it is the C library of a musllinux wheel

	// Other is the soname of another version of the library, which is what Attr has
	// then. It is no cure, so From is not Nixpkgs.
	Other string
}

// Find returns who supplies a library to a wheel. A Python package comes before
// nixpkgs only if METADATA names it.
func Find(soname string, w Wheel) Answer {
	m, known := providers.Lookup(soname)
	a := Answer{From: Unknown, Soname: soname}
	switch {
	case !known:
	case m.OtherVersion:
		a.Attr, a.Other = m.Attr, m.Soname
	default:
		a = Answer{From: Unknown, Soname: soname, Attr: m.Attr, Note: m.Note, Optional: m.Optional, below: m.Below, unfree: m.Unfree, musl: m.Musl}
		a.Dists, a.Required = offered(m.Dists, w)
	}
	switch {
	case providers.IsLibc(soname):
		a.From = Libc
	case slices.ContainsFunc(w.Platforms, func(tag string) bool { return slices.Contains(providers.Promised(tag), soname) }):
		a.From = Promise
	case a.Other != "":
	case providers.IsDriver(soname):
		a.From = Driver
	case a.Required:
		a.From = Dist
	case a.Attr != "":
		a.From = Nixpkgs
	case len(a.Dists) > 0:
		a.From = Dist
	}
	return a
}

// offered returns which of the Python packages that have a library this wheel may
// take it from, and whether its METADATA names them. If METADATA names any, these
// alone; else those of the wheel's own project, if any: PySide6_Essentials takes
// libraries from pyside6-addons, never from pyqt6-qt6. A wheel is never its own
// supplier.
func offered(dists []string, w Wheel) (out []string, required bool) {
	own := pyname.NormalName(w.Name)
	family, _, _ := strings.Cut(own, "-")
	of := func(keep func(dist string) bool) []string {
		return slices.DeleteFunc(slices.Clone(dists), func(dist string) bool { return dist == own || !keep(dist) })
	}
	if out = of(func(dist string) bool { return slices.Contains(w.Requires, dist) }); len(out) > 0 {
		return out, true
	}
	if out = of(func(dist string) bool { return family != "" && strings.HasPrefix(dist+"-", family+"-") }); len(out) > 0 {
		return out, false
	}
	return of(func(string) bool { return true }), false
}

// file returns where the library lies below lib.
func (a Answer) file() string { return path.Join(a.below, a.Soname) }

// usable reports whether nixpkgs has the library as it is asked for.
func (a Answer) usable() bool { return a.From != Libc && a.Attr != "" && a.Other == "" }
