package explain

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/symver"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// This file writes the text view: the head of each wheel.

// TextOptions says how the text view looks.
type TextOptions struct {
	Color bool
	Width int    // columns of the terminal, 0 for as long as lines are
	All   bool   // the C library, repeated subtrees and what was searched, too
	Depth int    // levels of the tree, 0 for all
	Needs string // a soname: show who needs it instead
}

// A text writes the text view and keeps the first error.
type text struct {
	w   io.Writer
	opt TextOptions
	m   Model
	err error
}

// Text writes the model for a terminal, or plainly for a pager.
func Text(w io.Writer, m Model, opt TextOptions) error {
	t := &text{w: w, opt: opt, m: m}
	if opt.Needs != "" {
		t.needs(opt.Needs)
		return t.err
	}
	for i := range m.Wheels {
		if i > 0 {
			t.line("")
		}
		t.wheel(i)
	}
	if len(m.Wheels) > 1 {
		t.line("")
		t.line(t.bold("all together"))
		t.outside(m.External, func(int) bool { return true })
	}
	return t.err
}

func (t *text) wheel(i int) {
	w := t.m.Wheels[i]
	title := w.Path
	if w.Name != "" {
		title = w.Name + " " + w.Version
	}
	t.line(t.bold(words.Printable(title)) + "  " + t.dim(words.Printable(w.tagText())))
	if w.Archive {
		if w.Misfit != "" {
			t.field("fits", t.red("no: "+words.Printable(w.Misfit)))
		} else {
			t.field("fits", "this machine")
		}
		t.field("RECORD", t.record(w.Record))
	}
	t.field("objects", t.kinds(i))
	if versions := t.m.versionLine(i); versions != "" {
		t.field("wants", versions)
	}
	if !t.m.hasObjects(i) {
		return
	}
	t.line("")
	t.line("  " + t.bold("needed from outside"))
	t.outside(t.m.External, func(obj int) bool { return t.m.Objects[obj].Wheel == i })
	t.runtime(i)
	t.line("")
	t.tree(i)
}

// record says what its rows are worth without having hashed anything.
func (t *text) record(r RecordState) string {
	var parts []string
	if !r.Present {
		return t.red("none")
	}
	parts = append(parts, words.Count(r.Rows, "row"))
	for _, c := range []struct {
		n    int
		what string
	}{{len(r.Missing), "listed but not there"}, {len(r.Unlisted), "not listed"}, {len(r.Faults), "at fault"}} {
		if c.n > 0 {
			parts = append(parts, t.red(fmt.Sprintf("%d %s", c.n, c.what)))
		}
	}
	if len(parts) == 1 {
		parts = append(parts, "every file listed")
	}
	return strings.Join(parts, ", ") + t.dim(" (contents: wheel-auto-patch verify)")
}

func (t *text) kinds(i int) string {
	count := map[plan.Kind]int{}
	for _, o := range t.m.Objects {
		if o.Wheel == i {
			count[o.Kind]++
		}
	}
	var parts []string
	for _, k := range []plan.Kind{plan.Program, plan.Extension, plan.Library, plan.Plugin} {
		if n := count[k]; n > 0 {
			parts = append(parts, words.Count(n, strings.Replace(string(k), "library", "bundled library", 1)))
		}
	}
	if parts == nil {
		return "none: nothing to patch"
	}
	return strings.Join(parts, ", ")
}

// versionLine is the highest version of each kind that the objects of a wheel
// want from outside, and since when nixpkgs has them.
func (m Model) versionLine(i int) string {
	wanted, release, known := m.Wants(i)
	switch {
	case len(wanted) == 0:
		return ""
	case !known:
		return strings.Join(wanted, ", ") + ": newer than any nixpkgs release known here"
	case release.Name == providers.Releases()[0].Name:
		return strings.Join(wanted, ", ") + ": any nixpkgs since " + release.Name
	}
	return fmt.Sprintf("%s: nixpkgs %s or newer (glibc %s, gcc %s)", strings.Join(wanted, ", "), release.Name, release.Glibc, release.GCC)
}

// Wants gives the highest GLIBC, GLIBCXX and CXXABI that a wheel wants of
// libraries outside it, and the oldest nixpkgs release that has them all.
func (m Model) Wants(i int) (wanted []string, release providers.Release, known bool) {
	var all []string
	for _, e := range m.External {
		if slices.ContainsFunc(e.NeededBy, func(obj int) bool { return m.Objects[obj].Wheel == i }) {
			for _, obj := range e.NeededBy {
				if m.Objects[obj].Wheel == i {
					all = append(all, e.Versions...)
				}
			}
		}
	}
	wanted, known = highest(all), true
	for _, v := range wanted {
		r, ok := providers.Oldest(v)
		known = known && ok
		if symver.Compare(r.Name, release.Name) > 0 || release.Name == "" {
			release = r
		}
	}
	return wanted, release, known && len(wanted) > 0
}

func (m Model) hasObjects(i int) bool {
	return slices.ContainsFunc(m.Objects, func(o Object) bool { return o.Wheel == i })
}
