package explain

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/nixexpr"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
)

// Packages returns the wheels and trees with what each needs in Nix, for package nixexpr.
func (m Model) Packages() []nixexpr.Package {
	var out []nixexpr.Package
	for i := range m.wheels {
		out = append(out, m.nixPackage(i))
	}
	return out
}

// nixPackage returns what the wheel of index i needs in Nix.
func (m Model) nixPackage(i int) nixexpr.Package {
	w := m.wheels[i]
	d := nixexpr.New(nixexpr.Wheel{
		Path: w.Path, Archive: w.Archive, Name: w.Name, Version: w.Version, File: w.File, Renamed: w.Renamed, Damage: w.Damage, Misfit: w.Misfit,
		Dist: w.Dist, Requires: w.RequiresText, Imports: w.Imports, Programs: w.Programs, SHA256: w.SHA256, Native: m.hasObjects(i),
	}, m.extras)
	for _, e := range m.external {
		objects := slices.DeleteFunc(slices.Clone(e.NeededBy), func(obj int) bool { return m.objects[obj].Wheel != i })
		if len(objects) == 0 {
			continue
		}
		plugins := m.onlyPlugins(objects)
		switch {
		case e.From == supply.Promise:
			d.Promised = append(d.Promised, e.Soname)
		case e.From == supply.Nixpkgs && e.Instead != "":
			d.Ignores = append(d.Ignores, m.ignoringIn(e, objects, "these files are for "+e.Attr+"; "+e.Instead+" is enough")...)
		case e.From == supply.Libc, e.From == supply.Driver, e.From == supply.Input:
		case e.From == supply.Dist && e.Required:
			d.Require(e.Dists[0])
		case e.IgnoreByFile(plugins):
			d.Ignores = append(d.Ignores, m.ignoringIn(e, objects, e.reason())...)
		case e.From == supply.Nixpkgs:
			d.Inputs = append(d.Inputs, e.Attr)
		default:
			d.Ignores = append(d.Ignores, nixexpr.Ignore{Pattern: e.Soname, Reason: e.reason()})
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
			if slices.Contains(w.Requires, sibling) {
				d.Require(sibling)
			} else if sibling != pyname.NormalName(w.Name) {
				pattern := problem.Pattern{File: path.Base(o.Path), Soname: n.Soname}.String()
				d.Ignores = append(d.Ignores, nixexpr.Ignore{Pattern: pattern, Reason: "the wheel of " + sibling + " has it, which METADATA does not name"})
			}
		}
	}
	d.Sort()
	d.Substitutes, d.ByName = m.substitutions(i), m.byName(i)
	d.Opened, d.OpenedBeside = m.openedInputs(i, d.Inputs), m.openedBeside(i)
	return d
}

// writeReport returns what to write in the form of docs/json.md.
func writeReport(d nixexpr.Package) report.WriteReport {
	r := report.WriteReport{Inputs: append([]string{}, d.Inputs...), Dependencies: []string{}, Ignores: []string{}}
	for _, dep := range d.Dependencies {
		r.Dependencies = append(r.Dependencies, dep.Name)
	}
	for _, i := range d.Ignores {
		r.Ignores = append(r.Ignores, i.Pattern)
	}
	commands, globs := problem.SubstituteCommands(d.Substitutes, "", "")
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
func (m Model) ignoringIn(e external, objects []int, reason string) []nixexpr.Ignore {
	var out []nixexpr.Ignore
	for _, obj := range objects {
		out = append(out, nixexpr.Ignore{Pattern: problem.Pattern{File: path.Base(m.objects[obj].Path), Soname: e.Soname}.String(), Reason: reason})
	}
	return out
}

// byName returns what the Python code of a wheel opens by name, nixpkgs has, and substitutions
// does not know how to have opened by its path.
func (m Model) byName(wheel int) []nixexpr.ByName {
	var out []nixexpr.ByName
	for _, o := range m.pythonOpens(wheel) {
		a := supply.FindOpened(o.Name(), o.Wheel)
		if (a.From == supply.Nixpkgs || a.From == supply.Promise) && a.Attr != "" && len(o.Loads) > 0 && len(supply.Substitutions(o.Loads, a)) == 0 {
			l := o.Loads[0]
			out = append(out, nixexpr.ByName{Soname: a.Soname, Where: fmt.Sprintf("%s:%d", l.File, l.Line), Attr: a.Attr})
		}
	}
	return out
}
