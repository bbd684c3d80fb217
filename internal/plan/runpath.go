package plan

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// filterRunpath returns the entries of a RUNPATH that stay, in their order, and those
// that are impure: on the machine that runs the package they lead to a place that
// does not exist or belongs to somebody else. Entries that are there twice, or
// only lead to the C library, are in neither.
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

// pure reports whether an entry may stay: one with $ORIGIN; an absolute directory in
// the store, in an output or of the driver, or one that the packager named.
func (p *planner) pure(entry string) bool {
	if strings.HasPrefix(entry, "$ORIGIN") || strings.HasPrefix(entry, "${ORIGIN}") {
		return true
	}
	if !filepath.IsAbs(entry) {
		return false // empty and relative entries mean the current directory
	}
	dir := filepath.Clean(entry)
	return p.own(dir) || p.options.isPure(dir)
}

// isPure reports whether a clean absolute directory outside of the outputs may stay.
func (o Options) isPure(dir string) bool {
	if tree.Within(o.StoreDir, dir) || dir == providers.DriverDir {
		return true
	}
	named := slices.Concat(o.Libs, o.PythonLibs, o.RuntimeDependencies, o.AppendRpaths)
	return slices.ContainsFunc(named, func(d string) bool { return tree.Within(d, dir) }) ||
		slices.ContainsFunc(o.PythonLibs, func(d string) bool { return DataLib(d) == dir })
}

// DataLib returns the folder in which the data scheme of a wheel puts libraries (tbb,
// mkl): lib of the prefix that has the site-packages.
func DataLib(sitePackages string) string { return filepath.Join(sitePackages, "..", "..") }

// isLibcDir reports whether dir is where the loader finds its C library anyway.
func (p *planner) isLibcDir(dir string) bool {
	dir = filepath.Clean(dir)
	return dir == p.libcDir || slices.Contains(p.loader.DefaultDirs, dir)
}

// entryFor returns the RUNPATH entry by which the object at from finds a library.
// Inside one output it is relative to $ORIGIN: that still works if the output is
// moved or linked into an environment. Across outputs it is absolute: the kernel
// resolves ".." behind a link.
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
