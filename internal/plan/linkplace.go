package plan

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
)

// A placed is a link that is planned.
type placed struct {
	target string
	served map[int]bool // objects, by index
	beside []string     // the links that the library itself needs, by path
}

// usable returns the directories among those of a search in which patch may place a link
// for an object: in its own output, no links, and of one distribution alone. They are
// sorted by how near they are to the file from, then in the order of the search.
func (l *linker) usable(o *Object, from string, searched []ldso.Place) []string {
	var dirs []string
	for _, place := range searched {
		if place.Via != ldso.Rpath && place.Via != ldso.Runpath {
			continue
		}
		dir := filepath.Clean(l.dirs.clean(place.Dir))
		if strings.Contains(dir, "/glibc-hwcaps/") || !l.dirs.known[dir] || l.inventory.Roots.Of(dir) != o.Root ||
			l.inventory.Owned == nil || !l.inventory.Owned(dir) || slices.Contains(dirs, dir) {
			continue
		}
		dirs = append(dirs, dir)
	}
	near := filepath.Dir(from)
	slices.SortStableFunc(dirs, func(a, b string) int { return cmp.Compare(distance(near, a), distance(near, b)) })
	return dirs
}

// same reports whether two paths lead to one file.
func (l *linker) same(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := l.files.Open(a)
	y, errY := l.files.Open(b)
	return errX == nil && errY == nil && x.Real == y.Real
}

// try plans a link for an object, with the links that the library needs beside it, and
// reports whether it could. Nothing may be there yet, and no object of the directory may
// answer to the name.
func (l *linker) try(o *Object, path, target string) bool {
	if !canList(filepath.Base(path)) || l.inventory.Taken == nil || l.inventory.Taken(path) || l.links[path] != nil || l.answers[path] != "" {
		return false
	}
	f, err := l.files.Open(target)
	driver := filepath.Dir(target) == providers.DriverDir
	if err != nil && !driver {
		return false
	}
	link := &placed{target: target, served: map[int]bool{}}
	l.links[path] = link
	l.files.move(path, target)
	if driver {
		return true
	}
	entries, _ := f.Object.SearchPath()
	if !slices.ContainsFunc(entries, func(entry string) bool { return strings.Contains(entry, "ORIGIN") }) {
		return true
	}
	names := slices.Clone(f.Object.Needed)
	for _, filter := range f.Object.Filters {
		names = append(names, filter.Name)
	}
	for _, d := range f.Object.Dlopen {
		names = append(names, d.Sonames...)
	}
	if l.inventory.NamesIn != nil && !l.options.Opened.None {
		names = append(names, l.inventory.NamesIn(f.Real)...)
	}
	for _, name := range names {
		other, ok := l.beside(o, path, f, name)
		if !ok {
			l.drop(path)
			return false
		}
		if other != "" {
			link.beside = append(link.beside, other)
		}
	}
	return true
}

// canList reports whether RECORD can list a file of this name, and whether it is none of
// the program's own.
func canList(name string) bool {
	return utf8.ValidString(name) && !strings.HasPrefix(name, atomicfile.Prefix) &&
		!strings.ContainsFunc(name, func(r rune) bool { return r == '\\' || unicode.IsControl(r) })
}

// beside sees to it that a library which is found by a link finds one that it needs, as
// it does at its own place: $ORIGIN is the directory of the link. It returns the link by
// which it does, "" where none is needed, and is false where it cannot.
func (l *linker) beside(o *Object, path string, f ldso.File, name string) (link string, ok bool) {
	there := l.loader.Find(l.files, f.Object, l.links[path].target, name)
	if !there.Found || strings.Contains(name, "/") {
		return "", true
	}
	here := l.loader.Find(l.files, f.Object, path, name)
	if here.Found && here.Real == there.Real {
		clean := filepath.Clean(l.dirs.clean(here.Path))
		if l.links[clean] != nil && clean != path {
			return clean, true
		}
		return "", true
	}
	for _, dir := range l.usable(o, path, here.Searched) {
		if other := filepath.Join(dir, name); l.try(o, other, there.Path) {
			return other, true
		}
	}
	return "", false
}

// drop takes back a link, and those beside it that serve nobody else.
func (l *linker) drop(path string) {
	link := l.links[path]
	if link == nil {
		return
	}
	delete(l.links, path)
	delete(l.files.moved, path)
	for _, other := range link.beside {
		if o := l.links[other]; o != nil && len(o.served) == 0 {
			l.drop(other)
		}
	}
}
