package explain

import (
	"fmt"
	"io"
	"strconv"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
)

// Dot writes the dependency graph for graphviz (graphviz.org, "DOT Language"): a
// cluster for each wheel, and a node for each library from outside.
func Dot(w io.Writer, m Model) error {
	t := &text{w: w, m: m}
	t.line("digraph wheels {")
	t.line("  rankdir=LR;")
	t.line(`  node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif", fontsize=10];`)
	for i, wheel := range m.wheels {
		t.line(fmt.Sprintf("  subgraph cluster_%d {", i))
		t.line("    label=" + dotQuote(wheel.label()) + ";")
		for j, o := range m.objects {
			if o.Wheel == i {
				t.line(fmt.Sprintf("    o%d [label=%s, tooltip=%s, fillcolor=%q];", j, dotQuote(o.name()), dotQuote(o.Path+": "+string(o.Kind)), kindColors[o.Kind]))
			}
		}
		t.line("  }")
	}
	for j, e := range m.external {
		if e.From != supply.Libc {
			t.line(fmt.Sprintf("  e%d [label=%s, tooltip=%s, fillcolor=%q];", j, dotQuote(e.label()), dotQuote(title(e.From)), supplierColors[e.From]))
		}
	}
	for j, o := range m.objects {
		for _, n := range o.Needs {
			switch {
			case n.Object >= 0:
				t.line(fmt.Sprintf("  o%d -> o%d [tooltip=%s];", j, n.Object, dotQuote(n.How)))
			case n.From != supply.Libc:
				t.line(fmt.Sprintf("  o%d -> e%d [style=dashed];", j, n.External))
			}
		}
	}
	t.openedEdges()
	t.line("}")
	return t.err
}

var kindColors = map[plan.Kind]string{plan.Program: "#d6e4ff", plan.Extension: "#e6dcff", plan.Library: "#dff3e4", plan.Plugin: "#eeeeee"}

var supplierColors = map[supply.Supplier]string{
	supply.Promise: "#fff3c4", supply.Driver: "#eeeeee", supply.Input: "#dff3e4", supply.Nixpkgs: "#ffe2b8", supply.Dist: "#ffe2b8", supply.Unknown: "#ffc9c9",
}

// label returns a library from outside with what to write for it.
func (e external) label() string {
	switch {
	case e.From == supply.Nixpkgs || e.From == supply.Promise:
		return e.Soname + "\n" + e.Attr
	case e.From == supply.Dist && len(e.Dists) > 0:
		return e.Soname + "\n" + e.Dists[0]
	}
	return e.Soname
}

// dotQuote returns a string of the DOT language. Only quotes and backslashes are
// special there, and a newline in a label is an escape.
func dotQuote(s string) string {
	out := []byte{'"'}
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r == '\n':
			out = append(out, `\n`...)
		case strconv.IsPrint(r):
			out = append(out, string(r)...)
		default:
			out = append(out, "\uFFFD"...)
		}
	}
	return string(append(out, '"'))
}
