package supply

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyload"
)

// FindOpened returns who supplies a library that code opens by its name. Such a name
// often has no version: any will do then, and Answer.Soname is the one that the supplier
// has.
func FindOpened(name string, w Wheel) Answer {
	a := Find(name, w)
	if a.From != Unknown || a.Other == "" || !providers.Unversioned(name, a.Other) {
		return a
	}
	return Find(a.Other, w)
}

// An Opened is a library that is opened by its name, and not found. Package plan has it of
// what objects name, package explain of what Python code names, package trace of what was
// asked for.
type Opened struct {
	Names []string // any one of which serves
	By    []string // who opens it, in the words of the message; objects relative to their roots
	Wheel Wheel

	Searched []ldso.Place
	Python   bool          // only Python code opens it: no RUNPATH of the wheel is searched
	Loads    []pyload.Load // the places in that code, where they are known
	Needed   bool          // it is a DT_NEEDED of what was opened

	// Required reports that a .note.dlopen says that its object does not work without it.
	Required bool
	// Unreached is a file that would serve if a RUNPATH led there, which patching would
	// write; else empty.
	Unreached string
	// Unfit says why a file of the name was not taken, or is empty.
	Unfit string
}

// Name returns the first of the names.
func (o Opened) Name() string { return o.Names[0] }

// OpenedProblems returns a notice for each library, in their order.
func OpenedProblems(list []Opened, ctx Context) []problem.Problem {
	var out []problem.Problem
	for _, o := range list {
		answer := FindOpened(path.Base(o.Name()), o.Wheel)
		p := problem.Problem{
			Code: problem.LibraryOpenedByName, Severity: problem.Notice,
			PathSaid: true, Subject: o.Name(), Message: o.Name(), NeededBy: slices.Clone(o.By), Cure: o.cure(answer),
		}
		if len(o.Loads) > 0 {
			p.Path = o.Loads[0].File
		}
		if o.Needed {
			p.Code = problem.LibraryNotFound
		}
		if o.Searched != nil {
			p.Searched = searched(o.Searched, ctx)
		}
		if line := answer.known(); line != "" {
			p.Details = append(p.Details, line)
		}
		out = append(out, p)
	}
	return out
}

// cure returns what to write for a library that is opened by its name. There is nothing
// to ignore: what is not found is no error.
func (o Opened) cure(a Answer) problem.Cure {
	var c problem.Cure
	advise := func(format string, args ...any) { c.Advice = append(c.Advice, fmt.Sprintf(format, args...)) }
	switch {
	case a.From == Driver || a.From == Libc:
	case strings.Contains(o.Name(), "/") && !o.Needed:
		if a.usable() {
			advise("have it open \"%s\" in the place of %s (substituteInPlace)", placed(a), o.Name())
		}
	case a.usable() && o.Python && len(Substitutions(o.Loads, a)) > 0:
		c.Substitutions = Substitutions(o.Loads, a)
	case a.usable() && o.Python:
		advise("Python code opens %s by its name, and no RUNPATH is searched: have it open \"%s\" (substituteInPlace)", o.Name(), placed(a))
	case a.usable():
		c.Inputs = []string{a.Attr}
	case len(a.Dists) > 0:
		c.Offers = []problem.Offer{{Dist: a.Dists[0], Soname: o.Name(), Opened: true, Unpackaged: !packaged(a.Dists[0])}}
	case a.Other != "" && a.Attr != "":
		advise("nixpkgs has %s (%s), not %s", a.Other, a.Attr, o.Name())
	default:
		c.Locate = []string{path.Base(o.Name())}
	}
	return c
}

// Substitutions returns what has Python code open a library by its path: the calls of
// find_library, whose answer the others then get, else each call that opens it. A place that
// no derivation can name is left out, and so are strings beside calls: they need not be
// opened at all.
func Substitutions(loads []pyload.Load, a Answer) []problem.Substitution {
	if !a.usable() || a.From != Nixpkgs && a.From != Promise {
		return nil
	}
	finds := map[string]bool{}
	for _, l := range loads {
		if l.Call == pyload.FindLibrary && l.Edit.Old != "" {
			finds[l.File] = true
		}
	}
	var out []problem.Substitution
	for _, l := range loads {
		s := problem.Substitution{
			File: pyload.BelowSite(l.File), Old: l.Edit.Old, Before: l.Edit.Before, After: l.Edit.After,
			Attr: a.Attr, Soname: a.file(),
		}
		if s.Writable() && l.Call != pyload.Named && (l.Call == pyload.FindLibrary || !finds[l.File]) && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// placed returns the path of a library of nixpkgs, as a string of Nix has it.
func placed(a Answer) string { return "${lib.getLib " + a.Attr + "}/lib/" + a.file() }
