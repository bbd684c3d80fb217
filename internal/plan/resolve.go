package plan

import (
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// A resolver finds out where the objects' libraries come from once the plan is
// applied. What must work is what Python, the kernel or a user starts: extension
// modules, programs, and what no other object leads to. These are the roots. Any
// other object is judged where they lead to it: by the path it is found by there, and
// with the RPATHs that it inherits.
type resolver struct {
	*planner
	objects []Object
	index   map[string]int // real path of an object to its place among the objects
	naming  naming
	loads   *ldso.Loads

	// What follows has an item for each object.
	unmet    []unmetNeeds // what the closure of a root lacks
	searches [][]uint64   // the lookups of an object that has a Closure

	mu    sync.Mutex
	from  [][]int             // the root that each of Object.Needs was taken from
	last  []int               // the last of these roots
	needs map[string][]string // real path of what is mapped to those of its needs
	lacks map[string]bool     // real paths of what lacks a library in some closure

	first []int // of each object the first root that leads to it, -1 where none does
}

// resolve fills in Needs, Opens, Kind, Closure and Covered of every object, as the
// loader will find them once the plan is applied: this is what the report says and
// what the loader must confirm. It returns for each object what its closure lacks,
// if it is a root, and the lookups of its closure.
func (p *planner) resolve(objects []Object) (unmet []unmetNeeds, searches [][]uint64) {
	r := resolver{
		planner: p, objects: objects, index: make(map[string]int, len(objects)),
		unmet: make([]unmetNeeds, len(objects)), searches: make([][]uint64, len(objects)),
		loads: p.loader.Loads(p.files), from: make([][]int, len(objects)), last: make([]int, len(objects)),
		needs: map[string][]string{}, lacks: map[string]bool{}, first: slices.Repeat([]int{-1}, len(objects)),
	}
	for i := range objects {
		r.index[p.real(objects[i].File)] = i
		objects[i].Needs, objects[i].Closure, objects[i].Covered = nil, nil, false
	}
	r.naming = p.newNaming(objects, r.index)
	p.each(len(objects), func(i int) { objects[i].Opens = p.openAlone(&objects[i].Object) })

	pending := make([]bool, len(objects))
	for i := range pending {
		pending[i] = true
	}
	r.naming.cover(pending, func(i int) bool { return isStarted(&objects[i]) }, p.each, r.judge)
	if p.loader.Interpreter != "" {
		r.confirmable(pending)
	}
	r.openInClosures()
	p.each(len(objects), func(i int) { r.complete(&objects[i]) })
	p.setKinds(objects)
	return r.unmet, r.searches
}

// unmetNeeds is what the closure of one root lacks.
type unmetNeeds struct {
	failed   error
	needs    []unmetNeed
	versions []ldso.MissingVersion
}

// An unmetNeed is a library that some object of a closure asks for in vain.
type unmetNeed struct {
	path   string // the object that asks, absolute
	object int    // the same, -1 where it is none of the outputs
	soname string
	places []ldso.Place
}

// judge fills in what the closure of one root says, and returns the objects in it.
func (r *resolver) judge(root int) []int {
	closure, err := r.loads.Load(r.at(r.objects[root].File))
	if err != nil {
		r.unmet[root].failed = err
		return nil
	}
	u := unmetNeeds{versions: ldso.CheckVersions(closure)}
	ends := map[string]bool{} // objects at which the loader ends with an assertion
	for _, v := range u.versions {
		if v.Library == "" {
			ends[v.Object] = true
		}
	}
	var reached []int
	whole := true
	needs := []Need{}
	for _, loaded := range closure {
		object := -1
		if i, ok := r.index[loaded.Real]; ok {
			object, reached = i, append(reached, i)
		}
		complete := !ends[loaded.Path]
		if complete && !loaded.Lacks() && r.isSettled(root, object, loaded.Real) {
			continue
		}
		needs = needs[:0]
		for _, need := range loaded.Needs() {
			met := r.met(loaded, need)
			needs = append(needs, met)
			complete = complete && met.Found && met.Via != ldso.Driver
			if met.Status == Missing {
				u.needs = append(u.needs, unmetNeed{loaded.Path, object, need.Soname, need.Searched})
			}
		}
		r.note(root, object, loaded.Real, needs, complete)
		whole = whole && complete
	}
	r.unmet[root] = u
	if whole {
		r.confirm(root, closure)
	}
	return reached
}

// met returns a need with its status. The driver's libraries exist at run time only. What
// a link in the outputs leads to that lies outside is found by that link.
func (p *planner) met(loaded ldso.Loaded, need ldso.Need) Need {
	n := Need{Need: need, Status: Found}
	switch {
	case need.Found:
		if !p.own(need.Real) && p.own(filepath.Clean(need.Path)) {
			n.Via = ldso.Link
		}
	case providers.IsDriver(need.Soname) && p.searchesDriver(loaded, need):
		n.Found, n.Via, n.Path = true, ldso.Driver, filepath.Join(providers.DriverDir, need.Soname)
	default:
		n.Status = Missing
	}
	return n
}

// isSettled reports whether note would change nothing for an object that lacks nothing in
// the closure of a root.
func (r *resolver) isSettled(root, object int, real string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if object < 0 {
		return r.needs[real] != nil
	}
	return r.from[object] != nil && r.last[object] <= root
}

// note takes down the needs of an object as they are met in the closure of a root.
// Where closures differ, a library that one lacks counts as missing, and else the
// first root. It keeps no part of needs.
func (r *resolver) note(root, object int, real string, needs []Need, complete bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !complete {
		r.lacks[real] = true
	}
	if _, known := r.needs[real]; !known {
		list := make([]string, 0, len(needs))
		for _, n := range needs {
			list = append(list, n.Real)
		}
		r.needs[real] = list
	}
	if object < 0 {
		return
	}
	if r.first[object] < 0 || root < r.first[object] {
		r.first[object] = root
	}
	po, from := &r.objects[object], &r.from[object]
	if *from == nil {
		po.Needs, *from, r.last[object] = slices.Clone(needs), slices.Repeat([]int{root}, len(needs)), root
		return
	}
	// An auxiliary filter that is found in one closure only makes another list.
	for k := range min(len(needs), len(po.Needs)) {
		old := po.Needs[k].Status == Missing
		lost := needs[k].Status == Missing
		if lost && !old || lost == old && root < (*from)[k] {
			po.Needs[k], (*from)[k] = needs[k], root
		}
	}
	for k, root := range *from {
		if k == 0 || root > r.last[object] {
			r.last[object] = root
		}
	}
}

// confirm sets the closure of an object, which the loader can then be asked about.
func (r *resolver) confirm(i int, closure ldso.Closure) {
	r.objects[i].Closure = r.realPaths(closure[1:])
	r.searches[i] = r.dirs.searches(closure)
}

// confirmable sets the closures of further objects, so that the loader is asked about
// every object that lacks nothing: those that only roots lead to that lack something.
func (r *resolver) confirmable(pending []bool) {
	covered := func(i int) {
		for _, real := range r.objects[i].Closure {
			if j, ok := r.index[real]; ok && j != i {
				r.objects[j].Covered = true
			}
		}
	}
	for i := range r.objects {
		if !r.objects[i].ELF.LoadsAuditModules() { // the loader is not asked about these
			covered(i)
		}
	}
	lacking := r.lacking()
	for i := range r.objects {
		o := &r.objects[i]
		pending[i] = o.Closure == nil && !o.Covered && !lacking[r.real(o.File)]
	}
	r.naming.cover(pending, func(int) bool { return false }, r.each, func(i int) []int {
		closure, err := r.loads.Load(r.at(r.objects[i].File))
		if err != nil {
			return nil
		}
		var reached []int
		for _, loaded := range closure {
			if loaded.Lacks() {
				return nil // it is loaded by others, and finds this through them
			}
			if j, ok := r.index[loaded.Real]; ok && j != i {
				reached = append(reached, j)
			}
		}
		r.confirm(i, closure)
		return reached
	})
	for i := range r.objects {
		if r.objects[i].Closure != nil && !r.objects[i].ELF.LoadsAuditModules() {
			covered(i)
		}
	}
}

// lacking returns the real paths of all that lacks a library, or leads to something
// that does.
func (r *resolver) lacking() map[string]bool {
	if len(r.lacks) == 0 {
		return nil
	}
	needers := map[string][]string{}
	for real, needs := range r.needs {
		for _, need := range needs {
			needers[need] = append(needers[need], real)
		}
	}
	out := make(map[string]bool, len(r.lacks))
	var queue []string
	for real := range r.lacks {
		out[real] = true
		queue = append(queue, real)
	}
	for len(queue) > 0 {
		real := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, needer := range needers[real] {
			if !out[needer] {
				out[needer] = true
				queue = append(queue, needer)
			}
		}
	}
	return out
}

// complete fills in what an object says by itself: what would serve it, and what it
// opens.
func (r *resolver) complete(po *Object) {
	r.completeOpens(po)
	if !r.asIs {
		return
	}
	for k := range po.Needs {
		if po.Needs[k].Status == Missing {
			po.Needs[k].Unreached = r.unreached(&po.Object, po.Needs[k].Soname)
		}
	}
}

// unreached returns the file that patching would lead to, or nil.
func (p *planner) unreached(o *tree.Object, soname string) *Candidate {
	if c := p.candidates(o, soname); len(c) > 0 && !strings.Contains(soname, "/") {
		return &c[0]
	}
	return nil
}

// searchesDriver reports whether the search for a library went to the driver's
// directory. That of a library of an input counts as if it did: its own package
// takes care of it.
func (p *planner) searchesDriver(l ldso.Loaded, need ldso.Need) bool {
	return !p.own(l.Path) || p.driverLink(need) != "" || slices.ContainsFunc(need.Searched, func(place ldso.Place) bool {
		return place.Dir == providers.DriverDir
	})
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
