package plan

// This file picks the objects that the target's loader can run, and says what
// becomes of the others.

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

// selectOurs gives the dynamic objects of the loader's own class, machine and C
// library. Others are passed over with a notice where there are objects of
// ours too, and are an error where there are none: then it is the wrong wheel.
func selectTarget(inv tree.Inventory, t Target) ([]tree.Object, []problem.Problem) {
	loader, target := t.Loader, t.Object
	var ours []tree.Object
	machines := make(map[string]*foreignObjects)
	var others foreignObjects // of another C library
	var libc ldso.Libc
	for _, o := range inv.Objects {
		switch {
		case !o.ELF.Dynamic:
		case target == nil || !target.Kind().Same(o.ELF.Kind()):
			m := o.ELF.Kind().Name()
			if machines[m] == nil {
				machines[m] = &foreignObjects{Tag: inv.Tag()}
			}
			machines[m].Paths = append(machines[m].Paths, o.Path)
		case libcOf(o.ELF) != "" && libcOf(o.ELF) != loader.Libc:
			libc = libcOf(o.ELF)
			others.Paths = append(others.Paths, o.Path)
		default:
			ours = append(ours, o)
		}
	}
	want := ""
	if target != nil {
		want = target.Kind().Name()
	}
	var problems []problem.Problem
	for _, m := range slices.Sorted(maps.Keys(machines)) {
		f := machines[m]
		f.Ours = len(ours)
		problems = append(problems, archProblem(*f, m, want))
	}
	if len(others.Paths) > 0 {
		// An object that names no C library proves nothing about the wheel.
		others.Ours, others.Tag = countLibc(ours, loader.Libc), inv.Tag()
		problems = append(problems, libcProblem(others, libc, loader.Libc, want))
	}
	return ours, problems
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
