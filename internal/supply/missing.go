package supply

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
)

// A Need is a library that was not found, and who needs it.
type Need struct {
	Soname string
	By     []Requester // at least one
	Wheel  Wheel
	// Damaged is set where the outputs have a file of this name that no loader can read.
	Damaged bool
	// Unreached is a file that would serve if a RUNPATH led there, which patching
	// would write; else empty.
	Unreached string
	// Renamed is an object, relative to its root, whose DT_SONAME is the library and whose
	// file has another name; or empty.
	Renamed string
}

// A Requester is one object that lacks a library.
type Requester struct {
	Path     string       // relative to its root; absolute for an object of an input
	Searched []ldso.Place // as ldso.Need has it
	Plugin   bool         // no other object needs it or names it in .note.dlopen
}

// A Context is what is the same for all missing libraries of a run.
type Context struct {
	Show       func(string) string // how a message names a path in the outputs; empty for any other path, as with nil
	Libs       []string            // directories of --lib, shown as "inputs"
	PythonLibs []string            // directories of --python-lib, shown as "Python"
	Found      []providers.Request // libraries that were found, for which a missing one may be an alternative
}

// Problems returns one library-not-found for each missing library, sorted by
// soname.
func Problems(missing []Need, ctx Context) []problem.Problem {
	missing = slices.Clone(missing)
	slices.SortStableFunc(missing, func(a, b Need) int { return strings.Compare(a.Soname, b.Soname) })
	var out []problem.Problem
	taken := takenInstead(missing, ctx.Found)
	for i, m := range missing {
		m.By = slices.Clone(m.By)
		slices.SortStableFunc(m.By, func(a, b Requester) int { return strings.Compare(a.Path, b.Path) })
		answer := Find(m.Soname, m.Wheel)
		p := problem.Problem{
			Code:     problem.LibraryNotFound,
			Severity: problem.Error,
			Path:     m.By[0].Path,
			PathSaid: true,
			Subject:  m.Soname,
			Message:  m.Soname,
			NeededBy: m.paths(),
			Searched: searched(m.By[0].Searched, ctx),
			Cure:     m.cure(answer),
		}
		if taken[i] != nil {
			p.Cure = m.cureByAlternative(*taken[i])
		}
		if m.Renamed != "" {
			p.Details = append(p.Details, m.Renamed+" has that DT_SONAME: enough for a program that loads it first")
		}
		if line := answer.known(); line != "" {
			p.Details = append(p.Details, line)
		}
		out = append(out, p)
	}
	return out
}

// paths returns the objects that lack the library, in the order of By.
func (m Need) paths() []string {
	var out []string
	for _, by := range m.By {
		out = append(out, by.Path)
	}
	return slices.Compact(out)
}

// onlyPlugins reports whether nothing but plugins needs the library.
func (m Need) onlyPlugins() bool {
	return !slices.ContainsFunc(m.By, func(r Requester) bool { return !r.Plugin })
}

// IgnoreByFile reports whether a missing library is best ignored for just the files
// that need it: they are plugins, METADATA names no package that has it, and
// nixpkgs has none that is worth an input.
func (a Answer) IgnoreByFile(onlyPlugins bool) bool {
	return onlyPlugins && !a.Required && (a.Optional || !a.usable())
}

