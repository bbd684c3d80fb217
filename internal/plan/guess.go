package plan

import (
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// LikelyEdited guesses, before there is a plan, whether an object of a tree whose libraries
// have these names will be edited: it says that it searches outside of the store, or it needs
// a library that is not in the tree. No more hangs on that than what is read when (see
// tree.Options): an object that is edited is not worth hashing as it was.
func (o Options) LikelyEdited(object *tree.Object, names map[string][]string) bool {
	e := object.ELF
	if !e.Dynamic || o.Layout == Links || o.Layout == Auto && object.Size > maxEdit {
		return false
	}
	dirs := slices.Concat(e.Rpath, e.Runpath)
	if i := slices.IndexFunc(dirs, filepath.IsAbs); i >= 0 {
		return !o.isPure(filepath.Clean(dirs[i])) // else it was edited by an earlier run
	}
	return slices.ContainsFunc(e.Needed, func(name string) bool { return names[name] == nil && !providers.IsLibc(name) })
}
