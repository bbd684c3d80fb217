// What the platform tags of a wheel ask of a system: PEP 425, 600 and 656.

package pyname

import (
	"cmp"
	"fmt"
	"slices"
)

// A System is what platform tags ask for on one machine.
type System struct {
	Machine string // as uname -m has it; empty: any
	Other   string // a tag that is not for Linux, else empty
	Glibc   [2]int // the least version, {2, 17}; zero: not named
	Musl    [2]int // likewise
}

// Systems returns what each machine must have, for one of the tags to fit there: of several
// tags with one C library the oldest version counts. They are sorted by machine, what is
// not for Linux comes last.
func Systems(tags []Platform) []System {
	byKey := map[System]*System{}
	for _, t := range tags {
		key := System{Machine: t.Machine}
		if t.Machine == "" && t.Tag != "any" {
			key.Other = t.Tag
		}
		s := byKey[key]
		if s == nil {
			s = &System{Machine: key.Machine, Other: key.Other}
			byKey[key] = s
		}
		version := [2]int{t.Major, t.Minor}
		switch t.Libc {
		case "glibc":
			s.Glibc = older(s.Glibc, version)
		case "musl":
			s.Musl = older(s.Musl, version)
		}
	}
	var out []System
	for _, s := range byKey {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b System) int {
		return cmp.Or(cmp.Compare(a.Other, b.Other), cmp.Compare(a.Machine, b.Machine))
	})
	return out
}

func older(a, b [2]int) [2]int {
	if a == [2]int{} || slices.Compare(b[:], a[:]) < 0 {
		return b
	}
	return a
}

// String returns the system in words: "x86_64 with glibc 2.17 or newer".
func (s System) String() string {
	const newer = "%s %d.%d or newer"
	glibc, musl := fmt.Sprintf(newer, "glibc", s.Glibc[0], s.Glibc[1]), fmt.Sprintf(newer, "musl", s.Musl[0], s.Musl[1])
	switch {
	case s.Other != "":
		return s.Other + " (not Linux)"
	case s.Machine == "":
		return "any"
	case s.Glibc != [2]int{} && s.Musl != [2]int{}:
		return s.Machine + " with " + glibc + " or with " + musl
	case s.Glibc != [2]int{}:
		return s.Machine + " with " + glibc
	case s.Musl != [2]int{}:
		return s.Machine + " with " + musl
	}
	return s.Machine
}