// cure returns what a packager is told to do.
func (m Need) cure(a Answer) problem.Cure {
	c := problem.Cure{Objects: m.paths(), Ignore: []string{m.Soname}}
	advise := func(format string, args ...any) { c.Advice = append(c.Advice, fmt.Sprintf(format, args...)) }
	switch {
	case m.Unreached != "":
		c.Ignore = nil
		advise("%s would serve, but no RUNPATH leads there: wheel-auto-patch patch writes it; unpatched, who needs it loads only where a program has loaded it before", m.Unreached)
	case m.Damaged:
		c.Ignore = nil
		advise("the wheel brings %s itself, and that file is damaged: fetch the wheel again", m.Soname)
	case m.inInputs():
		// A RUNPATH is not inherited: nothing written into the wheel would help.
		advise("%s is an input, and its own RUNPATH does not lead to %s: mend that package, another buildInput does not help", c.Objects[0], m.Soname)
	case a.musl:
		c.Ignore = nil
		advise("the wheel is for musl: fetch the one whose tag has manylinux instead of musllinux")
	case a.From == Driver:
	case a.From == Libc:
		advise("%s comes with glibc: is --libc the directory of the C library?", m.Soname)
	case a.Required:
		c.Dists = a.Dists[:1]
		if !packaged(a.Dists[0]) {
			c.Unpackaged = c.Dists
		}
	case a.IgnoreByFile(m.onlyPlugins()):
		c.Ignore, c.Plugins = nil, m.patterns()
	case a.usable():
		c.Inputs = []string{a.Attr}
		if len(a.Dists) > 0 {
			advise("the Python package %s has %s too, if you package that", a.Dists[0], m.Soname)
		}
	case len(a.Dists) > 0:
		c.Offers = []problem.Offer{{Dist: a.Dists[0], Soname: m.Soname, Unpackaged: !packaged(a.Dists[0])}}
	case a.Other != "" && a.Attr != "":
		advise("nixpkgs has %s (%s), not %s: another version, so take another wheel or an older nixpkgs", a.Other, a.Attr, m.Soname)
	case a.Note != "":
		advise("%s: %s", m.Soname, a.Note)
	default:
		c.Locate = []string{m.Soname}
	}
	return c
}

// packaged reports whether nixpkgs may have a Python package.
func packaged(dist string) bool {
	_, ok := providers.PythonAttr(dist)
	return ok
}

// inInputs reports whether only objects of inputs lack the library.
func (m Need) inInputs() bool {
	return !slices.ContainsFunc(m.By, func(r Requester) bool { return !path.IsAbs(r.Path) })
}

// patterns returns patterns of --ignore-missing for just the files that need the
// library.
func (m Need) patterns() []problem.Pattern {
	var out []problem.Pattern
	for _, by := range m.By {
		out = append(out, problem.Pattern{File: path.Base(by.Path), Soname: m.Soname})
	}
	slices.SortFunc(out, func(a, b problem.Pattern) int { return strings.Compare(a.File, b.File) })
	return slices.Compact(out)
}

// known returns a line on what the table has of the library, or "".
func (a Answer) known() string {
	line := ""
	switch {
	case a.Other != "":
		return ""
	case a.Required:
		line = "in the Python package " + strings.Join(a.Dists, " or ") + ", which METADATA names"
		if a.Attr != "" {
			line += "; in nixpkgs: " + a.Attr
		}
	case a.Attr != "":
		line = "in nixpkgs: " + a.Attr
	case len(a.Dists) > 0:
		line = "in the Python package " + strings.Join(a.Dists, " or ")
	case a.Note != "":
		return "note: " + a.Note
	default:
		return ""
	}
	if a.unfree {
		line += ", unfree"
	}
	if a.Note != "" {
		line += " (" + a.Note + ")"
	}
	return line
}

// An alternative is a library that is taken instead of a missing one.
type alternative struct {
	providers.Request
	need Need // empty if the alternative was found, else it is missing too
}

// takenInstead returns for each missing library the alternative to take, or nil.
func takenInstead(missing []Need, found []providers.Request) []*alternative {
	all := make([]alternative, 0, len(missing)+len(found))
	for _, m := range missing {
		all = append(all, alternative{providers.Request{Soname: m.Soname, Requesters: m.paths()}, m})
	}
	for _, f := range found {
		all = append(all, alternative{Request: f})
	}
	requests := make([]providers.Request, len(all))
	for i := range all {
		requests[i] = all[i].Request
	}
	out := make([]*alternative, len(missing))
	for i, at := range providers.ResolveAlternatives(requests)[:len(missing)] {
		if at >= 0 {
			out[i] = &all[at]
		}
	}
	return out
}

// cureByAlternative returns a cure that ignores the library in the files that need
// it, since an alternative is taken.
func (m Need) cureByAlternative(taken alternative) problem.Cure {
	c := problem.Cure{Objects: m.paths(), Others: m.patterns()}
	mine, other := Find(m.Soname, m.Wheel), Find(taken.Soname, m.Wheel)
	if taken.Satisfied {
		c.Advice = []string{fmt.Sprintf("%s (%s) is there, and with it %s (%s) is not needed", taken.Soname, other.Attr, m.Soname, mine.Attr)}
		return c
	}
	c.Choices = []problem.Choice{{Taken: other.Attr, Other: mine.Attr, Ignore: taken.need.patterns()}}
	return c
}
