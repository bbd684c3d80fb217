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
	f, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	m := l.mapper(files)
	m.add(Need{Soname: path, Path: path, Real: f.Real, Via: Direct}, f, -1)
	return m.all(), nil
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
	root = root.WithSearchPath(dirs, rpath)
	m := l.mapper(files)
	m.add(Need{Via: Direct}, File{Object: root}, -1)
	return m.all()
}

// A mapper is the state of one Load or LoadAll. Whatever it asks of the objects that
// are loaded is one look into a map: a wheel may have thousands that need one another.
type mapper struct {
	Loader
	files  Files
	loaded Closure
	askers []*asker // of each loaded object

	names map[string]answer // see answers
	ids   map[string]int    // the object of a File.ID
	asked map[asked]bool    // Loaded.Names
	done  []bool            // of each loaded object, whether its needs are known
}

// An answer is the first object that answers to a name.
type answer struct {
	object int
	asked  bool // the name is known to be one of Loaded.Names
}

// asked is one of the names of an object.
type asked struct {
	object int
	name   string
}

func (l Loader) mapper(files Files) *mapper {
	return &mapper{
		Loader: l, files: files,
		names: map[string]answer{}, ids: map[string]int{}, asked: map[asked]bool{},
	}
}

// all maps what the objects need, and what those need. The libraries that an object
// filters stand before it in glibc's list, and theirs are the next to be mapped.
func (m *mapper) all() Closure {
	var filters []int // the next one last
	for next := 0; next < len(m.loaded) || len(filters) > 0; {
		i := next
		if last := len(filters) - 1; last >= 0 {
			i, filters = filters[last], filters[:last]
		} else {
			next++
		}
		if !m.done[i] {
			m.done[i] = true
			filters = append(filters, m.needs(i)...)
		}
	}
	return m.loaded
}

// needs maps what object i needs, in the order of its dynamic section, and returns
// the objects that it filters, last first (_dl_map_object_deps in dl-deps.c). musl
// knows no filters.
func (m *mapper) needs(i int) (filters []int) {
	obj := m.loaded[i].Object
	m.loaded[i].Needs = make([]Need, 0, len(obj.Needed)+len(obj.Filters))
	left := obj.Filters
	if m.Libc == Musl {
		left = nil
	}
	for n := range len(obj.Needed) + 1 {
		for ; len(left) > 0 && left[0].Before <= n; left = left[1:] {
			need, j := m.need(i, left[0].Name)
			if need.Found {
				filters = append(filters, j)
			}
			if need.Found || !left[0].Auxiliary { // that of an auxiliary may be absent
				m.loaded[i].Needs = append(m.loaded[i].Needs, need)
			}
		}
		if n < len(obj.Needed) {
			need, _ := m.need(i, obj.Needed[n])
			m.loaded[i].Needs = append(m.loaded[i].Needs, need)
		}
	}
	slices.Reverse(filters)
	return filters
}

// add appends the object that a need led to; parent is -1 for the root.
func (m *mapper) add(need Need, f File, parent int) int {
	obj := f.Object
	if parent >= 0 && m.isInterpreter(need.Path) {
		// The loader is mapped by the kernel and loads nothing for itself.
		bare := *obj
		bare.Needed, bare.Filters = nil, nil
		obj = &bare
	}
	i := len(m.loaded)
	m.loaded = append(m.loaded, Loaded{
		Path: need.Path, Real: need.Real, Object: obj, Parent: parent,
		Via: need.Via, Owner: need.Owner, id: f.id(), libc: m.Libc,
	})
	var by *asker
	if parent >= 0 {
		by = m.askers[parent]
	}
	m.askers = append(m.askers, m.asker(need.Path, obj, by))
	m.done = append(m.done, false)
	if _, ok := m.ids[f.id()]; !ok {
		m.ids[f.id()] = i
	}
	if m.Libc != Musl {
		m.first(need.Path, i, false)
		m.first(obj.Soname, i, false)
	}
	m.name(i, need.Soname)
	return i
}

