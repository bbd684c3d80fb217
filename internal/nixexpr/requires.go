package nixexpr

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

// requires returns the dependencies that METADATA names for the cells of a wheel, with those
// of the extras that are asked for, as pip takes them.
func (w Wheel) requires(grid []cell, asked []string) []Dependency {
	own := pyname.NormalName(w.Name)
	var all []pyname.Requirement
	var lost []bool
	for _, line := range w.Requires {
		r, err := pyname.ParseRequirement(line)
		if err != nil {
			r = pyname.Requirement{Name: pyname.RequirementName(line)}
		}
		all, lost = append(all, r), append(lost, err != nil)
	}
	byName := map[string]*Dependency{}
	for _, c := range grid {
		extras := slices.Clone(asked)
		holds := func(i int) bool {
			env := pyname.Environment{Python: fmt.Sprintf("3.%d", c.minor), Full: fullVersion(c.minor), Machine: c.machine}
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
				d = &Dependency{Name: r.Name, on: cellSet{}}
				byName[r.Name] = d
			}
			d.on[c] = true
			d.extras = sortedSet(append(d.extras, r.Extras...))
		}
	}
	var out []Dependency
	for _, d := range byName {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b Dependency) int { return cmp.Compare(a.Name, b.Name) })
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
