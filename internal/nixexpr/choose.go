package nixexpr

import (
	"errors"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// ErrNoWheel is the error of [Write] where nothing that was given can be written as an
// expression.
var ErrNoWheel = errors.New("no wheel here that an expression can be written for")

// A release is one version of a distribution: what its wheels need together.
type release struct {
	Package          // its wheel says what all have in common
	wheels  []Wheel  // one for each system, of which the sources are chosen
	left    []string // names of dependencies that are left out, since they need this package
}

// releases returns what an expression is written for, by name, and the wheels that are
// passed over: trees, and other wheels of a distribution than the first one that this
// machine can use and those that are like it but for the machine. A single wheel need not
// be for this machine.
func releases(list []Package) (out []release, passed []Wheel) {
	by := map[string][]int{}
	var names []string
	left := map[int]bool{}
	for i, p := range list {
		name := pyname.NormalName(p.Wheel.Name)
		if !p.Wheel.Archive || name == "" || p.Wheel.Damage != "" || len(p.Wheel.File.Platforms) == 0 {
			left[i] = true
			continue
		}
		if by[name] == nil {
			names = append(names, name)
		}
		by[name] = append(by[name], i)
	}
	slices.Sort(names)
	for _, name := range names {
		lead := leadOf(list, by[name])
		if lead < 0 {
			for _, i := range by[name] {
				left[i] = true
			}
			continue
		}
		r := release{Package: list[lead], wheels: []Wheel{list[lead].Wheel}}
		taken := list[lead].Wheel.systems()
		for _, i := range by[name] {
			w := list[i].Wheel
			if i == lead {
				continue
			}
			if systems := w.systems(); w.alike(list[lead].Wheel) && len(systems) > 0 && len(taken) > 0 && !slices.ContainsFunc(systems, func(s string) bool { return slices.Contains(taken, s) }) {
				r.merge(list[i])
				r.wheels, taken = append(r.wheels, w), append(taken, systems...)
			} else {
				left[i] = true
			}
		}
		out = append(out, r)
	}
	for i, p := range list {
		if left[i] {
			passed = append(passed, p.Wheel)
		}
	}
	return out, passed
}

// leadOf returns the first of the wheels that this machine can use, else the first for Linux
// with the C library that is usual, else -1; a wheel alone is good in any case.
func leadOf(list []Package, wheels []int) int {
	if len(list) == 1 {
		return wheels[0]
	}
	for _, i := range wheels {
		if list[i].Wheel.Misfit == "" {
			return i
		}
	}
	for _, i := range wheels {
		if w := list[i].Wheel; len(w.systems()) > 0 && !w.File.IsMusl() {
			return i
		}
	}
	return -1
}

// alike reports whether two wheels differ by their machine alone.
func (w Wheel) alike(v Wheel) bool {
	return w.Version == v.Version && slices.Equal(w.File.Python, v.File.Python) && slices.Equal(w.File.ABI, v.File.ABI) &&
		w.File.IsMusl() == v.File.IsMusl() && w.File.Variant == v.File.Variant
}

// systems returns the systems of Nixpkgs that a wheel is for; none for "any" and for
// other systems than Linux.
func (w Wheel) systems() (out []string) {
	for _, p := range w.File.Platforms {
		if p.Machine != "" {
			out = append(out, arch.NixSystem(p.Machine))
		}
	}
	return sortedSet(out)
}

// breakCircles leaves out dependencies by which a package would need itself: Nix has no
// value for such a set. Those that METADATA does not name for sure go before others.
func breakCircles(list []release) {
	byName := map[string]int{}
	for i, r := range list {
		byName[pyname.NormalName(r.Wheel.Name)] = i
	}
	needs := make([][]int, len(list)) // what was kept, among the releases
	leads := func(from, to int) bool {
		seen := make([]bool, len(list))
		queue := []int{from}
		for ; len(queue) > 0; queue = queue[1:] {
			if i := queue[0]; i == to {
				return true
			} else if !seen[i] {
				seen[i] = true
				queue = append(queue, needs[i]...)
			}
		}
		return false
	}
	for _, soname := range []bool{false, true} {
		for i := range list {
			r := &list[i]
			r.Dependencies = slices.DeleteFunc(slices.Clone(r.Dependencies), func(d Dependency) bool {
				j, known := byName[d.Name]
				if !known || d.soname != soname {
					return false
				}
				if leads(j, i) {
					r.left = append(r.left, d.Name)
					return true
				}
				needs[i] = append(needs[i], j)
				return false
			})
		}
	}
}

// passedReason says why a wheel was passed over.
func (w Wheel) passedReason() string {
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
