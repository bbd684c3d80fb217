package plan

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// A Batch is one probe of the loader: a program with a DT_NEEDED for each of many
// libraries. Starting ld.so takes about 1 ms, so libraries are checked in batches.
//
// An object is covered by a batch if ld.so mapped it there and every library
// lookup of its own closure (same directories, same result) also happened in some
// batch. An already loaded library satisfies later lookups by soname, so this must
// be checked.
type Batch struct {
	Paths   []string // what the probe needs, absolute, in the order of Plan.Objects
	Closure []string // what else is mapped, as Object.Closure has it
}

// maxBatch is how many libraries one probe needs at most: the loader, and package
// ldso, compare each name with those of all that is mapped.
const maxBatch = 400

// A library is an object that a probe can need.
type library struct {
	*Object
	path, real string   // after the moves
	searches   []uint64 // the lookups of its closure
}

// batch fills in the batches of the plan, and which of its objects they cover. It
// takes the lookups of each object's closure.
func (p *planner) batch(plan *Plan, searches [][]uint64) {
	// musl knows an object by its name only where it searched for that name.
	if p.loader.Libc == ldso.Musl {
		return
	}
	made, mapped := map[uint64]bool{}, map[string]bool{}
	left := p.libraries(plan.Objects, searches)
	for len(left) > 0 {
		var batches []Batch
		for _, paths := range p.bySearchPath(left) {
			closure := p.loader.LoadAll(p.files, plan.Objects[0].ELF, paths)
			batches = append(batches, p.newBatch(paths, closure))
			for _, loaded := range closure {
				mapped[loaded.Real] = true
			}
			for _, search := range p.dirs.searches(closure) {
				made[search] = true
			}
		}
		var covered, rest []library
		for _, l := range left {
			if mapped[l.real] && !slices.ContainsFunc(l.searches, func(s uint64) bool { return !made[s] }) {
				covered = append(covered, l)
			} else {
				rest = append(rest, l)
			}
		}
		if len(covered) < len(batches) {
			return // checking what is left alone takes fewer probes
		}
		for _, l := range covered {
			l.Batched = true
		}
		plan.Batches = append(plan.Batches, batches...)
		left = rest
	}
}

// libraries returns the objects that a probe can need: libraries of trees whose
// closure is known.
func (p *planner) libraries(objects []Object, searches [][]uint64) []library {
	var list []library
	for i := range objects {
		po := &objects[i]
		path := p.at(po.File)
		f, err := p.files.Open(path)
		if err != nil || po.Closure == nil || !po.ELF.Dynamic || po.ELF.IsProgram() || po.Root.Archive {
			continue
		}
		list = append(list, library{po, path, f.Real, searches[i]})
	}
	return list
}

// newBatch returns the batch of a probe that needs the paths and has the closure.
func (p *planner) newBatch(paths []string, closure ldso.Closure) Batch {
	needed := map[string]bool{}
	for _, need := range closure[0].Needs() {
		needed[need.Real] = true
	}
	others := slices.DeleteFunc(p.realPaths(closure[1:]), func(real string) bool { return needed[real] })
	return Batch{Paths: paths, Closure: others}
}

// bySearchPath returns lists of the paths of libraries: those of one search path in
// one list, up to maxBatch. A library in the closure of another in its group is
// left out: a probe that needs that one maps this one too.
func (p *planner) bySearchPath(libraries []library) [][]string {
	var lists [][]string
	for _, group := range groupBy(libraries, func(l library) string { return p.searchKey(l.path) }) {
		needed := map[string]bool{}
		for _, l := range group {
			if needed[l.real] {
				continue // its closure is in the other's; two may be in each other's
			}
			for _, real := range l.Closure {
				needed[real] = needed[real] || real != l.real
			}
		}
		var paths []string
		for _, l := range group {
			if !needed[l.real] {
				paths = append(paths, l.path)
			}
		}
		lists = slices.AppendSeq(lists, slices.Chunk(paths, maxBatch))
	}
	return lists
}

// searchKey returns the search path of the object at path. Objects of one search
// path have one key, however the path is written.
func (p *planner) searchKey(path string) string {
	f, err := p.files.Open(path)
	if err != nil {
		return ""
	}
	entries, _ := f.Object.SearchPath()
	var key strings.Builder
	for _, entry := range entries {
		if dir, ok := p.loader.Expand(entry, path); ok {
			entry = dir
		}
		key.WriteString(filepath.Clean(entry) + "\x00")
	}
	return key.String()
}
