package plan

// This file decides what stays in an object's own search path, what must go
// from it, and how a directory is written into it.

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// filterRunpath splits the search path of an object into what stays, in its order, and
// what must go because it leads to a place that is not there, or is somebody
// else's, on the machine that runs the package.
func (p *planner) filterRunpath(entries []string) (kept, impure []string) {
	for _, e := range entries {
		switch {
		case slices.Contains(kept, e):
		case !p.pure(e):
			impure = append(impure, e)
		case p.isLibcDir(e) && !p.options.KeepLibc:
		default:
			kept = append(kept, e)
		}
	}
	return kept, impure
}

// pure tells whether an entry may stay: $ORIGIN always; an absolute directory
// in the store, in an output, or that the user named.
func (p *planner) pure(entry string) bool {
	if strings.HasPrefix(entry, "$ORIGIN") || strings.HasPrefix(entry, "${ORIGIN}") {
		return true
	}
	if !filepath.IsAbs(entry) {
		return false // empty and relative entries mean the current directory
	}
	dir := filepath.Clean(entry)
	if tree.Within(p.options.StoreDir, dir) || p.own(dir) || dir == providers.DriverDir {
		return true
	}
	named := slices.Concat(p.options.Libs, p.options.PythonLibs, p.options.RuntimeDependencies, p.options.AppendRpaths)
	return slices.ContainsFunc(named, func(d string) bool { return tree.Within(d, dir) })
}

// isLibcDir tells whether dir is where the loader finds its C library anyway.
func (p *planner) isLibcDir(dir string) bool {
	dir = filepath.Clean(dir)
	return dir == p.libcDir || slices.Contains(p.loader.DefaultDirs, dir)
}

// entryFor writes the directory of a library into the search path of the
// object at from. Inside one output it is relative to $ORIGIN, which keeps
// working where the output is linked into an environment or moved; across
// outputs only the absolute path does, since the kernel resolves ".." behind a
// link.
func (p *planner) entryFor(from string, c Candidate) string {
	dir := filepath.Dir(c.Path)
	if !c.Own || p.inventory.Roots.Of(from) != p.inventory.Roots.Of(c.Path) || p.options.Layout == Flat {
		return dir
	}
	rel, err := filepath.Rel(filepath.Dir(from), dir)
	switch {
	case err != nil:
		return dir
	case rel == ".":
		return "$ORIGIN"
	default:
		return "$ORIGIN/" + rel
	}
}
