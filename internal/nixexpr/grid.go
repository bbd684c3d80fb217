package nixexpr

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

// A cell is one interpreter on one machine: what a marker is evaluated for.
type cell struct {
	minor   int    // of CPython 3
	machine string // as uname -m has it
}

// The versions of CPython 3 that expressions tell apart: those of Nixpkgs since 24.11, and
// the next ones.
const (
	oldestMinor = 9
	newestMinor = 15
)

// allMinors are the minor versions of CPython 3 for which a wheel may be at all.
func allMinors() (out []int) {
	for i := range 41 {
		out = append(out, i)
	}
	return out
}

// minors returns the minor versions of CPython 3 that take the wheel, by its tags and
// Requires-Python.
func (w Wheel) minors() []int {
	sets := w.File.Pythons()
	specs, err := pyname.ParseSpecifiers(w.Dist.RequiresPython)
	return slices.DeleteFunc(allMinors(), func(minor int) bool {
		one := pyname.Pythons{Implementation: "cpython", Major: 3, Minor: minor}
		tagged := len(sets) == 0 || slices.ContainsFunc(sets, one.Meets)
		required := err != nil || !slices.ContainsFunc(specs, func(s pyname.Specifier) bool { return !s.Contains(fullVersion(minor)) })
		return !tagged || !required
	})
}

// fullVersion is the version of an interpreter. Nixpkgs has the last patch of each, so it is
// later than any that a marker names.
func fullVersion(minor int) string { return fmt.Sprintf("3.%d.99", minor) }

// grid returns the cells that a wheel is meant for.
func (w Wheel) grid() []cell {
	minors := w.minors()
	known := slices.DeleteFunc(slices.Clone(minors), func(m int) bool { return m < oldestMinor || m > newestMinor })
	if len(known) == 0 {
		known = minors
	}
	var machines []string
	for _, p := range w.File.Platforms {
		if p.Machine != "" && !slices.Contains(machines, p.Machine) {
			machines = append(machines, p.Machine)
		}
	}
	if len(machines) == 0 { // for any
		machines = []string{"x86_64", "aarch64"}
	}
	var out []cell
	for _, machine := range machines {
		for _, minor := range known {
			out = append(out, cell{minor, machine})
		}
	}
	return out
}

// A cellSet is where something holds.
type cellSet map[cell]bool

func setOf(cells []cell) cellSet {
	s := cellSet{}
	for _, c := range cells {
		s[c] = true
	}
	return s
}

// condition returns the expression of Nix that is true in a set of the cells of a grid; it
// is empty where the set holds all of them.
func (s cellSet) condition(grid []cell, n *scope) string {
	minors, machines := map[int]bool{}, map[string]bool{}
	for _, c := range grid {
		minors[c.minor], machines[c.machine] = true, true
	}
	universe := slices.Sorted(maps.Keys(minors))
	by := map[string][]string{} // machines by the versions for which it holds there
	sets := map[string][]int{}
	for _, machine := range slices.Sorted(maps.Keys(machines)) {
		var held []int
		for _, minor := range universe {
			if s[cell{minor, machine}] {
				held = append(held, minor)
			}
		}
		key := fmt.Sprint(held)
		by[key], sets[key] = append(by[key], machine), held
	}
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(by)) {
		if len(sets[key]) == 0 {
			continue
		}
		condition := versions(sets[key], universe, n)
		if len(by[key]) < len(machines) {
			condition = both(onMachines(by[key], n), condition)
		}
		parts = append(parts, condition)
	}
	return either(parts)
}

// onMachines is true on these machines.
func onMachines(machines []string, n *scope) string {
	var parts []string
	for _, m := range machines {
		parts = append(parts, n.pkgs("stdenv")+".hostPlatform.system == "+strconv.Quote(arch.NixSystem(m)))
	}
	return either(parts)
}

// versions is true for some minor versions of the sorted universe, outside of which it says
// what it says of the nearest.
func versions(held, universe []int, n *scope) string {
	var parts []string
	for i := 0; i < len(universe); {
		if !slices.Contains(held, universe[i]) {
			i++
			continue
		}
		end := i
		for end < len(universe) && slices.Contains(held, universe[end]) {
			end++
		}
		least, below := "", ""
		if i > 0 {
			least = fmt.Sprintf("%s \"3.%d\"", n.python("pythonAtLeast"), universe[i])
		}
		if end < len(universe) {
			below = fmt.Sprintf("%s \"3.%d\"", n.python("pythonOlder"), universe[end])
		}
		parts = append(parts, both(least, below))
		i = end
	}
	return either(parts)
}

// both joins two conditions, either of which may be empty: always true.
func both(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return inParentheses(a, " || ") + " && " + inParentheses(b, " || ")
}

// either joins conditions, of which an empty one is always true.
func either(parts []string) string {
	if slices.Contains(parts, "") {
		return ""
	}
	if len(parts) > 1 {
		for i := range parts {
			parts[i] = inParentheses(parts[i], " && ")
		}
	}
	return strings.Join(parts, " || ")
}

func inParentheses(s, operator string) string {
	if strings.Contains(s, operator) {
		return "(" + s + ")"
	}
	return s
}

// disabled returns the condition under which no Python that is there takes the wheel, or ""
// where there is none.
func (w Wheel) disabled(n *scope) string {
	able := w.minors()
	if len(able) == 0 {
		return "" // for another implementation
	}
	out := slices.DeleteFunc(allMinors(), func(m int) bool { return slices.Contains(able, m) })
	if !slices.ContainsFunc(out, func(m int) bool { return m >= oldestMinor }) {
		return ""
	}
	if able[0] <= oldestMinor && len(able) > 1 {
		out = slices.DeleteFunc(out, func(m int) bool { return m < able[0] })
	}
	return versions(out, allMinors(), n)
}
