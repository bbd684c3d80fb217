package fixup

// This file plans for a wheel that is only looked at, from the side of the
// machine that will run it: what this machine has in its own /usr/lib does not
// count, only its C library does.

import (
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// Preview gives the objects of an inventory as patching would leave them. It
// asks no loader. Objects that no loader of this machine takes have no needs
// resolved.
func Preview(inv Inventory, o Options) []ObjectReport {
	given := o.Interpreter != ""
	loader, target, err := FindLoader(inv, &o)
	if err != nil || target == nil {
		return objectReports(inv, Plan{})
	}
	if !given {
		loader.Cache, loader.CacheFile = nil, ""
		inv.Files = libcOnly{inv.Files, loader.DefaultDirs}
	}
	return objectReports(inv, MakePlan(inv, loader, target, o))
}

// libcOnly hides all but the C library in the default directories.
type libcOnly struct {
	ldso.Files
	dirs []string
}

// Open implements ldso.Files.
func (f libcOnly) Open(path string) (ldso.File, error) {
	dir, name := filepath.Split(filepath.Clean(path))
	if slices.Contains(f.dirs, filepath.Clean(dir)) && !isLibcName(name) {
		return ldso.File{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return f.Files.Open(path)
}
