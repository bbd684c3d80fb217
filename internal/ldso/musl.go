package ldso

import (
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// musl looks for one library as musl does (load_library in ldso/dynlink.c).
// DT_RPATH and DT_RUNPATH are one thing there and both are inherited. An empty
// entry is skipped. The first file of the name counts, whatever it is.
func (s *search) musl(by *asker, name string) {
	if strings.Contains(name, "/") {
		p := Place{Via: Direct, Dir: origin(name)}
		if name[0] != '/' {
			p.Reason = reasonRelative
			s.need.Searched = append(s.need.Searched, p)
			return
		}
		s.tryMusl(p, name)
		return
	}
	s.listMusl(s.own(by), name)
	for a := by.up; a != nil && !s.done(); a = a.up {
		s.listMusl(s.own(a), name)
	}
	s.listMusl(s.defaults(), name)
}

// muslPlaces returns the directories of an object's search path, which end at a
// colon or a newline. With a token other than $ORIGIN musl drops it as a whole.
func muslPlaces(a *asker) []Place {
	via := Runpath
	entries, rpath := a.obj.SearchPath()
	if rpath {
		via = Rpath
	}
	raw := strings.Join(entries, ":")
	rest := raw
	for _, token := range []string{"${ORIGIN}", "$ORIGIN"} {
		raw = strings.ReplaceAll(raw, token, origin(a.path))
		rest = strings.ReplaceAll(rest, token, "")
	}
	if strings.Contains(rest, "$") {
		return []Place{{Via: via, Object: a.path, Dir: strings.Join(entries, ":"), Reason: reasonToken}}
	}
	var list []Place
	for _, dir := range strings.FieldsFunc(raw, func(r rune) bool { return r == ':' || r == '\n' }) {
		p := Place{Via: via, Object: a.path, Dir: dir}
		if dir[0] != '/' {
			p.Reason = reasonRelative
		}
		list = append(list, p)
	}
	return list
}

func (s *search) listMusl(dirs []Place, name string) {
	for _, p := range dirs {
		if s.done() {
			return
		}
		if p.Reason != "" {
			s.need.Searched = append(s.need.Searched, p)
			continue
		}
		s.tryMusl(p, p.Dir+"/"+name)
	}
}

// tryMusl opens one file. musl passes nothing over: an object of another class
// or machine is an error. (It does not look at e_machine, and would fail later in
// worse ways.)
func (s *search) tryMusl(p Place, file string) {
	f, err := s.files.Open(file)
	if err != nil {
		if !s.failed(p, file, err) {
			s.need.Path, s.need.Real, s.need.Fatal = file, file, cause(err) // no further list either
		}
		return
	}
	if reason := otherKind(s.target, f.Object); reason != "" {
		p.Reason = reason
		s.need.Path, s.need.Real, s.need.Fatal = file, f.Real, reason
		s.need.Searched = append(s.need.Searched, p)
		return
	}
	s.need.Found, s.need.Path, s.need.Real, s.need.Via = true, file, f.Real, p.Via
	s.file = f
}

// otherKind says why an object is none that serves want, or returns "".
func otherKind(want, obj *elfobj.Object) string {
	switch {
	case obj.Class != want.Class:
		return classReason(obj)
	case !obj.Kind().Same(want.Kind()):
		return machineReason(obj)
	case !obj.Dynamic:
		return "object file has no dynamic section"
	}
	return ""
}
