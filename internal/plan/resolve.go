package plan

// This file asks the search of package ldso what becomes of every need once
// the plan is applied. It is the truth that the report tells and that the
// loader must confirm.

import (
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// resolve fills in Needs and Closure of every object and gives what is wrong
// with them.
func (p *planner) resolve(plan *Plan) []problem.Problem {
	objects := plan.Objects
	searches := make([][]uint64, len(objects))
	unmet := make([]unmetNeeds, len(objects))
	index := make(map[string]int, len(objects))
	for i := range objects {
		index[objects[i].File] = i
	}
	p.each(objects, func(po *Object) {
		i := index[po.File]
		closure, err := p.loader.Load(p.files, p.at(po.File))
		if err != nil {
			unmet[i].failed = err
			return
		}
		unmet[i] = p.judge(po, closure)
		searches[i] = p.dirs.searches(closure)
	})
	p.batch(plan, searches)
	return p.unmetProblems(objects, unmet)
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

// judge fills in the needs of one object from its closure.
func (p *planner) judge(po *Object, closure ldso.Closure) unmetNeeds {
	var u unmetNeeds
	complete := true
	for i, loaded := range closure {
		for _, need := range loaded.Needs {
			pn := Need{Need: need, Status: Found}
			switch {
			case need.Found:
			case isDriverName(need.Soname) && p.searchesDriver(loaded):
				pn.Found, pn.Via, pn.Path = true, ldso.Driver, filepath.Join(DriverDir, need.Soname)
				complete = false // it exists at run time only
			default:
				pn.Status, complete = Missing, false
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
	if complete {
		po.Closure = p.realPaths(closure[1:])
	}
	u.versions = ldso.CheckVersions(closure)
	return u
}

// searchesDriver tells whether the object looks into the driver's directory,
// or is a library of the store, whose own maker has seen to it.
func (p *planner) searchesDriver(l ldso.Loaded) bool {
	path, _ := SearchPath(l.Object)
	return slices.Contains(path, DriverDir) || !p.own(l.Path)
}

// realPaths lists the files of loaded objects but for the interpreter, sorted.
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
