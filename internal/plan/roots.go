package plan

import (
	"path"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

// A naming says which objects of a plan name which, by the file names in DT_NEEDED,
// DT_FILTER and DT_AUXILIARY. Item i has for each name of object i the objects that
// have a file of that name. Whether a search leads there is another question.
type naming [][][]int

// newNaming returns who names whom among the objects. The index leads from real
// paths to them.
func (p *planner) newNaming(objects []Object, index map[string]int) naming {
	known := map[string][]int{}
	named := func(name string) []int {
		list, ok := known[name]
		if !ok {
			seen := map[int]bool{}
			for _, file := range p.names[name] {
				if j, ok := index[p.real(file)]; ok && !seen[j] {
					seen[j] = true
					list = append(list, j)
				}
			}
			known[name] = list
		}
		return list
	}
	out := make(naming, len(objects))
	for i := range objects {
		o := &objects[i]
		names := min(len(o.ELF.Needed)+len(o.ELF.Filters), 1<<10) // they may all be one
		seen := make(map[string]bool, names)
		out[i] = make([][]int, 0, names)
		add := func(name string) {
			if name = path.Base(name); !seen[name] {
				seen[name] = true
				out[i] = append(out[i], named(name))
			}
		}
		for _, soname := range o.ELF.Needed {
			add(soname)
		}
		for _, filter := range o.ELF.Filters {
			add(filter.Name)
		}
	}
	return out
}

// cover calls load for as few of the pending objects as lead to all of them. load
// returns the objects that one leads to. What no pending object names comes first,
// and where all of them name each other the first of them. Objects of one wave are
// loaded side by side: the result does not depend on how many.
func (n naming) cover(pending []bool, start func(i int) bool, each func(n int, f func(i int)), load func(i int) []int) {
	namers := make([]int, len(pending)) // of each object, those pending
	for i := range pending {
		if pending[i] {
			n.each(i, func(j int) { namers[j]++ })
		}
	}
	var wave, next []int
	for i := range pending {
		if pending[i] && (namers[i] == 0 || start(i)) {
			wave = append(wave, i)
		}
	}
	done := func(i int) {
		if !pending[i] {
			return
		}
		pending[i] = false
		n.each(i, func(j int) {
			if namers[j]--; namers[j] == 0 {
				next = append(next, j)
			}
		})
	}
	for first := 0; ; {
		reached := make([][]int, len(wave))
		each(len(wave), func(k int) { reached[k] = load(wave[k]) })
		next = nil
		for k, i := range wave {
			done(i)
			for _, j := range reached[k] {
				done(j)
			}
		}
		wave = wave[:0]
		for _, j := range next {
			if pending[j] {
				wave = append(wave, j)
			}
		}
		for ; len(wave) == 0 && first < len(pending); first++ {
			if pending[first] {
				wave = append(wave, first)
			}
		}
		if len(wave) == 0 {
			return
		}
	}
}

// each calls f for every object that object i names, itself left out.
func (n naming) each(i int, f func(j int)) {
	for _, list := range n[i] {
		for _, j := range list {
			if j != i {
				f(j)
			}
		}
	}
}

// isStarted reports whether Python, the kernel or a user may start with an object,
// whoever else needs it.
func isStarted(o *Object) bool {
	return o.ELF.IsProgram() || pyname.IsExtensionModule(o.Path)
}
