package ldso

import (
	"slices"
	"strings"
	"sync"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// An asker is an object that needs a library, by the path it was found by.
type asker struct {
	path   string
	obj    *elfobj.Object
	target *elfobj.Object // the root of its loading chain: what is found must be of its kind
	own    *searchPath

	// up is the nearest object on its loading chain whose search path it inherits.
	up *asker
}

// A searchPath has the places of an object's own search path, once they were asked for.
type searchPath struct {
	once   sync.Once
	places []Place
}

// asker returns an object as the one that asks. The parent is the object that asked
// for it first, nil for the root.
func (l Loader) asker(path string, obj *elfobj.Object, parent *asker) *asker {
	a := &asker{path: path, obj: obj, target: obj, own: &searchPath{}}
	if parent == nil {
		return a
	}
	a.target, a.up = parent.target, parent
	if !l.bequeaths(parent.obj) {
		a.up = parent.up
	}
	return a
}

// bequeaths reports whether what an object loads is looked for in its own search
// path, too.
func (l Loader) bequeaths(obj *elfobj.Object) bool {
	entries, rpath := obj.SearchPath()
	return rpath || l.Libc == Musl && entries != nil
}

// Find looks for one library as if the object were loaded by nothing: by its
// RUNPATH, or its RPATH where it has no RUNPATH, then in the loader's default
// directories.
func (l Loader) Find(files Files, obj *elfobj.Object, path, soname string) Need {
	return l.Finder(files, obj, path)(soname)
}

// Finder returns Find for many libraries of one object: its search path is read once. It
// is for one goroutine.
func (l Loader) Finder(files Files, obj *elfobj.Object, path string) func(soname string) Need {
	by := l.asker(path, obj, nil)
	var places searched
	return func(soname string) Need {
		need, _ := l.search(files, by, soname, &places)
		return need
	}
}

// searched makes lists of places. One that equals the last list is that one, since an
// object that lacks much has looked for all of it in the same places.
type searched struct {
	next, last []Place
	defaults   []Place // the loader's own directories
}

func (s *searched) list(places []Place) []Place {
	s.next = places[:0]
	if len(places) == 0 {
		return nil
	}
	if !slices.Equal(places, s.last) {
		s.last = slices.Clip(slices.Clone(places))
	}
	return s.last
}

// search looks for a library that an object needs.
func (l Loader) search(files Files, by *asker, soname string, places *searched) (Need, File) {
	s := search{Loader: l, files: files, target: by.target, places: places, need: Need{Soname: soname, Searched: places.next}}
	name := soname
	if l.isSelf(name) {
		return l.self(files, name)
	}
	switch {
	case name == "":
		s.need.Searched = append(s.need.Searched, Place{Via: Direct, Reason: reasonNoName})
	case l.Libc == Musl:
		s.musl(by, name)
	case strings.Contains(name, "/"):
		s.direct(by, name)
	default:
		s.glibc(by, name)
	}
	s.need.Searched = places.list(s.need.Searched)
	return s.need, s.file
}

// A search is the state of one search.
type search struct {
	Loader
	files  Files
	target *elfobj.Object
	places *searched
	need   Need
	file   File
}

// done reports whether the search is over: found, or ended by a file that the
// loader refuses.
func (s *search) done() bool { return s.need.Found || s.need.Fatal != "" }

// glibc looks for one library as glibc does (ld.so(8), first section).
func (s *search) glibc(by *asker, name string) {
	s.list(s.own(by), name)
	for a := by.up; a != nil && by.obj.Runpath == nil && !s.done(); a = a.up {
		s.list(s.own(a), name)
	}
	s.cache(by.obj.NoDefLib, name)
	if !by.obj.NoDefLib {
		s.list(s.defaults(), name)
	}
}

// own returns the directories of an object's own search path.
func (s *search) own(a *asker) []Place {
	a.own.once.Do(func() {
		switch entries, rpath := a.obj.SearchPath(); {
		case entries == nil:
		case s.Libc == Musl:
			a.own.places = muslPlaces(a)
		case rpath:
			a.own.places = s.Loader.places(Rpath, a.path, entries)
		default:
			a.own.places = s.Loader.places(Runpath, a.path, entries)
		}
	})
	return a.own.places
}

func (s *search) defaults() []Place {
	if s.places.defaults == nil {
		for _, dir := range s.DefaultDirs {
			s.places.defaults = append(s.places.defaults, Place{Via: Default, Dir: dir})
		}
	}
	return s.places.defaults
}

// direct opens a DT_NEEDED that has a slash: there is no search.
func (s *search) direct(self *asker, name string) {
	file, ok := s.Expand(name, self.path)
	p := Place{Via: Direct, Dir: name}
	switch {
	case !ok:
		p.Reason = reasonToken
	case file[0] != '/':
		p.Reason = reasonRelative
	default:
		p.Dir = origin(file)
		s.try(p, file)
		return
	}
	s.need.Searched = append(s.need.Searched, p)
}

// list tries a list of directories, in each the subdirectories for better
// processors first.
func (s *search) list(dirs []Place, name string) {
	for _, p := range dirs {
		if s.done() {
			return
		}
		if p.Reason != "" {
			s.need.Searched = append(s.need.Searched, p)
			continue
		}
		dir := p.Dir
		if dir == "/" {
			dir = ""
		}
		for _, h := range s.Hwcaps {
			sub := p
			sub.Dir = dir + "/glibc-hwcaps/" + h
			// That the file is not there goes without saying.
			before := len(s.need.Searched)
			s.try(sub, sub.Dir+"/"+name)
			if s.done() {
				return
			}
			if n := len(s.need.Searched); n > before && s.need.Searched[n-1].Reason == "" {
				s.need.Searched = s.need.Searched[:before]
			}
		}
		if !s.try(p, dir+"/"+name) {
			return
		}
	}
}
