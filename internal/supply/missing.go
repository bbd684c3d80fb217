package supply

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// This file words what a missing library is and what to write to mend it. It is
// pure: package providers is its only source of knowledge.

// A MissingNeed is one soname that nothing supplies, and who needs it.
type MissingNeed struct {
	Soname  string
	Objects []NeedingObject // one at least
	// RequiresDist are the names of METADATA's Requires-Dist, of all dists that the
	// objects belong to, in any spelling.
	RequiresDist []string
	// Have is a file that would serve, in a tree that is only looked at and whose
	// run paths do not lead there; else empty.
	Have string
}

// A NeedingObject is one object that lacks a library.
type NeedingObject struct {
	Path     string       // relative to its root
	Searched []ldso.Place // as ldso.Need has it
	// Leaf is set where no other object of the wheel needs this one, neither by
	// DT_NEEDED nor by .note.dlopen, and it is no extension module: a plugin.
	Leaf bool
}

// A missingContext is what is the same for all missing libraries of a run.
type Context struct {
	Out        string   // the absolute root, shown as $out; empty shows paths as they are
	Libs       []string // Options.Libs: shown as "inputs"
	PythonLibs []string // Options.PythonLibs: shown as "Python"
	Libc       ldso.Libc
	Have       []providers.Asked // libraries that were found and have alternatives
}

// missingProblems makes one library-not-found of each soname, in the order of
// the sonames.
func Missing(missing []MissingNeed, ctx Context) []problem.Problem {
	missing = slices.Clone(missing)
	slices.SortStableFunc(missing, func(a, b MissingNeed) int { return strings.Compare(a.Soname, b.Soname) })
	var out []problem.Problem
	instead := insteadOf(missing, ctx.Have)
	for i, m := range missing {
		objects := slices.Clone(m.Objects)
		slices.SortStableFunc(objects, func(a, b NeedingObject) int { return strings.Compare(a.Path, b.Path) })
		cure := cureFor(m, objects)
		if instead[i] != nil {
			cure = cureByAlternative(m, objects, *instead[i])
		}
		p := problem.Problem{
			Code:     problem.LibraryNotFound,
			Severity: problem.Error,
			Message:  m.Soname,
			Cure:     cure,
			Hint:     cure.Hint(),
			Details:  neededBy(paths(objects)),
		}
		if len(objects) > 0 {
			p.Path = objects[0].Path
			p.Details = append(p.Details, searchedLines(objects[0].Searched, ctx)...)
		}
		if line := suppliedLine(m.Soname); line != "" {
			p.Details = append(p.Details, line)
		}
		out = append(out, p)
	}
	return out
}

// shownObjects is how many objects a message names before it counts.
const ShownObjects = 3

// neededBy names the first objects and counts the rest.
func neededBy(paths []string) []string {
	var out []string
	for i, p := range paths[:min(len(paths), ShownObjects)] {
		lead := "needed by "
		if i > 0 {
			lead = "      and "
		}
		out = append(out, lead+p)
	}
	if rest := len(paths) - ShownObjects; rest > 0 {
		out[ShownObjects-1] += fmt.Sprintf(" (+%d more)", rest)
	}
	return out
}

func paths(objects []NeedingObject) []string {
	var out []string
	for _, o := range objects {
		out = append(out, o.Path)
	}
	return slices.Compact(out)
}

// cureFor decides which way out a packager is offered.
func cureFor(m MissingNeed, objects []NeedingObject) problem.Cure {
	c := problem.Cure{Objects: paths(objects)}
	match, known := providers.Lookup(m.Soname)
	dist := requiredDist(m, match.Provider, known)
	plugin := !slices.ContainsFunc(objects, func(o NeedingObject) bool { return !o.Leaf })
	usable := known && match.Kind != providers.Near && match.Attr != "" && !match.Libc
	switch {
	case m.Have != "":
		c.Advice = []string{fmt.Sprintf("%s would serve, but no run path leads there: wheel-auto-patch patch writes it", m.Have)}
		return c
	case !slices.ContainsFunc(objects, func(o NeedingObject) bool { return !path.IsAbs(o.Path) }):
		// A run path is not inherited: nothing written into the wheel would help.
		c.Advice = []string{fmt.Sprintf("%s is an input, and its own run path does not lead to %s: mend that package, another buildInput does not help", objects[0].Path, m.Soname)}
		c.Ignore = []string{m.Soname}
		return c
	case known && match.Musl:
		c.Advice = []string{"the wheel is for musl: fetch the one whose tag has manylinux instead of musllinux"}
		return c
	case known && match.Driver:
		c.Ignore = []string{m.Soname}
		return c
	case dist != "":
		c.Dists = []string{dist}
	case plugin && (!usable || match.Optional):
		c.Plugins = pluginPatterns(m.Soname, objects)
		return c
	case usable && match.SiblingFirst:
		c.Dists = match.Dists[:1]
	case usable:
		c.Inputs = []string{match.Attr}
		if len(match.Dists) > 0 {
			c.Advice = []string{fmt.Sprintf("the Python package %s has %s too, if you package that", match.Dists[0], m.Soname)}
		}
	case known && match.Kind != providers.Near && len(match.Dists) > 0:
		c.Dists = match.Dists[:1]
	case !known || match.Kind == providers.Near && match.Attr == "":
		c.Locate = []string{m.Soname}
	default:
		c.Advice = []string{unusableAdvice(m.Soname, match)}
	}
	c.Ignore = []string{m.Soname}
	return c
}

// unusableAdvice is for a library that the table knows and nixpkgs has not, or
// not as it is asked for.
func unusableAdvice(soname string, m providers.Match) string {
	switch {
	case m.Kind == providers.Near:
		return fmt.Sprintf("nixpkgs has %s (%s), not %s: another version, so take another wheel or an older nixpkgs", m.Soname, m.Attr, soname)
	case m.Libc:
		return fmt.Sprintf("%s comes with glibc: is --libc the directory of the C library?", soname)
	default:
		return soname + ": " + m.Note
	}
}

// requiredDist gives the dist of Requires-Dist that has the library, if one does.
func requiredDist(m MissingNeed, p providers.Provider, known bool) string {
	if !known {
		return ""
	}
	for _, have := range p.Dists {
		for _, wanted := range m.RequiresDist {
			if wheel.NormalName(wanted) == have {
				return have
			}
		}
	}
	return ""
}

// pluginPatterns ignores a library for just the files that ask for it.
func pluginPatterns(soname string, objects []NeedingObject) []string {
	var out []string
	for _, o := range objects {
		out = append(out, "*/"+path.Base(o.Path)+":"+soname)
	}
	return slices.Compact(slices.Sorted(slices.Values(out)))
}

// suppliedLine says what the table knows: which attribute, and what to watch for.
func suppliedLine(soname string) string {
	m, ok := providers.Lookup(soname)
	if !ok || m.Kind == providers.Near {
		return ""
	}
	line := ""
	switch {
	case m.Attr != "":
		line = "in nixpkgs: " + m.Attr
	case len(m.Dists) > 0:
		line = "in the Python package " + strings.Join(m.Dists, " or ")
	case m.Note != "":
		return "note: " + m.Note
	}
	if m.Unfree {
		line += ", unfree"
	}
	if m.Note != "" {
		line += " (" + m.Note + ")"
	}
	return line
}

// MissingProblems words needs that nothing supplies, for a command that plans
// nothing. Have are libraries that something does supply.
func MissingUnplanned(missing []MissingNeed, have []providers.Asked) []problem.Problem {
	return Missing(missing, Context{Have: have})
}
