package supply

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// FindAny returns who supplies a library that is opened by one of several names, and which
// of these.
func FindAny(names []string, w Wheel) (Answer, string) {
	best, of := Answer{From: Unknown}, names[0]
	rank := func(a Answer) int { return slices.Index(Suppliers(), a.From) }
	for _, name := range names {
		if a := FindOpened(name, w); rank(a) < rank(best) || best.From == Unknown && best.Attr == "" && a.Attr != "" {
			best, of = a, name
		}
	}
	if best.From == Nixpkgs && handedIn(best.Attr, w) {
		best.From = Promise
	}
	return best, of
}

// handedIn reports whether the hook hands in an attribute of nixpkgs for some library that
// the platform tags promise: libGL has libEGL.so.1, too.
func handedIn(attr string, w Wheel) bool {
	return slices.ContainsFunc(w.Platforms, func(tag string) bool {
		return slices.ContainsFunc(providers.Promised(tag), func(soname string) bool {
			m, ok := providers.Lookup(soname)
			return ok && m.Attr == attr
		})
	})
}

// OpenedTogether returns what is to be told of libraries that objects open by name in vain:
// a library-opened-by-name of severity error for each that is required, and one notice of
// a few lines on all others.
func OpenedTogether(missing []Opened) []problem.Problem {
	var out []problem.Problem
	var others []Opened
	for _, o := range missing {
		if o.Required {
			out = append(out, o.required())
		} else {
			others = append(others, o)
		}
	}
	if len(others) > 0 {
		out = append(out, openedNotice(others))
	}
	return out
}

// required returns the problem of a library without which an object does not work.
func (o Opened) required() problem.Problem {
	need := Need{Soname: o.Names[0], Wheel: o.Wheel, Unreached: o.Unreached}
	for _, by := range o.By {
		need.By = append(need.By, Requester{Path: by})
	}
	answer, name := FindAny(o.Names, o.Wheel)
	need.Soname = name
	p := problem.Problem{
		Code: problem.LibraryOpenedByName, Severity: problem.Error, Path: o.By[0], PathSaid: true, Subject: name,
		Message:  strings.Join(o.Names, " or ") + " is opened by name, and .note.dlopen says that it is required",
		NeededBy: o.By, Cure: need.cure(answer),
	}
	if line := answer.known(); line != "" {
		p.Details = append(p.Details, line)
	}
	return p
}

// The notice has so many lines below its first, each of which names so many libraries of
// one supplier.
const (
	openedLines = 3
	openedNamed = 3
	openedWidth = 200
)

// openedNotice returns the notice on libraries that are not found, by who supplies them.
func openedNotice(missing []Opened) problem.Problem {
	var objects []string
	groups := map[Supplier]map[string][]string{} // by what to write
	put := func(s Supplier, what, name string) {
		if groups[s] == nil {
			groups[s] = map[string][]string{}
		}
		if !slices.Contains(groups[s][what], name) {
			groups[s][what] = append(groups[s][what], name)
		}
	}
	var inputs, unreached, unfit []string
	for _, o := range missing {
		objects = append(objects, o.By...)
		a, name := FindAny(o.Names, o.Wheel)
		switch {
		case o.Unfit != "":
			unfit = append(unfit, fmt.Sprintf("%s is left out: %s", name, o.Unfit))
		case o.Unreached != "":
			unreached = append(unreached, name)
		case a.usable() && (a.From == Nixpkgs || a.From == Promise):
			what := a.Attr
			if len(a.Dists) > 0 {
				what += " or Python's " + a.Dists[0]
			}
			put(Nixpkgs, what, name)
			inputs = append(inputs, a.Attr)
		case a.From == Driver:
			put(Driver, "", name)
		case len(a.Dists) > 0:
			put(Dist, a.Dists[0], name)
		default:
			put(Unknown, "", name)
		}
	}
	slices.Sort(objects)
	objects = slices.Compact(objects)
	var lines []string
	if len(unfit) > 0 {
		slices.Sort(unfit)
		lines = append(lines, shortened(slices.Compact(unfit), "; "))
	}
	if len(unreached) > 0 {
		lines = append(lines, "there, but no RUNPATH leads to them: "+shortened(unreached, ", "))
	}
	for _, s := range []struct {
		from  Supplier
		title string
	}{{Nixpkgs, "nixpkgs: "}, {Dist, "Python packages: "}, {Driver, "from the graphics driver, at run time: "}, {Unknown, "nobody known here: "}} {
		if line := supplied(groups[s.from]); line != "" {
			lines = append(lines, s.title+line)
		}
	}
	for len(lines) > openedLines {
		n := len(lines)
		lines = append(lines[:n-2], lines[n-2]+"; "+lines[n-1])
	}
	slices.Sort(inputs)
	n := len(missing)
	return problem.Problem{
		Code: problem.LibraryOpenedByName, Severity: problem.Notice, Path: objects[0], PathSaid: true,
		Message: fmt.Sprintf("%s that %s %s by name %s not found", words.Count(n, "library"),
			cmp.Or(oneOf(objects), words.Count(len(objects), "object")), words.Choose(len(objects), "opens", "open"),
			words.Choose(n, "is", "are")),
		Details: lines, Cure: problem.Cure{Opened: slices.Compact(inputs)},
	}
}

// oneOf returns the one item of a list that has one, else "".
func oneOf(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return ""
}

// supplied returns libraries by what to write for them, as one line.
func supplied(by map[string][]string) string {
	var items []string
	for _, what := range slices.Sorted(maps.Keys(by)) {
		names := by[what]
		slices.Sort(names)
		if what == "" {
			items = append(items, names...)
			continue
		}
		list := strings.Join(names[:min(len(names), openedNamed)], ", ")
		if more := len(names) - openedNamed; more > 0 {
			list += fmt.Sprintf(" +%d", more)
		}
		items = append(items, what+" ("+list+")")
	}
	return shortened(items, ", ")
}

// shortened joins as many items as fit into a line, and counts the others.
func shortened(items []string, between string) string {
	line := ""
	for i, item := range items {
		if i > 0 && len(line)+len(item) > openedWidth {
			return line + fmt.Sprintf(" (+%d more)", len(items)-i)
		}
		if i > 0 {
			line += between
		}
		line += item
	}
	return line
}
