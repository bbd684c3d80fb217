package plan

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// An Opening is what the loader is asked of libraries that objects open by name: a program
// that has the search path of the objects and needs the names, since dlopen(3) searches as
// for a DT_NEEDED of the object that calls it.
type Opening struct {
	Objects []string // that have this search path, as problems show them
	Names   []string // sorted
	Dirs    []string // the search path, absolute, $ORIGIN replaced
	Rpath   bool     // it is a DT_RPATH, which what is loaded inherits
	Closure []string // what is mapped, as Object.Closure has it

	// Alone is the same for each name by itself: together one may stand in another's way.
	Alone [][]string
}

// openings returns what the loader is to be asked, one question for all objects of one
// search path: what their own path leads to.
func (p *planner) openings(objects []Object) []Opening {
	if p.loader.Libc == ldso.Musl || p.loader.Interpreter == "" {
		return nil
	}
	var out []Opening
	index := map[string]int{}
	var like *elfobj.Object
	for i := range objects {
		po := &objects[i]
		var names []string
		for _, open := range po.Opens {
			if open.Status == Found && !open.Loaded && (open.Via == ldso.Rpath || open.Via == ldso.Runpath) {
				names = append(names, open.Soname)
			}
		}
		if names == nil || po.Root.Archive {
			continue
		}
		dirs, rpath, ok := p.expandedPath(p.at(po.File))
		if !ok {
			continue
		}
		key := strings.Join(dirs, "\x00")
		if rpath {
			key = "\x00" + key
		}
		at, known := index[key]
		if !known {
			at = len(out)
			index[key] = at
			out = append(out, Opening{Dirs: dirs, Rpath: rpath})
		}
		out[at].Objects = append(out[at].Objects, po.Path)
		out[at].Names, like = append(out[at].Names, names...), po.ELF
	}
	for i := range out {
		o := &out[i]
		load := func(names ...string) ldso.Closure {
			return p.loader.LoadNames(p.files, like, names, o.Dirs, o.Rpath)[1:]
		}
		slices.Sort(o.Names)
		o.Names = slices.DeleteFunc(slices.Compact(o.Names), func(name string) bool {
			alone := load(name)
			if !loads(alone) {
				return true
			}
			o.Alone = append(o.Alone, p.realPaths(alone))
			return false
		})
		o.Closure = p.realPaths(load(o.Names...))
	}
	return slices.DeleteFunc(out, func(o Opening) bool { return len(o.Names) == 0 })
}

// loads reports whether the loader maps these libraries at all: it refuses what lacks
// another one, be it that only the driver has that, or that a pattern lets it be missing.
func loads(c ldso.Closure) bool {
	return !slices.ContainsFunc(c, ldso.Loaded.Lacks)
}

// expandedPath returns the directories of the search path of the object at a path, and
// whether it is a DT_RPATH. It is false where the path has none, or some for which the
// loader cannot be asked.
func (p *planner) expandedPath(path string) (dirs []string, rpath, ok bool) {
	f, err := p.files.Open(path)
	if err != nil {
		return nil, false, false
	}
	entries, rpath := f.Object.SearchPath()
	for _, entry := range entries {
		if dir, known := p.loader.Expand(entry, path); known && filepath.IsAbs(dir) && !strings.Contains(dir, ":") {
			dirs = append(dirs, dir)
		}
	}
	return dirs, rpath, len(dirs) > 0
}
