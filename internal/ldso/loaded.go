package ldso

import (
	"iter"
	"slices"
)

// Needs returns what became of the object's DT_NEEDEDs and filters, in their order.
func (l Loaded) Needs() []Need {
	needs := make([]Need, 0, len(l.answered))
	for k, q := range l.answered {
		if q.object != leftOut {
			needs = append(needs, l.m.needOf(q, l.node.asks[k].soname(l.node.obj)))
		}
	}
	return needs
}

// Searches are those of the Needs for which there was a search.
func (l Loaded) Searches() iter.Seq[Need] {
	return func(yield func(Need) bool) {
		for k, q := range l.answered {
			if q.search > 0 && q.object != leftOut && !yield(l.m.needOf(q, l.node.asks[k].soname(l.node.obj))) {
				return
			}
		}
	}
}

// needOf returns what became of a name as a Need.
func (m *mapper) needOf(q query, soname string) Need {
	var f *found
	if q.search > 0 {
		f = m.found[q.search-1]
	}
	if q.object < 0 {
		need := f.need
		need.Soname = soname
		return need
	}
	l := &m.loaded[q.object]
	need := Need{Soname: soname, Found: true, Path: l.Path, Real: l.Real, Via: l.Via, Owner: l.Owner, Loaded: f == nil}
	if f != nil {
		need.Searched = f.need.Searched
	}
	return need
}

// Lacks reports whether one of the Needs is not found.
func (l Loaded) Lacks() bool { return l.lacks }

// isCalled reports whether the object was asked for by a name.
func (l Loaded) isCalled(name string) bool {
	return l.m.text(l.name) == name || slices.ContainsFunc(l.m.renamed[l.index], func(n int32) bool { return l.m.text(n) == name })
}

// Names returns the names that the object was asked for by, in order.
func (l Loaded) Names() []string {
	names := []string{l.m.text(l.name)}
	for _, name := range l.m.renamed[l.index] {
		names = append(names, l.m.text(name))
	}
	return names
}

// Open returns what dlopen(3) finds for a name that object i of a closure opens once all
// of it is loaded: what is loaded and answers to the name, else what the object's search
// leads to, by the RPATHs of its loading chain too (dl-open.c of glibc).
func (l Loader) Open(files Files, c Closure, i int, name string) Need {
	for _, loaded := range c {
		answers := loaded.isCalled(name)
		if l.Libc != Musl {
			answers = answers || loaded.Path == name || loaded.Object.Soname == name
		}
		if answers && name != "" {
			return Need{Soname: name, Found: true, Path: loaded.Path, Real: loaded.Real, Via: loaded.Via, Owner: loaded.Owner, Loaded: true}
		}
	}
	need, _ := l.search(files, l.chain(c, i), name, new(searched))
	return need
}

// chain returns object i of a closure as one that asks, with its loading chain.
func (l Loader) chain(c Closure, i int) *asker {
	var parent *asker
	if c[i].Parent >= 0 {
		parent = l.chain(c, c[i].Parent)
	}
	return l.asker(c[i].Path, c[i].Object, parent)
}
