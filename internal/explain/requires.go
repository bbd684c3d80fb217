package explain

import (
	"cmp"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

// A dependency is a Python package that a wheel takes.
type dependency struct {
	name   string   // in the form of pyname.NormalName
	extras []string // of that package
	on     cellSet  // where it holds
	soname bool     // METADATA names it only for an extra, but a library is needed of it
}

// attr returns the name of the package in Nixpkgs.
func (d dependency) attr() string { return providers.PythonAttr(d.name) }

// requires returns the dependencies that METADATA names for the cells of a wheel, with those
// of its extras that are asked for, as pip takes them.
func (m Model) requires(w wheelInfo, grid []cell) []dependency {
	own := pyname.NormalName(w.Name)
	var all []pyname.Requirement
	var lost []bool
	for _, line := range w.RequiresText {
		r, err := pyname.ParseRequirement(line)
		if err != nil {
			r = pyname.Requirement{Name: pyname.RequirementName(line)}
		}
		all, lost = append(all, r), append(lost, err != nil)
	}
	byName := map[string]*dependency{}
	for _, c := range grid {
		extras := slices.Clone(m.extras)
		holds := func(i int) bool {
			env := pyname.Environment{Python: version([2]int{3, c.minor}), Full: fullVersion(c.minor), Machine: c.machine}
			return holdsFor(all[i], env, extras)
		}
		// An extra may stand for others of the same package: "all = name[a,b]".
		for grown := true; grown; {
			grown = false
			for i, r := range all {
				for _, extra := range r.Extras {
					if r.Name == own && !slices.Contains(extras, extra) && holds(i) {
						extras, grown = append(extras, extra), true
					}
				}
			}
		}
		for i, r := range all {
			if r.Name == "" || r.Name == own || !lost[i] && !holds(i) {
				continue
			}
			d := byName[r.Name]
			if d == nil {
				d = &dependency{name: r.Name, on: cellSet{}}
				byName[r.Name] = d
			}
			d.on[c] = true
			d.extras = sortedSet(append(d.extras, r.Extras...))
		}
	}
	var out []dependency
	for _, d := range byName {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b dependency) int { return cmp.Compare(a.name, b.name) })
	return out
}

// holdsFor reports whether a requirement holds without an extra, or for any of those that
// are asked for. One whose marker is not defined is kept.
func holdsFor(r pyname.Requirement, env pyname.Environment, extras []string) bool {
	if len(extras) == 0 {
		extras = []string{""}
	}
	return slices.ContainsFunc(extras, func(extra string) bool {
		env.Extra = extra
		ok, err := r.Holds(env)
		return ok || err != nil
	})
}

// add adds a dependency that a library is needed of, unless it is there.
func (d *derivation) add(name string) {
	name = pyname.NormalName(name)
	if name == "" || name == pyname.NormalName(d.wheel.Name) || slices.ContainsFunc(d.dependencies, func(e dependency) bool { return e.name == name }) {
		return
	}
	d.dependencies = append(d.dependencies, dependency{name: name, on: setOf(d.grid), soname: true})
}

// merge takes what another wheel of the same version needs on its machines.
func (d *derivation) merge(e derivation) {
	d.grid = append(d.grid, e.grid...)
	d.inputs = sortedSet(append(d.inputs, e.inputs...))
	for i, attr := range e.opened {
		if !slices.Contains(d.opened, attr) && !slices.Contains(d.inputs, attr) {
			d.opened, d.openedNames = append(d.opened, attr), append(d.openedNames, e.openedNames[i])
		}
	}
	d.substitutes = append(d.substitutes, e.substitutes...) // equal ones are made once
	d.promised = sortedSet(append(d.promised, e.promised...))
	d.ignores = append(d.ignores, e.ignores...)
	slices.SortStableFunc(d.ignores, func(a, b ignore) int { return cmp.Compare(a.pattern, b.pattern) })
	d.ignores = slices.CompactFunc(d.ignores, func(a, b ignore) bool { return a.pattern == b.pattern })
	for _, dep := range e.dependencies {
		i := slices.IndexFunc(d.dependencies, func(own dependency) bool { return own.name == dep.name })
		if i < 0 {
			d.dependencies = append(d.dependencies, dep)
			continue
		}
		for c := range dep.on {
			d.dependencies[i].on[c] = true
		}
		d.dependencies[i].extras = sortedSet(append(d.dependencies[i].extras, dep.extras...))
	}
	slices.SortFunc(d.dependencies, func(a, b dependency) int { return cmp.Compare(a.name, b.name) })
}
