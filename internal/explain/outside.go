package explain

import (
	"fmt"
	"path"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// outside lists the libraries from outside that objects of a wheel need, by supplier
// and, under one supplier, by what to write for them. The function says which
// objects count.
func (t *text) outside(list []external, of func(obj int) bool) {
	some := false
	for _, s := range supply.Suppliers() {
		var order []string
		cures := map[string][]string{}
		for _, e := range list {
			if e.From != s || !slices.ContainsFunc(e.NeededBy, of) {
				continue
			}
			cure := e.cure()
			if cures[cure] == nil {
				order = append(order, cure)
			}
			cures[cure] = append(cures[cure], words.Printable(e.Soname))
		}
		if order == nil || s == supply.Libc && !t.opt.All {
			continue
		}
		some = true
		slices.Sort(order)
		var items []string
		for _, cure := range order {
			items = append(items, t.cured(s, cure, cures[cure])...)
		}
		t.wrapped(fmt.Sprintf("    %-22s", title(s)), items)
	}
	if !some {
		t.line("    nothing but the C library")
	}
}

// cure returns what to write for a library, or what is known of it.
func (e external) cure() string {
	switch {
	case e.From == supply.Nixpkgs && e.Instead != "":
		return e.Attr + ", alternative to " + e.Instead
	case e.From == supply.Nixpkgs && e.Optional:
		return e.Attr + ", optional"
	case e.From == supply.Nixpkgs && len(e.Dists) > 0:
		return e.Attr + " or the Python package " + e.Dists[0]
	case e.From == supply.Nixpkgs || e.From == supply.Promise:
		return e.Attr
	case e.From == supply.Dist && len(e.Dists) > 0:
		return e.Dists[0]
	case e.From == supply.Input:
		return words.Printable(path.Dir(e.File))
	case e.From == supply.Unknown:
		return e.Note
	}
	return ""
}

// cured returns the pieces of a line: a cure and then the libraries that it is for.
// What is only a remark comes after them.
func (t *text) cured(s supply.Supplier, cure string, sonames []string) []string {
	colour := t.yellow
	switch s {
	case supply.Unknown:
		colour = t.red
	case supply.Libc, supply.Driver:
		colour = func(name string) string { return name }
	case supply.Input:
		colour = t.green
	}
	out := make([]string, len(sonames))
	for i, name := range sonames {
		out[i] = colour(name)
	}
	if cure == "" {
		return out
	}
	if s == supply.Unknown {
		out[len(out)-1] += t.dim(" (" + words.Printable(cure) + ")")
		return out
	}
	out[0] = t.bold(cure) + " (" + out[0]
	out[len(out)-1] += ")"
	return out
}

// runtime lists what a wheel opens while it runs: what its objects name, and the guesses
// from its Python code.
func (t *text) runtime(i int) {
	lines := t.openedLines(i)
	type guessed struct{ soname, from string }
	places := map[guessed][]string{}
	for _, g := range t.m.guesses {
		if g.Wheel == i && (t.opt.All || g.From != supply.Self && g.From != supply.Libc) {
			key := guessed{words.Printable(g.Soname), g.title()}
			places[key] = append(places[key], fmt.Sprintf("%s:%d", words.Printable(g.File), g.Line))
		}
	}
	for g, where := range places {
		more := ""
		if len(where) > 1 {
			more = fmt.Sprintf(" (+%d more)", len(where)-1)
		}
		lines = append(lines, g.soname+"  "+t.dim(g.from+"; opened by "+where[0]+more))
	}
	if lines == nil {
		return
	}
	t.line("")
	t.line("  " + t.bold("loaded at run time"))
	slices.Sort(lines)
	for _, l := range slices.Compact(lines) {
		t.line(cutTo(t.opt.Width, "    "+l))
	}
	write := problem.Substitute(t.m.substitutions(i), "", "", "")
	if len(write) == 0 {
		return
	}
	t.line("")
	t.line("  " + t.bold("to write, since no RUNPATH counts for Python code"))
	for _, l := range write {
		t.line("    " + l)
	}
}

// title returns the supplier of a guess in the words of the views.
func (g guess) title() string {
	if g.Attr != "" {
		return "nixpkgs: " + g.Attr
	}
	return title(g.From)
}
