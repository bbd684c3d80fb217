package explain

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/symver"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// A Source is all that Build needs; [Gather] makes one.
type Source struct {
	Wheels     []Wheel // one for each root of the inventory; guesses refer to them by index
	Inventory  tree.Inventory
	Planned    []report.ObjectReport // what patching would write, where that was asked for
	Guesses    []Guess
	Libs       []string // directories that were named, searched in order
	PythonLibs []string // site-packages of Python dependencies
	Jobs       int      // objects planned for at once
}

// A builder fills in a model from the plan of the wheels as they are.
type builder struct {
	Source
	model  Model
	plan   []plan.Object
	byFile map[string]int // indices of objects by their real paths
	ext    map[externalKey]int
}

// An externalKey tells needs apart that one soname may stand for: a library
// that one wheel's tag promises may be an ordinary input of another.
type externalKey struct {
	soname string
	from   supply.Supplier
}

// Build makes the model. It reads nothing but Inventory.Files.
func Build(s Source) Model {
	planned := plan.AsFound(s.Inventory, plan.Options{Libs: s.Libs, PythonLibs: s.PythonLibs, Jobs: s.Jobs})
	b := &builder{Source: s, plan: planned.Objects, byFile: map[string]int{}, ext: map[externalKey]int{}}
	b.model.Wheels, b.model.Planned = s.Wheels, s.Planned
	for i := range b.plan {
		o := &b.plan[i]
		b.model.Objects = append(b.model.Objects, newObject(o, slices.Index(s.Inventory.Roots, o.Root)))
		b.byFile[b.real(o.File)] = i
	}
	for i := range b.plan {
		b.supplyNeeds(i)
	}
	b.finish()
	return b.model
}

// real is the file that a path leads to.
func (b *builder) real(path string) string {
	f, err := b.Inventory.Files.Open(path)
	if err != nil {
		return path
	}
	return f.Real
}

func newObject(o *plan.Object, wheel int) Object {
	out := Object{
		Wheel: wheel, Path: o.Path, File: o.File, Kind: o.Kind, Soname: o.ELF.Soname, Size: o.Size,
		Class: o.ELF.Kind().ClassName(), Machine: o.ELF.Kind().Name(), Interp: o.ELF.Interp,
	}
	out.Runpath, out.Rpath = o.ELF.SearchPath()
	var wanted []string
	for _, v := range o.ELF.Verneed {
		for _, version := range v.Versions {
			wanted = append(wanted, version.Name)
		}
	}
	out.Versions = highest(wanted)
	for _, d := range o.ELF.Dlopen {
		out.Dlopen = append(out.Dlopen, Dlopen{Sonames: d.Sonames, Feature: d.Feature, Priority: d.Priority})
	}
	return out
}

// highest keeps the highest of the versions that say which nixpkgs is needed.
func highest(symbols []string) []string {
	var out []string
	for _, prefix := range []string{"GLIBC", "GLIBCXX", "CXXABI"} {
		if v := symver.Highest(prefix, symbols); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// supplyNeeds finds the supplier of every need of one object.
func (b *builder) supplyNeeds(i int) {
	obj := &b.model.Objects[i]
	for _, n := range b.plan[i].Needs {
		need := b.supply(i, n)
		if need.Object >= 0 {
			other := &b.model.Objects[need.Object]
			if !slices.Contains(other.NeededBy, i) {
				other.NeededBy = append(other.NeededBy, i)
			}
		} else {
			need.External = b.external(i, need)
		}
		obj.Needs = append(obj.Needs, need)
	}
	for j := range obj.Dlopen {
		obj.Dlopen[j].From = b.bestSupplier(i, obj.Dlopen[j].Sonames, b.plan[i].Opens[j])
	}
}

// how words the way the loader takes, by the entry of the RUNPATH as it is
// written.
func (o *Object) how(n ldso.Need) string {
	if n.Loaded {
		return "loaded before"
	}
	if n.Via != ldso.Runpath && n.Via != ldso.Rpath {
		return string(n.Via)
	}
	origin := filepath.Dir(o.File)
	for _, entry := range o.Runpath {
		dir := strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin).Replace(entry)
		if filepath.Clean(dir) == filepath.Dir(n.Path) {
			return strings.ToUpper(string(n.Via)) + " " + entry
		}
	}
	return "inherited " + strings.ToUpper(string(n.Via))
}
