package fixup

// This file picks the objects that the target's loader can run, and says what
// becomes of the others.

import (
	"maps"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// selectOurs gives the dynamic objects of the loader's own class, machine and C
// library. Others are passed over with a notice where there are objects of
// ours too, and are an error where there are none: then it is the wrong wheel.
func selectOurs(inv Inventory, loader ldso.Loader, target *elfobj.Object) ([]Object, []problem.Problem) {
	var ours []Object
	machines := make(map[string]*foreignObjects)
	var libc foreignLibc
	for _, o := range inv.Objects {
		switch {
		case !o.ELF.Dynamic:
		case target == nil || !fits(target, o.ELF):
			m := MachineName(o.ELF.Machine)
			if machines[m] == nil {
				machines[m] = &foreignObjects{Root: o.Root, Machine: m, Tag: inv.tag()}
			}
			machines[m].Paths = append(machines[m].Paths, o.Path)
		case libcOf(o.ELF) != "" && libcOf(o.ELF) != loader.Libc:
			libc.Libc, libc.Root = libcOf(o.ELF), o.Root
			libc.Paths = append(libc.Paths, o.Path)
		default:
			ours = append(ours, o)
		}
	}
	var problems []problem.Problem
	for _, m := range slices.Sorted(maps.Keys(machines)) {
		f := machines[m]
		f.Ours = len(ours)
		if target != nil {
			f.Want = MachineName(target.Machine)
		}
		problems = append(problems, archProblem(*f))
	}
	if len(libc.Paths) > 0 {
		libc.Want, libc.Arch, libc.Tag = loader.Libc, MachineName(target.Machine), inv.tag()
		// An object that names no C library proves nothing about the wheel.
		libc.Ours = countLibc(ours, loader.Libc)
		problems = append(problems, libcProblem(libc))
	}
	return ours, problems
}

// tag is the platform tag of the only archive, as its file name has it.
func (inv Inventory) tag() string {
	var tags []string
	for _, t := range inv.Tags {
		tags = append(tags, t.Tag)
	}
	return strings.Join(tags, ".")
}

// libcOf tells by its needs which C library an object was linked with, "" where
// it names none.
func libcOf(o *elfobj.Object) ldso.Libc {
	if strings.Contains(o.Interp, "/ld-musl-") {
		return ldso.Musl
	}
	for _, soname := range o.Needed {
		switch {
		case strings.HasPrefix(soname, "libc.musl-"), strings.HasPrefix(soname, "ld-musl-"), soname == "libc.so":
			return ldso.Musl
		case isLibcName(soname):
			return ldso.Glibc
		}
	}
	return ""
}

func countLibc(objects []Object, libc ldso.Libc) int {
	n := 0
	for _, o := range objects {
		if libcOf(o.ELF) == libc {
			n++
		}
	}
	return n
}
