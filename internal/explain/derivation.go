package explain

import (
	"cmp"
	"path"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
)

// A derivation is what one wheel needs in Nix.
type derivation struct {
	wheel        wheelInfo
	grid         []cell   // what it is meant for
	inputs       []string // attributes of nixpkgs
	opened       []string // attributes with what objects open by name, which may be switched on
	openedNames  []string // of each, the libraries
	promised     []string // sonames that the hook adds by itself
	dependencies []dependency
	ignores      []ignore
	substitutes  []problem.Substitution // what has Python code open libraries by their paths
}

// An ignore is one pattern of wheelAutoPatchIgnoreMissingDeps, and why.
type ignore struct{ pattern, reason string }

// derivation returns what the wheel of index i needs in Nix.
func (m Model) derivation(i int) derivation {
	d := derivation{wheel: m.wheels[i], grid: m.wheels[i].grid()}
	d.dependencies = m.requires(d.wheel, d.grid)
	for _, e := range m.external {
		objects := slices.DeleteFunc(slices.Clone(e.NeededBy), func(obj int) bool { return m.objects[obj].Wheel != i })
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
			d.add(e.Dists[0])
		case e.IgnoreByFile(plugins):
			d.ignores = append(d.ignores, m.ignoringIn(e, objects, e.reason())...)
		case e.From == supply.Nixpkgs:
			d.inputs = append(d.inputs, e.Attr)
		default:
			d.ignores = append(d.ignores, ignore{e.Soname, e.reason()})
		}
	}
	for _, o := range m.objects {
		for _, n := range o.Needs {
			if o.Wheel != i || n.From != supply.Sibling {
				continue
			}
			// A sibling that METADATA does not name would close a circle where it requires
			// this wheel.
			sibling := pyname.NormalName(m.wheels[m.objects[n.Object].Wheel].Name)
			if slices.Contains(d.wheel.Requires, sibling) {
				d.add(sibling)
			} else if sibling != pyname.NormalName(d.wheel.Name) {
				pattern := problem.Pattern{File: path.Base(o.Path), Soname: n.Soname}.String()
				d.ignores = append(d.ignores, ignore{pattern, "the wheel of " + sibling + " has it, which METADATA does not name"})
			}
		}
	}
	d.substitutes = m.substitutions(i)
	d.inputs = sortedSet(d.inputs)
	d.opened, d.openedNames = m.openedInputs(i, d.inputs)
	slices.SortFunc(d.dependencies, func(a, b dependency) int { return cmp.Compare(a.name, b.name) })
	slices.SortStableFunc(d.ignores, func(a, b ignore) int { return cmp.Compare(a.pattern, b.pattern) })
	d.ignores = slices.CompactFunc(d.ignores, func(a, b ignore) bool { return a.pattern == b.pattern })
	return d
}

// report returns what to write in the form of docs/json.md.
func (d derivation) report() report.WriteReport {
	r := report.WriteReport{Inputs: append([]string{}, d.inputs...), Dependencies: []string{}, Ignores: []string{}}
	for _, dep := range d.dependencies {
		r.Dependencies = append(r.Dependencies, dep.name)
	}
	for _, i := range d.ignores {
		r.Ignores = append(r.Ignores, i.pattern)
	}
	commands, globs := problem.SubstituteCommands(d.substitutes, "", "")
	for _, line := range commands {
		r.PostInstall += line + "\n"
	}
	r.Records = append([]string{}, globs...)
	return r
}

// onlyPlugins reports whether all objects are plugins.
func (m Model) onlyPlugins(objects []int) bool {
	return !slices.ContainsFunc(objects, func(obj int) bool { return m.objects[obj].Kind != plan.Plugin })
}

// reason returns why a library is ignored.
func (e external) reason() string {
	if e.From == supply.Dist {
		return "the Python package " + e.Dists[0] + " has it, which METADATA does not name"
	}
	return cmp.Or(e.Note, "nobody known here has it: try "+problem.NixLocate([]string{e.Soname}))
}

// ignoringIn returns ignores of a library for just the files of the objects.
func (m Model) ignoringIn(e external, objects []int, reason string) []ignore {
	var out []ignore
	for _, obj := range objects {
		out = append(out, ignore{problem.Pattern{File: path.Base(m.objects[obj].Path), Soname: e.Soname}.String(), reason})
	}
	return out
}

// sortedSet sorts a list and returns it without doubles.
func sortedSet(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
