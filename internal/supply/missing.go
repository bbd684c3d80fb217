package supply

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// A Need is one soname that nothing supplies, and who needs it.
type Need struct {
	Soname string
	By     []Requester // one at least
	Wheel  Wheel
	// Unreached is a file that would serve, in a tree that is only looked at and
	// whose RUNPATHs do not lead there; else empty.
	Unreached string
}

// A Requester is one object that lacks a library.
type Requester struct {
	Path     string       // relative to its root; absolute for an object of an input
	Searched []ldso.Place // as ldso.Need has it
	Plugin   bool         // nothing in the wheel needs the object
}

// A Context is what is the same for all missing libraries of a run.
type Context struct {
	Out        string              // the absolute root, shown as $out; empty shows paths as they are
	Libs       []string            // directories that were handed in: shown as "inputs"
	PythonLibs []string            // site-packages of dependencies: shown as "Python"
	Found      []providers.Request // libraries that were found and have alternatives
}

// Problems makes one library-not-found of each soname, in the order of the
// sonames.
func Problems(missing []Need, ctx Context) []problem.Problem {
	missing = slices.Clone(missing)
	slices.SortStableFunc(missing, func(a, b Need) int { return strings.Compare(a.Soname, b.Soname) })
	var out []problem.Problem
	instead := insteadOf(missing, ctx.Found)
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
		if instead[i] != nil {
			p.Cure = m.cureByAlternative(*instead[i])
		}
		if line := answer.known(); line != "" {
			p.Details = append(p.Details, line)
		}
		out = append(out, p)
	}
	return out
}

func (m Need) paths() []string {
	var out []string
	for _, by := range m.By {
		out = append(out, by.Path)
	}
	return slices.Compact(out)
}

// OnlyPlugins reports whether nothing but plugins needs the library.
func (m Need) onlyPlugins() bool {
	return !slices.ContainsFunc(m.By, func(r Requester) bool { return !r.Plugin })
}

// IgnoreByFile reports whether a library is to be ignored for just the files that
// ask for it: they are plugins, and nixpkgs has no library that is worth an input.
func (a Answer) IgnoreByFile(onlyPlugins bool) bool {
	return onlyPlugins && !a.Required && (a.Optional || !a.usable())
}

// cure decides which way out a packager is offered.
func (m Need) cure(a Answer) problem.Cure {
	c := problem.Cure{Objects: m.paths(), Ignore: []string{m.Soname}}
	advise := func(format string, args ...any) { c.Advice = append(c.Advice, fmt.Sprintf(format, args...)) }
	switch {
	case m.Unreached != "":
		c.Ignore = nil
		advise("%s would serve, but no RUNPATH leads there: wheel-auto-patch patch writes it", m.Unreached)
	case m.inInputs():
		// A RUNPATH is not inherited: nothing written into the wheel would help.
		advise("%s is an input, and its own RUNPATH does not lead to %s: mend that package, another buildInput does not help", c.Objects[0], m.Soname)
	case a.Musl:
		c.Ignore = nil
		advise("the wheel is for musl: fetch the one whose tag has manylinux instead of musllinux")
	case a.From == Driver:
	case a.From == Libc:
		advise("%s comes with glibc: is --libc the directory of the C library?", m.Soname)
	case a.Required:
		c.Dists = a.Dists[:1]
	case a.IgnoreByFile(m.onlyPlugins()):
		c.Ignore, c.Plugins = nil, m.patterns()
	case a.usable():
		c.Inputs = []string{a.Attr}
		if len(a.Dists) > 0 {
			advise("the Python package %s has %s too, if you package that", a.Dists[0], m.Soname)
		}
	case len(a.Dists) > 0:
		advise("the Python package %s has %s, but METADATA does not name it: if that one does not depend on this, %s",
			a.Dists[0], m.Soname, problem.Dependencies(a.Dists[:1]))
	case a.Other != "" && a.Attr != "":
		advise("nixpkgs has %s (%s), not %s: another version, so take another wheel or an older nixpkgs", a.Other, a.Attr, m.Soname)
	case a.Note != "":
		advise("%s: %s", m.Soname, a.Note)
	default:
		c.Locate = []string{m.Soname}
	}
	return c
}

// inInputs reports whether only libraries outside the outputs lack it.
func (m Need) inInputs() bool {
	return !slices.ContainsFunc(m.By, func(r Requester) bool { return !path.IsAbs(r.Path) })
}

// patterns ignore a library for just the files that ask for it.
func (m Need) patterns() []problem.Pattern {
	var out []problem.Pattern
	for _, by := range m.By {
		out = append(out, problem.Pattern{File: path.Base(by.Path), Soname: m.Soname})
	}
	slices.SortFunc(out, func(a, b problem.Pattern) int { return strings.Compare(a.File, b.File) })
	return slices.Compact(out)
}

// known says what the table knows: which attribute, and what to watch for.
func (a Answer) known() string {
	line := ""
	switch {
	case a.Other != "":
		return ""
	case a.Attr != "":
		line = "in nixpkgs: " + a.Attr
	case len(a.Dists) > 0:
		line = "in the Python package " + strings.Join(a.Dists, " or ")
	case a.Note != "":
		return "note: " + a.Note
	default:
		return ""
	}
	if a.Unfree {
		line += ", unfree"
	}
	if a.Note != "" {
		line += " (" + a.Note + ")"
	}
	return line
}

// An alternative is taken instead of a missing library.
type alternative struct {
	providers.Request
	need Need // of those that lack it; without a soname where it is there
}

// insteadOf returns for each missing library the alternative to take, or nil.
func insteadOf(missing []Need, found []providers.Request) []*alternative {
	all := make([]alternative, 0, len(missing)+len(found))
	for _, m := range missing {
		all = append(all, alternative{providers.Request{Soname: m.Soname, Requesters: m.paths()}, m})
	}
	for _, f := range found {
		all = append(all, alternative{Request: f})
	}
	asked := make([]providers.Request, len(all))
	for i := range all {
		asked[i] = all[i].Request
	}
	out := make([]*alternative, len(missing))
	for i, at := range providers.ResolveAlternatives(asked)[:len(missing)] {
		if at >= 0 {
			out[i] = &all[at]
		}
	}
	return out
}

// cureByAlternative ignores a library in the files that ask for it.
func (m Need) cureByAlternative(taken alternative) problem.Cure {
	c := problem.Cure{Objects: m.paths(), Others: m.patterns()}
	mine, other := Find(m.Soname, m.Wheel), Find(taken.Soname, m.Wheel)
	if taken.Satisfied {
		c.Advice = []string{fmt.Sprintf("%s (%s) is there, and with it %s (%s) is not needed", taken.Soname, other.Attr, m.Soname, mine.Attr)}
		return c
	}
	var ignored []string
	for _, p := range taken.need.patterns() {
		ignored = append(ignored, p.String())
	}
	c.Advice = []string{fmt.Sprintf("choose between %s and %s: with %s instead, ignore %s", other.Attr, mine.Attr, mine.Attr, words.NixList(ignored))}
	return c
}
