package ldso

import (
	"strings"
	"sync"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// Loads makes the closures of many objects. What it knows of an object, and what the
// object's own search leads to, serves in every closure: make a new one where files
// change. It may be used by several goroutines.
type Loads struct {
	Loader
	files Files

	mu     sync.Mutex
	worlds map[arch.Kind]*world
	names  map[string]int32 // the number of each name, path and DT_SONAME
	texts  []string         // of each number
	ids    map[string]int32 // the number of each File.ID

	spare sync.Pool // of *scratch
}

// noName is the number of the empty name.
const noName = 0

// Loads returns one that has made no closure yet.
func (l Loader) Loads(files Files) *Loads {
	return &Loads{
		Loader: l, files: files, worlds: map[arch.Kind]*world{},
		names: map[string]int32{"": noName}, texts: []string{""}, ids: map[string]int32{},
	}
}

// A world has what is the same for all roots of one kind: a search passes over objects of
// another one.
type world struct {
	target *elfobj.Object
	nodes  map[place]*node
	bare   map[int32]*found // what the loader's own directories have, by name
}

// A place is where a node is: the interpreter is another object as a root.
type place struct {
	path string
	root bool
}

// A node is an object that is found by a path. What it asks for does not depend on who
// loads it, nor where it looks by its own search path.
type node struct {
	path, real string
	obj        *elfobj.Object
	file       int32 // the number of File.ID
	name       int32 // the number of the path
	soname     int32
	asks       []ask            // in the order in which the loader looks for them
	bequeaths  bool             // see Loader.bequeaths
	alone      asker            // as one that nothing loads
	found      map[int32]*found // what its own search led to, by name
}

// isBare reports whether nothing but the loader's own directories is searched for an
// object that inherits nothing.
func (n *node) isBare() bool {
	entries, _ := n.obj.SearchPath()
	return entries == nil && !n.obj.NoDefLib
}

// An ask is a name that an object asks for.
type ask struct {
	name  int32 // with its tokens replaced, where they have a value
	index int32 // in Needed; of a filter the index in Filters, inverted
}

// soname returns the name as the object has it.
func (a ask) soname(obj *elfobj.Object) string {
	if a.index < 0 {
		return obj.Filters[^a.index].Name
	}
	return obj.Needed[a.index]
}

// filters reports whether an ask is for a library that the object filters, and whether
// that may be absent.
func (n *node) filters(a ask) (filter, auxiliary bool) {
	if a.index < 0 {
		return true, n.obj.Filters[^a.index].Auxiliary
	}
	return false, false
}

// A found is what one search led to.
type found struct {
	need Need
	node *node // nil where nothing was found
}

// world returns the world of an object that is a root.
func (s *Loads) world(root *elfobj.Object) *world {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := root.Kind()
	if s.worlds[kind] == nil {
		s.worlds[kind] = &world{root, map[place]*node{}, map[int32]*found{}}
	}
	return s.worlds[kind]
}

// node returns the node of an object that is found by a path. A root without a path is
// no file, and a new one each time.
func (s *Loads) node(w *world, path string, root bool, f File) *node {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{path, root}
	if n := w.nodes[at]; n != nil && path != "" {
		return n
	}
	obj := f.Object
	if !root && s.isInterpreter(path) {
		// The loader is mapped by the kernel and loads nothing for itself.
		bare := *obj
		bare.Needed, bare.Filters = nil, nil
		obj = &bare
	}
	n := &node{
		path: path, real: f.Real, obj: obj, file: number(s.ids, f.id()), name: s.number(path), soname: s.number(obj.Soname),
		bequeaths: s.bequeaths(obj), found: map[int32]*found{}, alone: asker{path: path, obj: obj, target: w.target, own: &searchPath{}},
	}
	n.asks = make([]ask, 0, len(obj.Needed)+len(obj.Filters))
	filters := obj.Filters
	if s.Libc == Musl { // it knows no filters
		filters = nil
	}
	for i, left := 0, 0; i <= len(obj.Needed); i++ {
		for ; left < len(filters) && filters[left].Before <= i; left++ {
			n.asks = append(n.asks, ask{s.askedFor(filters[left].Name, path), int32(^left)})
		}
		if i < len(obj.Needed) {
			n.asks = append(n.asks, ask{s.askedFor(obj.Needed[i], path), int32(i)})
		}
	}
	if path != "" {
		w.nodes[at] = n
	}
	return n
}

// askedFor returns the number of the name that the loader looks for.
func (s *Loads) askedFor(soname, path string) int32 {
	name := soname
	if s.Libc != Musl && strings.Contains(name, "$") {
		// Where a token has no value the search says so.
		if expanded, ok := s.Expand(name, path); ok {
			name = expanded
		}
	}
	return s.number(name)
}

// remembered returns what a search for a name led to before, or nil.
func (s *Loads) remembered(memory map[int32]*found, name int32) *found {
	s.mu.Lock()
	defer s.mu.Unlock()
	return memory[name]
}

// remember notes what a search for a name led to, if there is a memory.
func (s *Loads) remember(memory map[int32]*found, name int32, f *found) {
	if memory != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		memory[name] = f
	}
}

// nameNumber returns the number of a name.
func (s *Loads) nameNumber(name string) int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.number(name)
}

// text returns the name that has a number.
func (s *Loads) text(name int32) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.texts[name]
}

// number is nameNumber where the lock is held.
func (s *Loads) number(name string) int32 {
	n := number(s.names, name)
	if int(n) == len(s.texts) {
		s.texts = append(s.texts, name)
	}
	return n
}

// number returns the number of a key, the next one where it is new.
func number(numbers map[string]int32, key string) int32 {
	n, ok := numbers[key]
	if !ok {
		n = int32(len(numbers))
		numbers[key] = n
	}
	return n
}
