package plan

import (
	"cmp"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// AsFound is the plan of wheels and trees that are left as they are, whatever
// machine each object is for: a loader that knows no directory of this machine
// searches for each. It has every object of the inventory, by root and path, and
// neither edits nor problems.
func AsFound(inv tree.Inventory, o Options) Plan {
	var all Plan
	for _, group := range byPlatform(inv) {
		target := Target{Loader: bareLoader(group[0]), Object: group[0].ELF}
		p, plan := newPlanner(inv, target, o)
		p.asIs = true
		plan.Objects = plan.Objects[:0]
		for _, obj := range group {
			plan.Objects = append(plan.Objects, Object{Object: obj})
		}
		p.resolve(plan.Objects)
		all.Objects = append(all.Objects, plan.Objects...)
	}
	slices.SortStableFunc(all.Objects, func(a, b Object) int {
		return cmp.Or(cmp.Compare(slices.Index(inv.Roots, a.Root), slices.Index(inv.Roots, b.Root)), cmp.Compare(a.Path, b.Path))
	})
	return all
}

// byPlatform puts together what one loader could run.
func byPlatform(inv tree.Inventory) [][]tree.Object {
	type platform struct {
		kind arch.Kind
		libc ldso.Libc
	}
	index := map[platform]int{}
	var groups [][]tree.Object
	for _, o := range inv.Objects {
		key := platform{o.ELF.Kind(), cmp.Or(libcOf(o.ELF), ldso.Glibc)}
		m, _ := arch.Of(key.kind)
		key.kind.Flags &= m.ABI
		i, ok := index[key]
		if !ok {
			i = len(groups)
			index[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], o)
	}
	return groups
}

// bareLoader is the loader of an object without any directory of its own.
func bareLoader(o tree.Object) ldso.Loader {
	m, _ := arch.Of(o.ELF.Kind())
	return ldso.Loader{Libc: cmp.Or(libcOf(o.ELF), ldso.Glibc), Lib: m.Lib, Platform: cmp.Or(m.Platform, m.Name)}
}
