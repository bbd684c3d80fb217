package explain

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// This file decides what one wheel needs in Nix; nix.go writes it.

// A derivation is what one wheel needs in Nix.
type derivation struct {
	wheel        Wheel
	inputs       []string // attributes
	promised     []string // sonames that the hook hands in
	dependencies []string // Python packages
	ignores      []ignore
}

type ignore struct{ pattern, reason string }

func (m Model) derivation(i int) derivation {
	d := derivation{wheel: m.Wheels[i]}
	d.dependencies = plainRequires(d.wheel.RequiresText)
	for _, e := range m.External {
		objects := slices.DeleteFunc(slices.Clone(e.NeededBy), func(obj int) bool { return m.Objects[obj].Wheel != i })
		if len(objects) == 0 {
			continue
		}
		switch e.From {
		case Promise:
			d.promised = append(d.promised, e.Soname)
		case Nixpkgs:
			if e.Instead != "" {
				d.ignores = append(d.ignores, m.ignoringIn(e, objects, "these files are for "+e.Attr+"; "+e.Instead+" is enough")...)
				continue
			}
			if e.Optional && m.onlyPlugins(objects) {
				d.ignores = append(d.ignores, m.ignoring(e, objects)...)
				continue
			}
			d.inputs = append(d.inputs, e.Attr)
		case Dist:
			d.dependencies = append(d.dependencies, m.distFor(e, i))
		case Nobody:
			d.ignores = append(d.ignores, m.ignoring(e, objects)...)
		}
	}
	for _, o := range m.Objects {
		for _, n := range o.Needs {
			if o.Wheel == i && n.From == Sibling {
				d.dependencies = append(d.dependencies, wheel.NormalName(m.Wheels[m.Objects[n.Object].Wheel].Name))
			}
		}
	}
	d.inputs = sortedSet(d.inputs)
	d.dependencies = sortedSet(d.dependencies)
	d.dependencies = slices.DeleteFunc(d.dependencies, func(n string) bool { return n == "" || n == wheel.NormalName(d.wheel.Name) })
	slices.SortFunc(d.ignores, func(a, b ignore) int { return cmp.Compare(a.pattern, b.pattern) })
	return d
}

func (m Model) onlyPlugins(objects []int) bool {
	return !slices.ContainsFunc(objects, func(obj int) bool { return m.Objects[obj].Kind != Plugin })
}

// distFor is the Python package to depend on: one that the wheel requires, if
// it names one.
func (m Model) distFor(e External, i int) string {
	for _, dist := range e.Dists {
		if slices.Contains(m.Wheels[i].Requires, dist) {
			return dist
		}
	}
	if len(e.Dists) > 0 {
		return e.Dists[0]
	}
	return ""
}

// ignoring gives up on a library: for its plugins alone where only they ask.
func (m Model) ignoring(e External, objects []int) []ignore {
	reason := cmp.Or(e.Note, "nobody known here has it: try nix-locate -w lib/"+e.Soname)
	if !m.onlyPlugins(objects) {
		return []ignore{{e.Soname, reason}}
	}
	return m.ignoringIn(e, objects, reason)
}

func (m Model) ignoringIn(e External, objects []int, reason string) []ignore {
	var out []ignore
	for _, obj := range objects {
		out = append(out, ignore{"*/" + path.Base(m.Objects[obj].Path) + ":" + e.Soname, reason})
	}
	return out
}

// plainRequires gives the names of the requirements that no extra asks for.
func plainRequires(lines []string) []string {
	var out []string
	for _, line := range lines {
		_, marker, _ := strings.Cut(line, ";")
		if !strings.Contains(marker, "extra") {
			out = append(out, requirements([]string{line})...)
		}
	}
	return out
}

func sortedSet(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
