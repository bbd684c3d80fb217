package explain

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/nixexpr"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// An openedInfo is a library that an object opens by name while it runs.
type openedInfo struct {
	Object   int      // index in Model.objects
	Names    []string // any one of which serves
	Note     bool     // .note.dlopen says so, and not a string of the object's data
	Feature  string   // of a note
	Priority string   // of a note
	From     supply.Supplier
	Attr     string // of nixpkgs, if From is Nixpkgs or Promise
	Dist     string // the Python package, if From is Dist
	Target   int    // the index in Model.objects of what serves it, or -1
}

// addOpened adds what object i opens by name, and who supplies it.
func (b *builder) addOpened(i int) {
	for _, open := range b.objects[i].Opens {
		info := openedInfo{Object: i, Names: open.Names, Target: -1}
		if open.Note != nil {
			info.Note, info.Feature, info.Priority = true, open.Note.Feature, open.Note.Priority
		}
		path := open.Real
		if open.Unreached != nil {
			path = b.real(open.Unreached.Path)
		}
		own, ok := b.byFile[path]
		switch {
		case path != "" && ok && (open.Status == plan.Found || open.Unreached != nil):
			info.Target, info.From = own, b.relation(i, own)
		case open.Status == plan.Found && open.Via == ldso.Driver:
			info.From = supply.Driver
		case open.Status == plan.Found, open.Unreached != nil:
			info.From = supply.Input
		default:
			a, _ := supply.FindAny(open.Names, b.model.wheels[b.model.objects[i].Wheel].Wheel)
			info.From = a.From
			switch {
			case a.From == supply.Nixpkgs || a.From == supply.Promise:
				info.Attr = a.Attr
			case a.From == supply.Dist:
				info.Dist = a.Dists[0]
			}
		}
		b.model.opened = append(b.model.opened, info)
	}
}

// title returns the supplier in the words of the views.
func (o openedInfo) title() string {
	switch {
	case o.Attr != "":
		return title(o.From) + ": " + o.Attr
	case o.Dist != "":
		return "Python package: " + o.Dist
	}
	return title(o.From)
}

// An openedGroup is what one supplier has of the libraries that strings in objects of a
// wheel name.
type openedGroup struct {
	openedInfo          // the first
	sonames    []string // sorted
	by         []int    // indices of objects
}

// openedGroups returns what the objects of a wheel open by name, as strings say, by who
// supplies it.
func (m Model) openedGroups(wheel int) []openedGroup {
	var out []openedGroup
	index := map[string]int{}
	for _, s := range supply.Suppliers() {
		for _, o := range m.opened {
			if o.From != s || o.Note || m.objects[o.Object].Wheel != wheel {
				continue
			}
			i, ok := index[o.title()]
			if !ok {
				i = len(out)
				index[o.title()] = i
				out = append(out, openedGroup{openedInfo: o})
			}
			for _, name := range o.Names {
				if !slices.Contains(out[i].sonames, name) {
					out[i].sonames = append(out[i].sonames, name)
				}
			}
			if !slices.Contains(out[i].by, o.Object) {
				out[i].by = append(out[i].by, o.Object)
			}
		}
	}
	for i := range out {
		slices.Sort(out[i].sonames)
	}
	return out
}

// openedNamed is how many libraries of one supplier a line names.
const openedNamed = 4

// names returns the libraries of a group, all or the first of them.
func (g openedGroup) names(all bool) string {
	list := g.sonames
	more := ""
	if n := len(list) - openedNamed; n > 0 && !all {
		list, more = list[:openedNamed], fmt.Sprintf(" (+%d more)", n)
	}
	return words.Printable(strings.Join(list, ", ")) + more
}

// namedIn returns the objects that open the libraries of a group: the first, and how many
// more.
func (m Model) namedIn(g openedGroup) string {
	more := ""
	if n := len(g.by) - 1; n > 0 {
		more = fmt.Sprintf(" (+%d more)", n)
	}
	return words.Printable(m.objects[g.by[0]].Path) + more
}

