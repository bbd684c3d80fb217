package fixup

// This file decides which objects the loader is asked about in one go. Asked
// about several libraries of one search path it makes the searches that it makes
// for each alone, but for those that a library mapped before answers by its name.
// So the answers do for an object if every search that it makes alone is made in
// one of them.

import (
	"hash/maphash"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// Together is one question to the loader: libraries that one program needs.
type Together struct {
	Paths   []string // of the libraries, absolute, in the plan's order
	Closure []string // what else is mapped, as PlannedObject.Closure has it
}

// together fills in the questions of the plan, and which of its objects they do
// for. The searches are those of each object's closure.
func (p *planner) together(plan *Plan, searches [][]uint64) {
	// musl knows an object by its name only where it searched for that name.
	if p.loader.Libc == ldso.Musl {
		return
	}
	made, asked := map[uint64]bool{}, map[string]bool{}
	for _, paths := range p.bySearchPath(plan.Objects) {
		if len(paths) == 1 {
			continue
		}
		closure := p.loader.LoadTogether(p.files, plan.Objects[0].ELF, paths)
		plan.Together = append(plan.Together, p.question(paths, closure))
		for _, path := range paths {
			asked[path] = true
		}
		for _, search := range p.dirs.searches(closure[1:]) {
			made[search] = true
		}
	}
	for i := range plan.Objects {
		po := &plan.Objects[i]
		po.Together = asked[p.at(po.File)] && !slices.ContainsFunc(searches[i], func(s uint64) bool { return !made[s] })
	}
}

// question gives what the loader must answer.
func (p *planner) question(paths []string, closure ldso.Closure) Together {
	asked := map[string]bool{}
	for _, need := range closure[0].Needs {
		asked[need.Real] = true
	}
	mapped := slices.DeleteFunc(p.realPaths(closure[1:]), func(real string) bool { return asked[real] })
	return Together{Paths: paths, Closure: mapped}
}

// bySearchPath gives the libraries that the loader can be asked about, those of
// one search path in one list.
func (p *planner) bySearchPath(objects []PlannedObject) [][]string {
	var lists [][]string
	index := map[string]int{}
	for _, po := range objects {
		path := p.at(po.File)
		f, err := p.files.Open(path)
		if err != nil || po.Closure == nil || !po.ELF.Dynamic || po.ELF.IsProgram() || p.inArchive(po.Root) {
			continue
		}
		entries, _ := searchPath(f.Object)
		var key strings.Builder
		for _, entry := range entries {
			entry = strings.NewReplacer("$ORIGIN", filepath.Dir(path), "${ORIGIN}", filepath.Dir(path)).Replace(entry)
			key.WriteString(filepath.Clean(entry) + "\x00")
		}
		i, ok := index[key.String()]
		if !ok {
			i = len(lists)
			index[key.String()] = i
			lists = append(lists, nil)
		}
		lists[i] = append(lists[i], path)
	}
	return lists
}

// realDirs makes one path of the ways to write a directory.
type realDirs struct {
	seed  maphash.Seed
	known map[string]bool // directories that are no links, nor have any on their way
}

// newRealDirs knows the directories of the inventory and those above them: Scan
// follows no links.
func newRealDirs(inv Inventory) realDirs {
	d := realDirs{maphash.MakeSeed(), map[string]bool{}}
	for _, o := range inv.Objects {
		for dir := filepath.Dir(o.File); !d.known[dir]; dir = filepath.Dir(dir) {
			d.known[dir] = true
		}
	}
	return d
}

// searches gives what the loader looks for, in which places and with what result,
// for all needs of a closure, as hashes.
func (d realDirs) searches(c ldso.Closure) []uint64 {
	var out []uint64
	var h maphash.Hash
	h.SetSeed(d.seed)
	seen := map[string]bool{}
	for _, loaded := range c {
		for _, need := range loaded.Needs {
			if need.Loaded || strings.Contains(need.Soname, "/") {
				continue // no search
			}
			h.Reset()
			clear(seen)
			for _, place := range need.Searched {
				dir := d.clean(place.Dir)
				if seen[dir] {
					continue // a path that is inherited may name it again
				}
				seen[dir] = true
				h.WriteString(dir)
				h.WriteByte(0)
				h.WriteString(place.Reason)
				h.WriteByte(0)
			}
			dir, name := filepath.Split(need.Path)
			h.WriteString(d.clean(strings.TrimSuffix(dir, "/")))
			h.WriteByte(0)
			h.WriteString(name)
			out = append(out, h.Sum64())
		}
	}
	return out
}

// clean takes ".." out of a path where what it leads up from is known to be no
// link, else gives the path as it is.
func (d realDirs) clean(dir string) string {
	if !strings.Contains(dir, "/..") || !filepath.IsAbs(dir) {
		return dir
	}
	clean := "/"
	for part := range strings.SplitSeq(dir, "/") {
		switch {
		case part != "..":
			clean = filepath.Join(clean, part)
		case !d.known[clean]:
			return dir
		default:
			clean = filepath.Dir(clean)
		}
	}
	return clean
}
