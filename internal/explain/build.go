package explain

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/symver"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// A Source is what was read of wheels and trees. [Gather] makes it, [Build] takes it.
type Source struct {
	wheels     []wheelInfo // one for each root of the inventory
	inventory  tree.Inventory
	planned    []report.ObjectReport // what patching would write, where that was asked for
	guesses    []guess
	problems   []problem.Problem // of extension modules
	libs       []string          // directories that were named, searched in order
	pythonLibs []string          // site-packages of Python dependencies
	extras     []string          // whose dependencies are meant too
	jobs       int               // objects planned for at once
}

// A builder fills in a model.
type builder struct {
	Source
	model   Model
	objects []plan.Object
	byFile  map[string]int      // indices of objects by their real paths
	ext     map[externalKey]int // indices of Model.external
}

// An externalKey identifies a library from outside. One soname may stand for two: a
// library that the tag of one wheel promises may be an ordinary input of another.
type externalKey struct {
	soname string
	from   supply.Supplier
}

// Build returns the model of what was read.
func Build(s Source) Model {
	planned := plan.AsFound(s.inventory, plan.Options{Libs: s.libs, PythonLibs: s.pythonLibs, Jobs: s.jobs})
	b := &builder{Source: s, objects: planned.Objects, byFile: map[string]int{}, ext: map[externalKey]int{}}
	b.model.extras = s.extras
	b.model.wheels, b.model.planned, b.model.problems = s.wheels, s.planned, append(atMostWarnings(planned.Problems), s.problems...)
	for i := range b.objects {
		o := &b.objects[i]
		b.model.objects = append(b.model.objects, newObject(o, slices.Index(s.inventory.Roots, o.Root)))
		b.byFile[b.real(o.File)] = i
	}
	for i := range b.objects {
		b.supplyNeeds(i)
	}
	b.finish()
	return b.model
}

// atMostWarnings returns problems as a view has them, which judges nothing.
func atMostWarnings(problems []problem.Problem) []problem.Problem {
	out := slices.Clone(problems)
	for i := range out {
		out[i].Severity = min(out[i].Severity, problem.Warning)
	}
	return out
}

// real returns the real path of a file.
func (b *builder) real(path string) string {
	f, err := b.inventory.Files.Open(path)
	if err != nil {
		return path
	}
	return f.Real
}

func newObject(o *plan.Object, wheel int) objectInfo {
	out := objectInfo{
		Wheel: wheel, Path: o.Path, File: o.File, Kind: o.Kind, Soname: o.ELF.Soname,
		Class: o.ELF.Kind().ClassName(), Machine: o.ELF.Kind().Name(), Interp: o.ELF.Interp,
		BuildID: o.ELF.BuildID, SHA256: o.Sum.Hex(),
	}
	out.Runpath, out.Rpath = o.ELF.SearchPath()
	return out
}

// highest returns the highest GLIBC, GLIBCXX and CXXABI of symbol versions: these
// say which nixpkgs is needed.
func highest(symbols []string) []string {
	var out []string
	for _, prefix := range []string{"GLIBC", "GLIBCXX", "CXXABI"} {
		if v := symver.Highest(prefix, symbols); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// supplyNeeds fills in who supplies what object i needs, and what it opens by name.
func (b *builder) supplyNeeds(i int) {
	obj := &b.model.objects[i]
	for _, n := range b.objects[i].Needs {
		need := b.supply(i, n)
		if need.Object >= 0 {
			other := &b.model.objects[need.Object]
			if !slices.Contains(other.NeededBy, i) {
				other.NeededBy = append(other.NeededBy, i)
			}
		} else {
			need.External = b.external(i, need)
		}
		obj.Needs = append(obj.Needs, need)
	}
	b.addOpened(i)
}

// how returns in words how the loader finds a library: by which entry of the
// object's RUNPATH, as it is written there, by whose RPATH, or how else.
func (o *objectInfo) how(n ldso.Need) string {
	tag := strings.ToUpper(string(n.Via))
	switch {
	case n.Owner != "" && filepath.Base(n.Owner) != filepath.Base(o.File) && !n.Loaded:
		return tag + " of " + filepath.Base(n.Owner)
	case n.Loaded && n.Via == ldso.Rpath:
		return "loaded before, RPATH of " + filepath.Base(n.Owner)
	case n.Loaded:
		return "loaded before"
	case n.Via != ldso.Runpath && n.Via != ldso.Rpath:
		return string(n.Via)
	}
	for _, entry := range o.Runpath {
		dir, ok := ldso.Loader{}.Expand(entry, o.File)
		if ok && filepath.Clean(dir) == filepath.Dir(n.Path) {
			return tag + " " + entry
		}
	}
	return tag
}
