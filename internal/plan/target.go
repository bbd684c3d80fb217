package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// selectTarget returns the dynamic objects for the target's class, machine and
// libc. Other dynamic objects are a notice beside objects for the target, and an
// error where there are none: then it is the wrong wheel.
func selectTarget(inv tree.Inventory, target Target) ([]tree.Object, []problem.Problem) {
	var selected []tree.Object
	byMachine := make(map[string]*otherObjects)
	var otherLibc otherObjects
	var libc ldso.Libc
	for _, o := range inv.Objects {
		switch {
		case !o.ELF.Dynamic:
		case target.object == nil || !target.object.Kind().Same(o.ELF.Kind()):
			m := o.ELF.Kind().Name()
			if byMachine[m] == nil {
				byMachine[m] = &otherObjects{tag: inv.Tag()}
			}
			byMachine[m].paths = append(byMachine[m].paths, o.Path)
		case o.ELF.IsStaticProgram():
			// No loader touches it: it is left as it is, like one without PT_DYNAMIC.
		case libcOf(o.ELF) != "" && libcOf(o.ELF) != target.loader.Libc:
			libc = libcOf(o.ELF)
			otherLibc.paths = append(otherLibc.paths, o.Path)
		default:
			selected = append(selected, o)
		}
	}
	want := ""
	if target.object != nil {
		want = target.object.Kind().Name()
	}
	var problems []problem.Problem
	for _, m := range slices.Sorted(maps.Keys(byMachine)) {
		other := byMachine[m]
		other.targets = len(selected)
		problems = append(problems, archProblem(*other, m, want))
	}
	if len(otherLibc.paths) > 0 {
		// An object that names no C library proves nothing about the wheel.
		otherLibc.targets, otherLibc.tag = countLibc(selected, target.loader.Libc), inv.Tag()
		problems = append(problems, libcProblem(otherLibc, libc, target.loader.Libc))
	}
	return selected, problems
}

// libcOf returns the C library that an object was linked with, by its interpreter
// and its needs, or "" where it names none.
func libcOf(o *elfobj.Object) ldso.Libc {
	if strings.Contains(o.Interp, "/ld-musl-") {
		return ldso.Musl
	}
	for _, soname := range o.Needed {
		switch {
		case strings.HasPrefix(soname, "libc.musl-"), strings.HasPrefix(soname, "ld-musl-"), soname == "libc.so":
			return ldso.Musl
		case providers.IsLibc(soname):
			return ldso.Glibc
		}
	}
	return ""
}

func countLibc(objects []tree.Object, libc ldso.Libc) int {
	n := 0
	for _, o := range objects {
		if libcOf(o.ELF) == libc {
			n++
		}
	}
	return n
}
