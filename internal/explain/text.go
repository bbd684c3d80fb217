package explain

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/symver"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// TextOptions says how the text view looks.
type TextOptions struct {
	Color  bool
	Width  int    // columns of the terminal; 0: lines are not cut
	All    bool   // show the C library, repeated subtrees and the searched directories too
	Depth  int    // levels of the tree; 0: all
	NoTree bool   // no tree at all
	Lines  int    // lines at most; 0: all
	Needs  string // a glob of sonames: show who needs these, and nothing else
}

// A text writes lines of a view, and keeps the first error.
type text struct {
	w   io.Writer
	opt TextOptions
	m   Model
	err error

	unmatched error // ErrNoMatch, or nil
}

// Text writes the model for a terminal, or for a pager without colours. Of more lines than
// are asked for it leaves out those before the summary of all wheels, and says how many.
func Text(w io.Writer, m Model, opt TextOptions) error {
	var body, summary bytes.Buffer
	t := &text{w: &body, opt: opt, m: m}
	if opt.Needs != "" {
		t.needs(opt.Needs)
	} else {
		for i := range m.wheels {
			if i > 0 {
				t.line("")
			}
			t.wheel(i)
		}
		t.w = &summary
		if len(m.wheels) > 1 {
			t.line("")
			t.line(t.bold("all together"))
			t.outside(m.external, func(int) bool { return true })
		}
	}
	lines := strings.SplitAfter(body.String(), "\n")
	lines = lines[:len(lines)-1]
	t.w = w
	if room := max(fewestLines, opt.Lines-strings.Count(summary.String(), "\n")) - 1; opt.Lines > 0 && len(lines) > room+1 {
		t.write(strings.Join(lines[:room], ""))
		t.line(t.dim(words.Count(len(lines)-room, "more line") + ": --all"))
	} else {
		t.write(body.String())
	}
	t.write(summary.String())
	return cmp.Or(t.err, t.unmatched)
}

// fewestLines is how many lines before a long summary are kept.
const fewestLines = 12

// write writes text as it is.
func (t *text) write(s string) {
	if t.err == nil {
		_, t.err = io.WriteString(t.w, s)
	}
}

// wheel writes one wheel: its head, what it needs from outside, and its tree.
func (t *text) wheel(i int) {
	w := t.m.wheels[i]
	title := w.Path
	if w.Name != "" {
		title = w.Name + " " + w.Version
	}
	t.line(t.bold(words.Printable(title)) + "  " + t.dim(words.Printable(w.File.Tags())))
	if w.Damage != "" {
		t.field("damaged", t.red(words.Printable(w.Damage)))
		return
	}
	if w.Archive {
		if w.Misfit != "" {
			t.field("fits", t.red("no: "+words.Printable(w.Misfit)))
		} else {
			t.field("fits", "this machine"+w.fitsOnly())
		}
		if w.Renamed {
			t.field("name", t.red("not that of a wheel; the tags are those of WHEEL"))
		}
		t.field("RECORD", t.record(w.Record))
	}
	if line := w.pythonLine(); line != "" {
		t.field("python", line)
	}
	if line := w.systemLine(); line != "" {
		t.field("system", words.Printable(line))
	}
	t.field("objects", t.kinds(i))
	t.modules(w)
	if versions := t.m.versionLine(i); versions != "" {
		t.field("wants", versions)
	}
	if !t.m.hasObjects(i) {
		t.runtime(i) // Python code may open libraries all the same
		return
	}
	t.line("")
	t.line("  " + t.bold("needed from outside"))
	t.outside(t.m.external, func(obj int) bool { return t.m.objects[obj].Wheel == i })
	t.runtime(i)
	if t.opt.NoTree {
		return
	}
	t.line("")
	t.tree(i)
}

// record returns the line on RECORD. It says that contents were not hashed.
func (t *text) record(r recordState) string {
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

// kinds returns the line that counts the objects of a wheel by kind.
func (t *text) kinds(i int) string {
	count := map[plan.Kind]int{}
	for _, o := range t.m.objects {
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

// versionLine returns the line on the symbol versions that a wheel wants from
// outside, and since when nixpkgs has them.
func (m Model) versionLine(i int) string {
	wanted, release, known := m.wants(i)
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

// wants returns the highest GLIBC, GLIBCXX and CXXABI that a wheel wants from
// outside, and the oldest release of nixpkgs that has them all, if any is known.
func (m Model) wants(i int) (wanted []string, release providers.Release, known bool) {
	var all []string
	for _, e := range m.external {
		all = append(all, e.Versions[i]...)
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

// hasObjects reports whether the wheel of index i has any object.
func (m Model) hasObjects(i int) bool {
	return slices.ContainsFunc(m.objects, func(o objectInfo) bool { return o.Wheel == i })
}
