// Package supply answers who supplies a library that a wheel needs, and what to
// write for it in Nix (Nixpkgs manual, "Python"). It is the only place that
// answers: the failures of patch and check, the hook's hints and all views of
// explain say the same.
//
// It is pure. What it knows is the table of package providers, what platform tags
// promise (PEP 513 to 600) and what METADATA requires. Where a library lies, and
// whether any does, is found out by package plan.
package supply

import (
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
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
	Unknown Supplier = "nobody"    // nothing that is known here
)

// Suppliers returns all of them in order.
func Suppliers() []Supplier {
	return []Supplier{Self, Sibling, Libc, Promise, Driver, Input, Nixpkgs, Dist, Unknown}
}

// A Wheel is what is known of the wheel that asks. Of a tree with several
// distributions the name is empty, and the rest is theirs together.
type Wheel struct {
	Name      string
	Requires  []string // names of Requires-Dist, normalized (PEP 503)
	Platforms []string // platform tags
}

// An Answer says who supplies a library that neither the wheel nor any directory
// has.
type Answer struct {
	From     Supplier
	Attr     string   // of nixpkgs, or empty
	Dists    []string // Python packages that have it, best first
	Required bool     // METADATA names Dists
	Note     string   // what to watch for
	Optional bool     // an optional plugin asks for it, seldom worth an input
	Unfree   bool
	Musl     bool // it is the C library of a musllinux wheel

	// Other is the soname of another version, which nixpkgs has as Attr; From is
	// Unknown then.
	Other string
}

// Find returns who supplies the library of a soname to a wheel. Only a Python
// package that METADATA names comes before nixpkgs.
func Find(soname string, w Wheel) Answer {
	m, known := providers.Lookup(soname)
	a := Answer{From: Unknown}
	switch {
	case !known:
	case m.Kind == providers.OtherVersion:
		a.Attr, a.Other = m.Attr, m.Soname
	default:
		a = Answer{From: Unknown, Attr: m.Attr, Note: m.Note, Optional: m.Optional, Unfree: m.Unfree, Musl: m.Musl}
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

// offered returns those of the Python packages that have a library which are for
// this wheel, and whether METADATA names them. Where it names none, those of the
// wheel's own project stand alone: the libraries of PySide6_Essentials come from
// pyside6-addons, never from pyqt6-qt6.
func offered(dists []string, w Wheel) (out []string, required bool) {
	own := wheel.NormalName(w.Name)
	family, _, _ := strings.Cut(own, "-")
	of := func(keep func(dist string) bool) []string {
		return slices.DeleteFunc(slices.Clone(dists), func(dist string) bool { return dist == own || !keep(dist) })
	}
	if out = of(func(dist string) bool { return slices.Contains(w.Requires, dist) }); len(out) > 0 {
		return out, true
	}
	if out = of(func(dist string) bool { return family != "" && strings.HasPrefix(dist, family) }); len(out) > 0 {
		return out, false
	}
	return of(func(string) bool { return true }), false
}

// usable reports whether nixpkgs has the library as it is asked for.
func (a Answer) usable() bool { return a.From != Libc && a.Attr != "" && a.Other == "" }
