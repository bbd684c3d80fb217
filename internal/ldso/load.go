package ldso

import (
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// Load returns everything that the loader maps for the object at an absolute path,
// breadth first (dl-deps.c of glibc, load_deps of musl). For a program that is what
// starting it maps. For a library it is what a program without a RUNPATH maps whose
// one DT_NEEDED the library is.
//
// $ORIGIN of the object is the directory of path as it is written. The kernel
// resolves links before it starts a program, so pass a program's real path. A
// need that is not found is no error: see [Need]. The error is that of opening the
// object itself.
func (l Loader) Load(files Files, path string) (Closure, error) {
	return l.Loads(files).Load(path)
}

// Load is [Loader.Load].
func (s *Loads) Load(path string) (Closure, error) {
	f, err := s.files.Open(path)
	if err != nil {
		return nil, err
	}
	return s.closure(path, f), nil
}

// LoadAll returns everything that the loader maps for a program without a RUNPATH
// whose DT_NEEDEDs are the absolute paths, in their order. Index 0 is that program,
// which has no path; it is of the class and machine of like.
func (l Loader) LoadAll(files Files, like *elfobj.Object, paths []string) Closure {
	return l.LoadNames(files, like, paths, nil, false)
}

// LoadNames is LoadAll for a program that has absolute directories as its DT_RUNPATH, or
// as its DT_RPATH, and needs these names.
func (l Loader) LoadNames(files Files, like *elfobj.Object, names, dirs []string, rpath bool) Closure {
	root := &elfobj.Object{
		Class: like.Class, Data: like.Data, Machine: like.Machine, Flags: like.Flags,
		OSABI: like.OSABI, ABIVersion: like.ABIVersion, Needed: names,
	}
	return l.Loads(files).closure("", File{Object: root.WithSearchPath(dirs, rpath)})
}

// A mapper is the state of one closure. Whatever it asks of the objects that are loaded
// is one look into a list, by the numbers that [Loads] gives to names and files: a wheel
// may have thousands that need one another.
type mapper struct {
	*Loads
	world  *world
	loaded Closure

	*scratch          // until all is mapped
	found    []*found // the searches that were made

	renamed map[int][]int32 // the second and further names of an object
	asked   map[asked]bool  // all of them, where no answer says so: for musl
}

// A scratch has what is known by number while a closure is made. It is used again, empty:
// a closure may be of few objects among many.
type scratch struct {
	answers []answer // of each name; see answer
	byFile  []int32  // of each File.ID one more than the object, 0 where none is loaded
	named   []int32  // the names that have an answer
	places  searched
}

// An answer says which object is the first that answers to a name. It is twice one more
// than the object, and one more where that is known to have been asked for by the name; 0
// where none answers.
type answer int32

func (a answer) object() int   { return int(a>>1) - 1 }
func (a answer) isAsked() bool { return a&1 != 0 }

// A query is what became of one name that an object asks for.
type query struct {
	object int32 // that serves it; or absent, or left out
	search int32 // one more than the place among those made; 0 where something loaded answers
}

const (
	absent  = -1
	leftOut = -2 // an auxiliary filter that is absent is no need
)

// asked is one of the names of an object.
type asked struct {
	object int
	name   int32
}

// closure maps everything for the object that a path leads to.
func (s *Loads) closure(path string, f File) Closure {
	w := s.world(f.Object)
	m := &mapper{Loads: s, world: w}
	m.scratch, _ = s.spare.Get().(*scratch)
	if m.scratch == nil {
		m.scratch = new(scratch)
	}
	if s.Libc == Musl {
		m.asked = map[asked]bool{}
	} else {
		m.first(noName, 0, false) // glibc's own name for the program
	}
	m.add(s.node(w, path, true, f), Need{Via: Direct}, -1, s.nameNumber(path))
	m.all()
	for _, name := range m.named {
		m.answers[name] = 0
	}
	for i := range m.loaded {
		m.byFile[m.loaded[i].node.file] = 0
	}
	m.named = m.named[:0]
	s.spare.Put(m.scratch)
	m.scratch, m.asked = nil, nil
	return m.loaded
}

// all maps what the objects need, and what those need. The libraries that an object
// filters stand before it in glibc's list, and theirs are the next to be mapped.
func (m *mapper) all() {
	var filters []int // the next one last
	for next := 0; next < len(m.loaded) || len(filters) > 0; {
		i := next
		if last := len(filters) - 1; last >= 0 {
			i, filters = filters[last], filters[:last]
		} else {
			next++
		}
		if m.loaded[i].answered == nil {
			filters = append(filters, m.needs(i)...)
		}
	}
}

// needs maps what object i needs, in the order of its dynamic section, and returns
// the objects that it filters, last first (_dl_map_object_deps in dl-deps.c).
func (m *mapper) needs(i int) (filters []int) {
	n := m.loaded[i].node
	answered := make([]query, len(n.asks))
	m.loaded[i].answered = answered
	for k, a := range n.asks {
		q := m.need(i, a)
		filter, auxiliary := n.filters(a)
		switch {
		case q.object >= 0 && filter:
			filters = append(filters, int(q.object))
		case q.object >= 0:
		case auxiliary:
			q.object = leftOut
		default:
			m.loaded[i].lacks = true
		}
		answered[k] = q
	}
	slices.Reverse(filters)
	return filters
}

// add appends the object that a need led to; parent is -1 for the root. The name is that
// which it was asked for by.
func (m *mapper) add(n *node, need Need, parent int, name int32) int {
	i := len(m.loaded)
	up := -1
	if parent >= 0 {
		up = parent
		if p := &m.loaded[parent]; !p.node.bequeaths {
			up = p.up
		}
	}
	m.loaded = append(m.loaded, Loaded{
		Path: n.path, Real: n.real, Object: n.obj, Parent: parent, Via: need.Via, Owner: need.Owner,
		m: m, node: n, up: up, index: i, name: -1,
	})
	m.byFile = reach(m.byFile, n.file)
	if m.byFile[n.file] == 0 {
		m.byFile[n.file] = int32(i + 1)
	}
	if m.Libc != Musl {
		m.first(n.name, i, false)
		m.first(n.soname, i, false)
	}
	m.called(i, name)
	return i
}

// called notes that object i was asked for by a name. musl knows no DT_SONAME, and
// knows an object by the name of its file only where it searched for some name.
func (m *mapper) called(i int, name int32) {
	if m.Libc == Musl {
		if m.asked[asked{i, name}] {
			return
		}
		m.asked[asked{i, name}] = true
	}
	l := &m.loaded[i]
	if l.name < 0 {
		l.name = name
	} else {
		if m.renamed == nil {
			m.renamed = map[int][]int32{}
		}
		m.renamed[i] = append(m.renamed[i], name)
	}
	switch {
	case m.Libc != Musl:
		m.first(name, i, true)
	case l.Parent >= 0 && !strings.Contains(m.text(name), "/"):
		m.first(m.nameNumber(path.Base(l.Path)), i, false)
	}
}

// first notes that object i answers to a name, if it is the first that does.
func (m *mapper) first(name int32, i int, isAsked bool) {
	m.answers = reach(m.answers, name)
	a := answer(i+1) << 1
	if isAsked {
		a |= 1
	}
	if old := m.answers[name]; old == 0 || i < old.object() {
		if m.answers[name] = a; old == 0 {
			m.named = append(m.named, name)
		}
	} else if i == old.object() {
		m.answers[name] |= a
	}
}

// reach returns a list that has an item of this number, new ones zero.
func reach[T any](list []T, number int32) []T {
	if n := int(number) + 1 - len(list); n > 0 {
		list = append(list, make([]T, n)...)
	}
	return list
}

// need finds what serves one name that object i asks for, and maps it if it is new.
func (m *mapper) need(i int, a ask) query {
	if m.answers = reach(m.answers, a.name); m.answers[a.name] != 0 {
		old := m.answers[a.name]
		if !old.isAsked() {
			m.called(old.object(), a.name)
		}
		return query{object: int32(old.object())}
	}
	f := m.search(i, a.name)
	m.found = append(m.found, f)
	q := query{object: absent, search: int32(len(m.found))}
	if f.node == nil {
		return q
	}
	m.byFile = reach(m.byFile, f.node.file)
	if q.object = m.byFile[f.node.file] - 1; q.object >= 0 {
		m.called(int(q.object), a.name)
		return q
	}
	q.object = int32(m.add(f.node, f.need, i, a.name))
	return q
}

// search looks for what object i asks for by a name.
func (m *mapper) search(i int, name int32) *found {
	l := &m.loaded[i]
	n := l.node
	var memory map[int32]*found
	by := &n.alone
	switch inherits := l.up >= 0 && (m.Libc == Musl || n.obj.Runpath == nil); {
	case inherits:
		by = m.asker(i)
	case n.isBare():
		memory = m.world.bare
	case i > 0: // few objects are roots twice
		memory = n.found
	}
	if f := m.remembered(memory, name); f != nil {
		return f
	}
	need, file := m.Loader.search(m.files, by, m.text(name), &m.places)
	f := &found{need: need}
	if need.Found {
		f.node = m.node(m.world, need.Path, false, file)
	}
	m.remember(memory, name, f)
	return f
}

// asker returns object i as one that asks, with its loading chain.
func (m *mapper) asker(i int) *asker {
	l := &m.loaded[i]
	if l.asker == nil {
		by := l.node.alone
		if l.up >= 0 {
			by.up = m.asker(l.up)
		}
		l.asker = &by
	}
	return l.asker
}
