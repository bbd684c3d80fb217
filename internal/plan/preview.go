package plan

// This file plans for a wheel that is only looked at, from the side of the
// machine that will run it: what this machine has in its own /usr/lib does not
// count, only its C library does.

import (
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// Preview plans for the objects of an inventory as MakePlan does. It asks no
// loader. The plan is empty where no loader of this machine takes any of them.
func Preview(inv tree.Inventory, o Options, t TargetOptions) Plan {
	target, err := FindTarget(inv, t)
	if err != nil || target.Object == nil {
		return Plan{}
	}
	if t.Interpreter == "" {
		target.Loader.Cache, target.Loader.CacheFile = nil, ""
		inv.Files = libcOnly{inv.Files, target.Loader.DefaultDirs}
	}
	return Make(inv, target, o)
}

// libcOnly hides all but the C library in the default directories.
type libcOnly struct {
	ldso.Files
	dirs []string
}

// Open implements ldso.Files.
func (f libcOnly) Open(path string) (ldso.File, error) {
	dir, name := filepath.Split(filepath.Clean(path))
	if slices.Contains(f.dirs, filepath.Clean(dir)) && !providers.IsLibc(name) {
		return ldso.File{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return f.Files.Open(path)
}
