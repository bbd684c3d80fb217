package plan

import (
	"maps"
	"path"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
)

// A bundledLibc is a library of the C library that lies in the outputs, and that objects
// get in the place of the loader's.
type bundledLibc struct {
	theirs  string   // that of the loader
	out     string   // its path in $out; "" where it lies in no such output
	objects []string // that need it, as problems show them
	program bool     // one of them is a program
}

// bundledLibcs returns a problem for each such library. Where the loader itself is one
// of the outputs, they belong together.
func (p *planner) bundledLibcs(objects []Object) []problem.Problem {
	if p.own(p.loader.Interpreter) {
		return nil
	}
	found := map[string]*bundledLibc{} // by path
	for _, o := range objects {
		for _, n := range o.Needs {
			if n.Status != Found || !providers.IsLibc(path.Base(n.Soname)) || !p.own(n.Path) {
				continue
			}
			bare := p.loader.Find(p.files, o.ELF.WithSearchPath(nil, false), o.File, path.Base(n.Soname))
			if !bare.Found || bare.Via != ldso.Default || bare.Real == n.Real {
				continue // the loader has none
			}
			if found[n.Path] == nil {
				found[n.Path] = &bundledLibc{theirs: bare.Path}
				if root, rel := p.inventory.Roots.Locate(path.Clean(n.Path)); root == p.inventory.Roots[0] && !root.Archive {
					found[n.Path].out = rel
				}
			}
			b := found[n.Path]
			b.objects = append(b.objects, o.Path)
			b.program = b.program || o.Kind == Program
		}
	}
	var out []problem.Problem
	for _, file := range slices.Sorted(maps.Keys(found)) {
		out = append(out, bundledLibcProblem(p.display(file), *found[file]))
	}
	return out
}
