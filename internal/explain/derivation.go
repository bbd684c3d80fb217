package explain

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
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
		plugins := m.onlyPlugins(objects)
		switch {
		case e.From == supply.Promise:
			d.promised = append(d.promised, e.Soname)
		case e.From == supply.Nixpkgs && e.Instead != "":
			d.ignores = append(d.ignores, m.ignoringIn(e, objects, "these files are for "+e.Attr+"; "+e.Instead+" is enough")...)
		case e.From == supply.Libc, e.From == supply.Driver, e.From == supply.Input:
		case e.From == supply.Dist && e.Required:
			d.dependencies = append(d.dependencies, e.Dists[0])
		case e.IgnoreByFile(plugins):
			d.ignores = append(d.ignores, m.ignoringIn(e, objects, e.reason())...)
		case e.From == supply.Nixpkgs:
			d.inputs = append(d.inputs, e.Attr)
		default:
			d.ignores = append(d.ignores, ignore{e.Soname, e.reason()})
		}
	}
	for _, o := range m.Objects {
		for _, n := range o.Needs {
			if o.Wheel == i && n.From == supply.Sibling {
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
	return !slices.ContainsFunc(objects, func(obj int) bool { return m.Objects[obj].Kind != plan.Plugin })
}

// reason says why a library is given up.
func (e External) reason() string {
	if e.From == supply.Dist {
		return "the Python package " + e.Dists[0] + " has it, which METADATA does not name"
	}
	return cmp.Or(e.Note, "nobody known here has it: try "+problem.NixLocate([]string{e.Soname}))
}

// ignoringIn gives up on a library in just the files that ask for it.
func (m Model) ignoringIn(e External, objects []int, reason string) []ignore {
	var out []ignore
	for _, obj := range objects {
		out = append(out, ignore{problem.Pattern{File: path.Base(m.Objects[obj].Path), Soname: e.Soname}.String(), reason})
	}
	return out
}

// plainRequires gives the names of the requirements that no extra asks for.
func plainRequires(lines []string) []string {
	var out []string
	for _, line := range lines {
		_, marker, _ := strings.Cut(line, ";")
		if !strings.Contains(marker, "extra") {
			out = append(out, wheel.RequirementName(line))
		}
	}
	return out
}

func sortedSet(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
