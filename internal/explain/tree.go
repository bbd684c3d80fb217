package explain

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// tree draws what each root of a wheel needs: the programs, the extension modules,
// the plugins, then the libraries that no object of the wheel needs.
func (t *text) tree(i int) {
	t.line("  " + t.bold("who needs what"))
	seen := map[int]bool{}
	own := func(by int) bool { return t.m.objects[by].Wheel == i }
	for _, kind := range []plan.Kind{plan.Program, plan.Extension, plan.Plugin, plan.Library} {
		for j, o := range t.m.objects {
			if o.Wheel != i || o.Kind != kind || kind == plan.Library && (slices.ContainsFunc(o.NeededBy, own) || seen[j]) {
				continue
			}
			t.row("  ", t.bold(words.Printable(o.Path)), string(kind)+t.searches(o))
			t.branches("  ", j, 1, seen, []int{j})
		}
	}
}

// searches returns the object's RUNPATH or RPATH with --all, else "".
func (t *text) searches(o objectInfo) string {
	if !t.opt.All || len(o.Runpath) == 0 {
		return ""
	}
	tag := "RUNPATH "
	if o.Rpath {
		tag = "RPATH "
	}
	return ", " + tag + words.Printable(strings.Join(o.Runpath, ":"))
}

// branches draws the needs of one object. Needs that were drawn above are drawn
// again only with --all. A cycle ends in any case: chain is the way down to here.
func (t *text) branches(indent string, obj, depth int, seen map[int]bool, chain []int) {
	if t.opt.Depth > 0 && depth > t.opt.Depth {
		return
	}
	if seen[obj] && !t.opt.All {
		return
	}
	seen[obj] = true
	needs := t.m.objects[obj].Needs
	if !t.opt.All {
		needs = t.m.visible(obj)
	}
	for k, n := range needs {
		branch, below := "├── ", "│   "
		if k == len(needs)-1 {
			branch, below = "└── ", "    "
		}
		t.need(indent+branch, n, seen)
		if t.opt.All && n.From != supply.Libc && n.Object < 0 {
			t.places(indent+below+"  ", t.m.objects[obj], n)
		}
		if n.Object >= 0 && !slices.Contains(chain, n.Object) {
			t.branches(indent+below, n.Object, depth+1, seen, append(slices.Clone(chain), n.Object))
		}
	}
}

// need draws one need: its name, and who supplies it or how it is found.
func (t *text) need(prefix string, n needInfo, seen map[int]bool) {
	why := n.How
	name := words.Printable(n.Soname)
	switch {
	case n.Object >= 0:
		name = t.green(name)
		if n.From == supply.Sibling {
			why = "in the wheel " + t.m.wheels[t.m.objects[n.Object].Wheel].label() + "; " + why
		}
		if seen[n.Object] && !t.opt.All && len(t.m.visible(n.Object)) > 0 {
			why += ", drawn above"
		}
	case n.From == supply.Input:
		name = t.green(name)
	case n.From == supply.Unknown:
		name, why = t.red(name), "not found"
		if note := t.m.external[n.External].Note; note != "" {
			why += ": " + note
		}
	case n.From == supply.Libc:
		why = title(n.From)
	default:
		e := t.m.external[n.External]
		name, why = t.yellow(name), title(n.From)
		if n.From == supply.Dist && len(e.Dists) > 0 {
			why = "Python package " + e.Dists[0]
		} else if e.Attr != "" {
			why += ": " + e.Attr
		}
	}
	t.row(prefix, name, words.Printable(why))
}

// common reports whether nearly every object needs the library and every stdenv has
// it.
func (n needInfo) common() bool {
	return n.From == supply.Libc || n.From == supply.Promise && (n.Soname == "libgcc_s.so.1" || n.Soname == "libstdc++.so.6")
}

// visible returns the needs of an object that a tree without --all draws.
func (m Model) visible(obj int) []needInfo {
	var out []needInfo
	for _, n := range m.objects[obj].Needs {
		if !n.common() {
			out = append(out, n)
		}
	}
	return out
}

// places lists the directories that were searched in vain for a need.
func (t *text) places(indent string, o objectInfo, n needInfo) {
	for _, p := range n.Searched {
		reason := "no such file"
		if p.Reason != "" {
			reason = p.Reason
		}
		t.line(cutTo(t.opt.Width, indent+t.dim(fmt.Sprintf("searched %-7s %s: %s", viaName(p.Via), words.Printable(o.shorten(p.Dir)), reason))))
	}
}

// shorten returns a directory relative to the object's wheel if it lies there.
func (o objectInfo) shorten(dir string) string {
	if prefix, ok := strings.CutSuffix(o.File, "/"+o.Path); ok {
		if rel, err := filepath.Rel(prefix, dir); err == nil && rel != ".." && !strings.HasPrefix(rel, "../") {
			return rel
		}
	}
	return filepath.Clean(dir)
}

// label returns a short name of a wheel.
func (w wheelInfo) label() string {
	if w.Name != "" {
		return w.Name
	}
	return filepath.Base(w.Path)
}

// viaName returns how the loader came to a directory, in the words of the view.
func viaName(v ldso.Via) string {
	if v == ldso.Default || v == ldso.Direct {
		return string(v)
	}
	return strings.ToUpper(string(v))
}
