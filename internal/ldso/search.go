package ldso

import (
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// An asker is an object that needs a library, by the path it was found by.
type asker struct {
	path string
	obj  *elfobj.Object
}

// Find looks for one library as if the object were loaded by nothing: by its
// RUNPATH, or its RPATH where it has no RUNPATH, then in the loader's default
// directories.
func (l Loader) Find(files Files, obj *elfobj.Object, path, soname string) Need {
	need, _ := l.search(files, []asker{{path, obj}}, soname)
	return need
}

// search looks for a library that chain[0] needs, which chain[1] loaded, and so on
// up to the root. The library must be of the root's kind.
func (l Loader) search(files Files, chain []asker, soname string) (Need, File) {
	s := search{Loader: l, files: files, target: chain[len(chain)-1].obj, need: Need{Soname: soname}}
	name := soname
	if l.isSelf(name) {
		return l.self(files, name)
	}
	switch {
	case name == "":
		s.need.Searched = []Place{{Via: Direct, Reason: reasonNoName}}
	case l.Libc == Musl:
		s.musl(chain, name)
	case strings.Contains(name, "/"):
		s.direct(chain[0], name)
	default:
		s.glibc(chain, name)
	}
	return s.need, s.file
}

// A search is the state of one search.
type search struct {
	Loader
	files  Files
	target *elfobj.Object
	need   Need
	file   File
}

// done reports whether the search is over: found, or ended by a file that the
// loader refuses.
func (s *search) done() bool { return s.need.Found || s.need.Fatal != "" }

// glibc looks for one library as glibc does (ld.so(8), first section).
func (s *search) glibc(chain []asker, name string) {
	self := chain[0]
	if self.obj.Runpath == nil {
		for _, a := range chain {
			if a.obj.Runpath == nil && a.obj.Rpath != nil {
				s.list(s.places(Rpath, a.path, a.obj.Rpath), name)
			}
		}
	}
	s.list(s.places(Runpath, self.path, self.obj.Runpath), name)
	s.cache(self.obj.NoDefLib, name)
	if !self.obj.NoDefLib {
		s.list(s.defaults(), name)
	}
}

func (s *search) defaults() []Place {
	var list []Place
	for _, dir := range s.DefaultDirs {
		list = append(list, Place{Via: Default, Dir: dir})
	}
	return list
}

// direct opens a DT_NEEDED that has a slash: there is no search.
func (s *search) direct(self asker, name string) {
	file, ok := s.expand(name, origin(self.path))
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
