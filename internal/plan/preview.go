package plan

import (
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// Preview plans as Make does, for the machine that will run the objects: of this
// machine's default directories only the C library counts. The plan is empty if
// this machine has no loader for the objects.
func Preview(inv tree.Inventory, o Options, t TargetOptions) Plan {
	target, err := FindTarget(inv, t)
	if err != nil || target.object == nil {
		return Plan{}
	}
	if t.Interpreter == "" {
		target.loader.Cache, target.loader.CacheFile = nil, ""
		inv.Files = libcOnly{inv.Files, target.loader.DefaultDirs}
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