// openedLines says what the objects of a wheel open by name. What the wheel itself has is
// of interest to few.
func (t *text) openedLines(i int) []string {
	var lines []string
	for _, o := range t.m.opened {
		if obj := t.m.objects[o.Object]; obj.Wheel == i && o.Note {
			lines = append(lines, fmt.Sprintf("%s  %s", words.Printable(strings.Join(o.Names, " or ")),
				t.dim(words.Printable(strings.TrimSpace(o.Priority+", for "+o.Feature+", says "+obj.Path))+"; "+title(o.From))))
		}
	}
	for _, g := range t.m.openedGroups(i) {
		if t.opt.All || g.From != supply.Self {
			lines = append(lines, g.names(t.opt.All)+"  "+t.dim(words.Printable(g.title())+"; opened by "+t.m.namedIn(g)))
		}
	}
	return lines
}

// openedInputs returns the attributes of nixpkgs with what the objects of a wheel open by
// name: those that the hook does not hand in.
func (m Model) openedInputs(i int, inputs []string) (out []nixexpr.Opened) {
	for _, g := range m.openedGroups(i) {
		if g.From == supply.Nixpkgs && !slices.Contains(inputs, g.Attr) {
			out = append(out, nixexpr.Opened{Attr: g.Attr, Libraries: g.names(true)})
		}
	}
	return out
}

// openedBeside returns the other wheels at hand with what the objects of a wheel open by name,
// but for those that depend on this one.
func (m Model) openedBeside(i int) []nixexpr.Beside {
	own := pyname.NormalName(m.wheels[i].Name)
	libraries := map[string][]string{}
	for _, o := range m.opened {
		if o.From != supply.Sibling || o.Target < 0 || o.Note || m.objects[o.Object].Wheel != i {
			continue
		}
		w := m.wheels[m.objects[o.Target].Wheel]
		if name := pyname.NormalName(w.Name); name != "" && name != own && !slices.Contains(w.Requires, own) {
			libraries[name] = append(libraries[name], o.Names...)
		}
	}
	var out []nixexpr.Beside
	for _, name := range slices.Sorted(maps.Keys(libraries)) {
		slices.Sort(libraries[name])
		out = append(out, nixexpr.Beside{Name: name, Libraries: words.Printable(strings.Join(slices.Compact(libraries[name]), ", "))})
	}
	return out
}

// openedReports returns the places that open a library by its name: what objects say, then
// each guess from Python code.
func (m Model) openedReports() []report.OpenedReport {
	out := []report.OpenedReport{}
	for _, o := range m.opened {
		f := m.file(o.Object)
		call := "string"
		if o.Note {
			call = ".note.dlopen"
		}
		out = append(out, report.OpenedReport{
			Root: f.Root, Path: f.Path, Call: call, Sonames: append([]string{}, o.Names...), Guess: !o.Note,
			Feature: o.Feature, Priority: o.Priority, From: string(o.From), Attribute: o.Attr,
		})
	}
	for _, g := range m.guesses {
		out = append(out, report.OpenedReport{
			Root: m.wheels[g.Wheel].Path, Path: g.File, Line: g.Line, Call: g.Call, Sonames: []string{g.Soname}, Guess: true,
			From: string(g.From), Attribute: g.Attr,
		})
	}
	return out
}

// openedEdges writes what objects open by name, as dotted edges. A library that is no object
// has a node for each supplier.
func (t *text) openedEdges() {
	for i := range t.m.wheels {
		for k, g := range t.m.openedGroups(i) {
			node := fmt.Sprintf("n%d_%d", i, k)
			outside := false
			for _, o := range t.m.opened {
				if o.Note || t.m.objects[o.Object].Wheel != i || o.title() != g.title() {
					continue
				}
				if o.Target >= 0 {
					t.line(fmt.Sprintf("  o%d -> o%d [style=dotted, tooltip=%s];", o.Object, o.Target, dotQuote("opens "+o.Names[0])))
					continue
				}
				outside = true
			}
			if !outside {
				continue
			}
			t.line(fmt.Sprintf("  %s [label=%s, tooltip=%s, fillcolor=%q];", node, dotQuote(g.names(false)+"\n"+g.title()), dotQuote("opened by name"), supplierColors[g.From]))
			for _, obj := range g.by {
				t.line(fmt.Sprintf("  o%d -> %s [style=dotted];", obj, node))
			}
		}
	}
}
