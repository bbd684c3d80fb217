package explain

import (
	"errors"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// ErrNoWheel is the error of [Nix] where nothing that was given can be written as an
// expression.
var ErrNoWheel = errors.New("no wheel here that an expression can be written for")

// A release is one version of a distribution: a wheel for each system, whose sources an
// expression chooses from.
type release struct {
	wheels []int    // the first says what all have in common
	left   []string // names of dependencies that are left out, since they need this package
}

// releases returns what an expression is written for, by name, and the wheels that are
// passed over: trees, and other wheels of a distribution than the first one that this
// machine can use and those that are like it but for the machine. A single wheel need not
// be for this machine.
func (m Model) releases() (out []release, passed []int) {
	by := map[string][]int{}
	var names []string
	for i, w := range m.wheels {
		name := pyname.NormalName(w.Name)
		if !w.Archive || name == "" || w.Damage != "" || len(w.File.Platforms) == 0 {
			passed = append(passed, i)
			continue
		}
		if by[name] == nil {
			names = append(names, name)
		}
		by[name] = append(by[name], i)
	}
	slices.Sort(names)
	for _, name := range names {
		lead := m.lead(by[name])
		if lead < 0 {
			passed = append(passed, by[name]...)
			continue
		}
		r := release{wheels: []int{lead}}
		taken := m.wheels[lead].nixSystems()
		for _, i := range by[name] {
			w := m.wheels[i]
			if i == lead {
				continue
			}
			if systems := w.nixSystems(); w.alike(m.wheels[lead]) && len(systems) > 0 && len(taken) > 0 && !slices.ContainsFunc(systems, func(s string) bool { return slices.Contains(taken, s) }) {
				r.wheels, taken = append(r.wheels, i), append(taken, systems...)
			} else {
				passed = append(passed, i)
			}
		}
		out = append(out, r)
	}
	slices.Sort(passed)
	return out, passed
}

// lead returns the first wheel that this machine can use, else the first for Linux with the
// C library that is usual, else -1; a wheel alone is good in any case.
func (m Model) lead(wheels []int) int {
	if len(m.wheels) == 1 {
		return wheels[0]
	}
	for _, i := range wheels {
		if m.wheels[i].Misfit == "" {
			return i
		}
	}
	for _, i := range wheels {
		if w := m.wheels[i]; len(w.nixSystems()) > 0 && !w.isMusl() {
			return i
		}
	}
	return -1
}

// alike reports whether two wheels differ by their machine alone.
func (w wheelInfo) alike(v wheelInfo) bool {
	return w.Version == v.Version && slices.Equal(w.Python, v.Python) && slices.Equal(w.ABI, v.ABI) && w.isMusl() == v.isMusl() && w.Variant == v.Variant
}

// nixSystems returns the systems of Nixpkgs that a wheel is for; none for "any" and for
// other systems than Linux.
func (w wheelInfo) nixSystems() (out []string) {
	for _, p := range w.File.Platforms {
		if p.Machine != "" {
			out = append(out, arch.NixSystem(p.Machine))
		}
	}
	return sortedSet(out)
}

// breakCircles leaves out dependencies by which a package would need itself, those first
// that METADATA does not name for sure: Nix has no value for such a set.
func (m Model) breakCircles(list []derivation, releases []release) {
	byName := map[string]int{}
	for i, d := range list {
		byName[pyname.NormalName(d.wheel.Name)] = i
	}
	const unseen, open, closed = 0, 1, 2
	state := make([]int, len(list))
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		d := &list[i]
		order := slices.Clone(d.dependencies)
		slices.SortStableFunc(order, func(a, b dependency) int { return boolRank(a.soname) - boolRank(b.soname) })
		for _, dep := range order {
			j, known := byName[dep.name]
			switch {
			case !known:
			case state[j] == open:
				releases[i].left = append(releases[i].left, dep.name)
				d.dependencies = slices.DeleteFunc(d.dependencies, func(e dependency) bool { return e.name == dep.name })
			case state[j] == unseen:
				visit(j)
			}
		}
		state[i] = closed
	}
	for i := range list {
		if state[i] == unseen {
			visit(i)
		}
	}
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// passedReason says why a wheel was passed over.
func (w wheelInfo) passedReason() string {
	switch {
	case !w.Archive:
		return "a tree, not a wheel"
	case w.Damage != "":
		return words.Printable(w.Damage)
	case w.Name == "" || len(w.File.Platforms) == 0:
		return "it has no tags"
	case w.Misfit != "":
		return words.Printable(strings.TrimSpace(w.Misfit))
	}
	return "another wheel of this distribution was taken"
}
