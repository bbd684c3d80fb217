package plan

// This file decides what the loader is asked. A call of it is expensive, and one
// that asks about several libraries, or about one that needs others, makes most
// of the searches that it makes for each of them alone, but for those that a
// library mapped before answers by its name. So its answers do for an object that
// it mapped there, if it made every search there that it makes for it alone.

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// Together is one question to the loader: libraries that one program needs.
type Batch struct {
	Paths   []string // of the libraries, absolute, in the plan's order
	Closure []string // what else is mapped, as PlannedObject.Closure has it
}

// maxTogether libraries are asked about at once: a loader, and we, compare each
// name with those of all that is mapped.
const maxBatch = 400

// A library is one that the loader can be asked about.
type library struct {
	*Object
	path, real string // after the moves
	searches   []uint64
}

// together fills in the questions of the plan, and which of its objects they do
// for. The searches are those of each object's closure.
func (p *planner) batch(plan *Plan, searches [][]uint64) {
	// musl knows an object by its name only where it searched for that name.
	if p.loader.Libc == ldso.Musl {
		return
	}
	made, mapped := map[uint64]bool{}, map[string]bool{}
	left := p.libraries(plan.Objects, searches)
	for len(left) > 0 {
		var asked []Batch
		for _, paths := range p.bySearchPath(left) {
			closure := p.loader.LoadAll(p.files, plan.Objects[0].ELF, paths)
			asked = append(asked, p.question(paths, closure))
			for _, loaded := range closure {
				mapped[loaded.Real] = true
			}
			for _, search := range p.dirs.searches(closure) {
				made[search] = true
			}
		}
		var served, rest []library
		for _, l := range left {
			if mapped[l.real] && !slices.ContainsFunc(l.searches, func(s uint64) bool { return !made[s] }) {
				served = append(served, l)
			} else {
				rest = append(rest, l)
			}
		}
		if len(served) < len(asked) {
			return // it takes fewer calls to ask about the rest alone
		}
		for _, l := range served {
			l.Batched = true
		}
		plan.Batches = append(plan.Batches, asked...)
		left = rest
	}
}

// libraries gives those objects that one program can need.
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

// question gives what the loader must answer.
func (p *planner) question(paths []string, closure ldso.Closure) Batch {
	asked := map[string]bool{}
	for _, need := range closure[0].Needs {
		asked[need.Real] = true
	}
	mapped := slices.DeleteFunc(p.realPaths(closure[1:]), func(real string) bool { return asked[real] })
	return Batch{Paths: paths, Closure: mapped}
}

// bySearchPath gives the libraries of one search path in one list, without those
// that another one in it leads to: the loader then looks for them.
func (p *planner) bySearchPath(libraries []library) [][]string {
	var groups [][]library
	index := map[string]int{}
	for _, l := range libraries {
		key := p.searchKey(l.path)
		i, ok := index[key]
		if !ok {
			i = len(groups)
			index[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], l)
	}
	var lists [][]string
	for _, group := range groups {
		needed := map[string]bool{}
		for _, l := range group {
			if needed[l.real] {
				continue // whatever it leads to is known already; two may lead to each other
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

// searchKey is the same for objects of one search path, however it is written.
func (p *planner) searchKey(path string) string {
	f, err := p.files.Open(path)
	if err != nil {
		return ""
	}
	entries, _ := f.Object.SearchPath()
	origin := strings.NewReplacer("$ORIGIN", filepath.Dir(path), "${ORIGIN}", filepath.Dir(path))
	var key strings.Builder
	for _, entry := range entries {
		key.WriteString(filepath.Clean(origin.Replace(entry)) + "\x00")
	}
	return key.String()
}
