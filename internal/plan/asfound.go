package plan

import (
	"cmp"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// AsFound resolves every object of the inventory as it is, whatever machine and C
// library it is for. Each is searched for as by a loader of its own platform that
// has no default directories, so that nothing of this machine counts. The plan has
// the objects by root and path, neither edits nor batches, and of problems those
// alone that no search has to do with: audit modules.
func AsFound(inv tree.Inventory, o Options) Plan {
	var all Plan
	for _, group := range byPlatform(inv) {
		p := newPlanner(inv, Target{loader: bareLoader(group[0].ELF)}, o)
		p.asIs = true
		objects := newObjects(group)
		for _, obj := range group {
			if len(obj.ELF.Audit) > 0 {
				all.Problems = append(all.Problems, auditModules(obj))
			}
		}
		p.resolve(objects)
		all.Objects = append(all.Objects, objects...)
	}
	slices.SortStableFunc(all.Objects, func(a, b Object) int {
		return cmp.Or(cmp.Compare(slices.Index(inv.Roots, a.Root), slices.Index(inv.Roots, b.Root)), cmp.Compare(a.Path, b.Path))
	})
	return all
}

// byPlatform groups the objects of an inventory by the loader that could run them:
// by kind, without the bits of e_flags that it does not look at, and C library.
func byPlatform(inv tree.Inventory) [][]tree.Object {
	type platform struct {
		kind arch.Kind
		libc ldso.Libc
	}
	return groupBy(inv.Objects, func(o tree.Object) platform {
		key := platform{o.ELF.Kind(), assumedLibc(o.ELF)}
		m, _ := arch.Of(key.kind)
		key.kind.Flags &= m.ABI
		return key
	})
}

// groupBy returns the items of each key, in the order in which the keys first come.
func groupBy[T any, K comparable](items []T, keyOf func(T) K) [][]T {
	var groups [][]T
	index := map[K]int{}
	for _, item := range items {
		key := keyOf(item)
		i, ok := index[key]
		if !ok {
			i = len(groups)
			index[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], item)
	}
	return groups
}

// bareLoader returns a loader for an object, without any directory of its own.
func bareLoader(o *elfobj.Object) ldso.Loader {
	m, _ := arch.Of(o.Kind())
	return ldso.Loader{Libc: assumedLibc(o), Lib: m.Lib, Platform: cmp.Or(m.Platform, m.Name)}
}

// assumedLibc returns the C library of an object, glibc where it names none.
func assumedLibc(o *elfobj.Object) ldso.Libc { return cmp.Or(libcOf(o), ldso.Glibc) }
