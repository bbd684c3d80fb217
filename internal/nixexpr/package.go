package nixexpr

import (
	"cmp"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A Wheel is what an expression says of a wheel by itself.
type Wheel struct {
	Path     string // as the user gave it
	Archive  bool   // it is a .whl: a tree has no src
	Name     string // of the distribution; empty for a tree with several
	Version  string
	File     pyname.Filename // where its name is not that of a wheel, by WHEEL
	Renamed  bool            // its name is not that of a wheel
	Damage   string          // why the .whl is no archive, empty if it is one
	Misfit   string          // why this machine cannot use it, empty if it can
	Dist     wheel.Dist
	Requires []string // the lines of Requires-Dist as they are written
	Imports  []string // what Python imports of it
	Programs []string // that it puts into bin
	SHA256   string   // in hexadecimal
	Native   bool     // it has ELF objects
}

// A Package is one wheel, and what it needs in Nix.
type Package struct {
	Wheel        Wheel
	Inputs       []string // attributes of nixpkgs
	Opened       []Opened // what may be switched on
	OpenedBeside []Beside // likewise
	Promised     []string // sonames that the hook adds by itself
	Dependencies []Dependency
	Ignores      []Ignore
	Substitutes  []problem.Substitution // what has Python code open libraries by their paths
	ByName       []ByName               // what else it opens, for the reader to mend

	grid []cell // what it is meant for
}

// An Opened is an attribute of nixpkgs with what objects open by name.
type Opened struct {
	Attr      string
	Libraries string // in words
}

// A Beside is a Python package, another wheel at hand, with what objects open by name.
type Beside struct {
	Name      string // in the form of pyname.NormalName
	Libraries string // in words
}

// A ByName is a library that Python code opens by its name.
type ByName struct {
	Soname, Where string // FILE:LINE
	Attr          string // of nixpkgs, that has it
}

// An Ignore is one pattern of wheelAutoPatchIgnoreMissingDeps, and why.
type Ignore struct{ Pattern, Reason string }

// A Dependency is a Python package that a wheel takes.
type Dependency struct {
	Name   string   // in the form of pyname.NormalName
	extras []string // of that package
	on     cellSet  // where it holds
	soname bool     // METADATA names it only for an extra, but a library is needed of it
}

// New returns a wheel with the Python packages that METADATA names for the Pythons and
// machines that take it, and for the extras (in the form of pyname.NormalName).
func New(w Wheel, extras []string) Package {
	p := Package{Wheel: w, grid: w.grid()}
	p.Dependencies = w.requires(p.grid, extras)
	return p
}

// Require adds a Python package that a library is needed of, unless it is there.
func (p *Package) Require(name string) {
	name = pyname.NormalName(name)
	if name == "" || name == pyname.NormalName(p.Wheel.Name) || slices.ContainsFunc(p.Dependencies, func(d Dependency) bool { return d.Name == name }) {
		return
	}
	p.Dependencies = append(p.Dependencies, Dependency{Name: name, on: setOf(p.grid), soname: true})
}

// Sort brings the lists into the order in which they are written, without doubles.
func (p *Package) Sort() {
	p.Inputs = sortedSet(p.Inputs)
	p.Promised = sortedSet(p.Promised)
	slices.SortFunc(p.Dependencies, func(a, b Dependency) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(p.Ignores, func(a, b Ignore) int { return cmp.Compare(a.Pattern, b.Pattern) })
	p.Ignores = slices.CompactFunc(p.Ignores, func(a, b Ignore) bool { return a.Pattern == b.Pattern })
}

// merge takes what another wheel of the same version needs on its machines.
func (p *Package) merge(q Package) {
	p.grid = append(p.grid, q.grid...)
	p.Inputs = append(p.Inputs, q.Inputs...)
	for _, o := range q.Opened {
		same := func(own Opened) bool { return own.Attr == o.Attr }
		if !slices.ContainsFunc(p.Opened, same) && !slices.Contains(p.Inputs, o.Attr) {
			p.Opened = append(p.Opened, o)
		}
	}
	for _, o := range q.OpenedBeside {
		if !slices.ContainsFunc(p.OpenedBeside, func(own Beside) bool { return own.Name == o.Name }) {
			p.OpenedBeside = append(p.OpenedBeside, o)
		}
	}
	p.Substitutes = append(p.Substitutes, q.Substitutes...) // equal ones are made once
	for _, n := range q.ByName {
		if !slices.Contains(p.ByName, n) {
			p.ByName = append(p.ByName, n)
		}
	}
	p.Promised = append(p.Promised, q.Promised...)
	p.Ignores = append(p.Ignores, q.Ignores...)
	for _, dep := range q.Dependencies {
		i := slices.IndexFunc(p.Dependencies, func(own Dependency) bool { return own.Name == dep.Name })
		if i < 0 {
			p.Dependencies = append(p.Dependencies, dep)
			continue
		}
		for c := range dep.on {
			p.Dependencies[i].on[c] = true
		}
		p.Dependencies[i].extras = sortedSet(append(p.Dependencies[i].extras, dep.extras...))
	}
	p.Sort()
}

// sortedSet sorts a list and returns it without doubles.
func sortedSet(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
