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
	m := mapper{Loader: l, files: files}
	m.add(Need{Soname: path, Path: path, Real: f.Real, Via: Direct}, f, -1)
	return m.all(), nil
}

// LoadAll returns everything that the loader maps for a program without a RUNPATH
// whose DT_NEEDEDs are the absolute paths, in their order. Index 0 is that program,
// which has no path; it is of the class and machine of like.
func (l Loader) LoadAll(files Files, like *elfobj.Object, paths []string) Closure {
	root := &elfobj.Object{
		Class: like.Class, Data: like.Data, Machine: like.Machine, Flags: like.Flags,
		OSABI: like.OSABI, ABIVersion: like.ABIVersion, Needed: paths,
	}
	m := mapper{Loader: l, files: files}
	m.add(Need{Via: Direct}, File{Object: root}, -1)
	return m.all()
}

// A mapper is the state of one Load or LoadAll.
type mapper struct {
	Loader
	files  Files
	loaded Closure
}

// all maps what the objects need, and what those need.
func (m *mapper) all() Closure {
	for i := 0; i < len(m.loaded); i++ {
		for _, soname := range m.loaded[i].Object.Needed {
			need := m.need(i, soname)
			m.loaded[i].Needs = append(m.loaded[i].Needs, need)
		}
	}
	return m.loaded
}

// add appends the object that a need led to; parent is -1 for the root.
func (m *mapper) add(need Need, f File, parent int) {
	obj := f.Object
	if parent >= 0 && m.isInterpreter(need.Path) {
		// The loader is mapped by the kernel and loads nothing for itself.
		bare := *obj
		bare.Needed = nil
		obj = &bare
	}
	m.loaded = append(m.loaded, Loaded{
		Path: need.Path, Real: need.Real, Object: obj, Parent: parent,
		Names: []string{need.Soname}, Via: need.Via, id: f.id(), libc: m.Libc,
	})
}

// need finds what serves one DT_NEEDED of object i, and maps it if it is new.
func (m *mapper) need(i int, soname string) Need {
	name := soname
	if m.Libc != Musl && strings.Contains(name, "$") {
		// Where a token has no value the search says so.
		if s, ok := m.expand(name, origin(m.loaded[i].Path)); ok {
			name = s
		}
	}
	if j := m.byName(name); j >= 0 {
		return m.again(j, soname, name)
	}
	need, f := m.search(m.files, m.chain(i), name)
	need.Soname = soname
	if !need.Found {
		return need
	}
	if j := m.byFile(f); j >= 0 {
		known := m.again(j, soname, name)
		known.Loaded, known.Searched = false, need.Searched
		return known
	}
	need.Soname = name
	m.add(need, f, i)
	need.Soname = soname
	return need
}

// again answers a need with an object that is loaded already.
func (m *mapper) again(j int, soname, name string) Need {
	l := &m.loaded[j]
	if !slices.Contains(l.Names, name) {
		l.Names = append(l.Names, name)
	}
	return Need{Soname: soname, Found: true, Path: l.Path, Real: l.Real, Via: l.Via, Loaded: true}
}

// byName returns the index of the first loaded object that answers to a name: one it was asked
// for by, its path or its DT_SONAME. musl knows no DT_SONAME, and knows an
// object by a name only where it searched for that name.
func (m *mapper) byName(name string) int {
	if name == "" && m.Libc != Musl {
		return 0 // glibc's own name for the program
	}
	return slices.IndexFunc(m.loaded, func(l Loaded) bool {
		if m.Libc == Musl {
			return l.Parent >= 0 && !strings.Contains(name, "/") &&
				path.Base(l.Path) == name && slices.ContainsFunc(l.Names, isBare)
		}
		return l.Path == name || slices.Contains(l.Names, name) || l.Object.Soname == name
	})
}

func isBare(name string) bool { return !strings.Contains(name, "/") }

// byFile returns the index of the loaded object that is the same file, or -1.
func (m *mapper) byFile(f File) int {
	return slices.IndexFunc(m.loaded, func(l Loaded) bool { return l.id == f.id() })
}

// chain returns object i, the one that asked for it first, and so on to the root.
func (m *mapper) chain(i int) []asker {
	var chain []asker
	for ; i >= 0; i = m.loaded[i].Parent {
		chain = append(chain, asker{m.loaded[i].Path, m.loaded[i].Object})
	}
	return chain
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
