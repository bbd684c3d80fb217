package plan

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// resolve fills in Needs, Opens, Kind and Closure of every object, as the loader
// will find them once the plan is applied: this is what the report says and what
// the loader must confirm. It returns for each object what its closure lacks, and
// the lookups of its closure.
func (p *planner) resolve(objects []Object) (unmet []unmetNeeds, searches [][]uint64) {
	searches = make([][]uint64, len(objects))
	unmet = make([]unmetNeeds, len(objects))
	p.each(len(objects), func(i int) {
		closure, err := p.loader.Load(p.files, p.at(objects[i].File))
		if err != nil {
			unmet[i].failed = err
			return
		}
		unmet[i] = p.judge(&objects[i], closure)
		searches[i] = p.dirs.searches(closure)
	})
	p.setKinds(objects)
	return unmet, searches
}

// unmetNeeds is what the closure of one object lacks.
type unmetNeeds struct {
	failed   error
	needs    []unmetNeed
	versions []ldso.MissingVersion
}

// An unmetNeed is a library that some object of a closure asks for in vain.
type unmetNeed struct {
	path   string // the object that asks, absolute
	soname string
	places []ldso.Place
}

// judge fills in the needs, Opens and closure of one object, and returns what the
// closure lacks.
func (p *planner) judge(po *Object, closure ldso.Closure) unmetNeeds {
	var u unmetNeeds
	complete := true
	for i, loaded := range closure {
		for _, need := range loaded.Needs {
			pn := Need{Need: need, Status: Found}
			switch {
			case need.Found:
			case providers.IsDriver(need.Soname) && p.searchesDriver(loaded):
				pn.Found, pn.Via, pn.Path = true, ldso.Driver, filepath.Join(providers.DriverDir, need.Soname)
				complete = false // it exists at run time only
			default:
				pn.Status, complete = Missing, false
				if i == 0 && p.asIs {
					pn.Unreached = p.unreached(&po.Object, need.Soname)
				}
				// Another object of the outputs is judged as a root of its own.
				if i == 0 || !p.own(loaded.Path) {
					u.needs = append(u.needs, unmetNeed{loaded.Path, need.Soname, need.Searched})
				}
			}
			if i == 0 {
				po.Needs = append(po.Needs, pn)
			}
		}
	}
	if p.asIs {
		po.Opens = p.opens(&po.Object)
	}
	if complete {
		po.Closure = p.realPaths(closure[1:])
	}
	u.versions = ldso.CheckVersions(closure)
	return u
}

// unreached returns the file that patching would lead to, or nil.
func (p *planner) unreached(o *tree.Object, soname string) *Candidate {
	if c := p.candidates(o, soname); len(c) > 0 && !strings.Contains(soname, "/") {
		return &c[0]
	}
	return nil
}

// opens returns for each .note.dlopen a file of the outputs that it names, or nil.
func (p *planner) opens(o *tree.Object) []*Candidate {
	var out []*Candidate
	for _, d := range o.ELF.Dlopen {
		var own *Candidate
		for _, soname := range d.Sonames {
			if c := p.unreached(o, soname); own == nil && c != nil && c.Own {
				own = c
			}
		}
		out = append(out, own)
	}
	return out
}

// searchesDriver reports whether an object searches the driver's directory. A
// library of an input counts as if it did: its own package takes care of that.
func (p *planner) searchesDriver(l ldso.Loaded) bool {
	path, _ := l.Object.SearchPath()
	return slices.Contains(path, providers.DriverDir) || !p.own(l.Path)
}

// realPaths returns the real paths of loaded objects, sorted, without the
// interpreter.
func (p *planner) realPaths(loaded ldso.Closure) []string {
	interpreter, _ := p.files.Open(p.loader.Interpreter)
	out := []string{}
	for _, l := range loaded {
		if l.Real != interpreter.Real {
			out = append(out, l.Real)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