// name notes that object i was asked for by a name. musl knows no DT_SONAME, and
// knows an object by the name of its file only where it searched for some name.
func (m *mapper) name(i int, name string) {
	l := &m.loaded[i]
	if m.asked[asked{i, name}] {
		return
	}
	m.asked[asked{i, name}] = true
	l.Names = append(l.Names, name)
	switch bare := !strings.Contains(name, "/"); {
	case m.Libc != Musl:
		m.first(name, i, true)
	case l.Parent >= 0 && bare:
		m.first(path.Base(l.Path), i, false)
	}
}

// first notes that object i answers to a name, if it is the first that does.
func (m *mapper) first(name string, i int, asked bool) {
	old, ok := m.names[name]
	switch {
	case !ok || i < old.object:
		m.names[name] = answer{i, asked}
	case i == old.object && asked:
		m.names[name] = answer{i, true}
	}
}

// need finds what serves one name that object i asks for, and maps it if it is new.
// Where it is found, j is the object.
func (m *mapper) need(i int, soname string) (need Need, j int) {
	name := soname
	if m.Libc != Musl && strings.Contains(name, "$") {
		// Where a token has no value the search says so.
		if s, ok := m.Expand(name, m.loaded[i].Path); ok {
			name = s
		}
	}
	if a, ok := m.answers(name); ok {
		if !a.asked {
			m.name(a.object, name)
		}
		return m.again(a.object, soname), a.object
	}
	need, f := m.search(m.files, m.askers[i], name)
	need.Soname = soname
	if !need.Found {
		return need, -1
	}
	if j, ok := m.ids[f.id()]; ok {
		m.name(j, name)
		known := m.again(j, soname)
		known.Loaded, known.Searched = false, need.Searched
		return known, j
	}
	need.Soname = name
	j = m.add(need, f, i)
	need.Soname = soname
	return need, j
}

// again answers a need with an object that is loaded already.
func (m *mapper) again(j int, soname string) Need {
	l := &m.loaded[j]
	return Need{Soname: soname, Found: true, Path: l.Path, Real: l.Real, Via: l.Via, Owner: l.Owner, Loaded: true}
}

// answers returns the first loaded object that answers to a name: one it was asked for
// by, its path or its DT_SONAME; for musl see name.
func (m *mapper) answers(name string) (answer, bool) {
	switch {
	case name == "" && m.Libc != Musl:
		return answer{}, true // glibc's own name for the program
	case name == "", m.Libc == Musl && strings.Contains(name, "/"):
		return answer{}, false
	}
	a, ok := m.names[name]
	return a, ok
}

func (l Loader) isInterpreter(file string) bool { return file == l.Interpreter }

// isSelf reports whether a name means the loader itself, which is mapped before
// anything else. For musl that is every part of the C library.
func (l Loader) isSelf(name string) bool {
	if l.Interpreter == "" {
		return false
	}
	if l.Libc == Musl {
		rest, ok := strings.CutPrefix(name, "lib")
		part, _, dot := strings.Cut(rest, ".")
		return name == l.Interpreter ||
			ok && dot && slices.Contains([]string{"c", "pthread", "rt", "m", "dl", "util", "xnet"}, part)
	}
	soname := l.Soname
	if soname == "" {
		soname = path.Base(l.Interpreter)
	}
	return name == soname || name == l.Interpreter
}

// self answers a need for the loader. One that cannot be read counts as a
// library without versions, since it is there by definition.
func (l Loader) self(files Files, name string) (Need, File) {
	f, err := files.Open(l.Interpreter)
	if err != nil {
		f = File{Real: l.Interpreter, Object: &elfobj.Object{Soname: l.Soname}}
	}
	return Need{Soname: name, Found: true, Path: l.Interpreter, Real: f.Real, Via: Default}, f
}

// Open returns what dlopen(3) finds for a name that object i of a closure opens once all
// of it is loaded: what is loaded and answers to the name, else what the object's search
// leads to, by the RPATHs of its loading chain too (dl-open.c of glibc).
func (l Loader) Open(files Files, c Closure, i int, name string) Need {
	for _, loaded := range c {
		answers := slices.Contains(loaded.Names, name)
		if l.Libc != Musl {
			answers = answers || loaded.Path == name || loaded.Object.Soname == name
		}
		if answers && name != "" {
			return Need{Soname: name, Found: true, Path: loaded.Path, Real: loaded.Real, Via: loaded.Via, Owner: loaded.Owner, Loaded: true}
		}
	}
	need, _ := l.search(files, l.chain(c, i), name)
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
