package ldso

import (
	"cmp"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/symver"
)

// A MissingVersion is a symbol version that an object wants and the library that
// was found does not have.
type MissingVersion struct {
	Object  string // path of the object that wants it
	Soname  string // of the library, as the object names it
	Library string // path of the library that was found; "" where no loaded object answers to Soname
	Want    string // such as GLIBC_2.38
	Highest string // what the library has of that name (symver.Highest), "" where it has none
}

// CheckVersions returns the symbol versions that an object of a closure wants and
// the file that was found for it does not define (_dl_check_map_versions of glibc).
// The result is sorted by object, library and version.
//
// An absent weak version is no error. A library that defines no versions at all is
// not checked, nor one that was not found. Where a version is wanted of a name that
// no object needs, so that nothing is loaded for it, the loader ends with a failed
// assertion, also where only weak ones are. musl checks none. The loader's --list
// names a missing version on standard error and exits with status 0.
func CheckVersions(c Closure) []MissingVersion {
	var missing []MissingVersion
	x := index{closure: c, defined: map[*elfobj.Object][]string{}, newest: map[versions]string{}}
	for i := range c {
		l := &c[i]
		if l.m.Libc == Musl {
			return nil
		}
		if len(l.Object.Verneed) == 0 {
			continue
		}
		answering := x.of(l)
		for _, v := range l.Object.Verneed {
			lib := answering(v.File)
			if lib == nil && len(v.Versions) > 0 && !x.isLacking(v.File) {
				missing = append(missing, MissingVersion{Object: l.Path, Soname: v.File, Want: v.Versions[0].Name})
			}
			if lib == nil || !lib.Object.HasVerdef {
				continue
			}
			for _, want := range v.Versions {
				if want.Weak || x.defines(lib.Object, want.Name) {
					continue
				}
				missing = append(missing, MissingVersion{
					Object: l.Path, Soname: v.File, Library: lib.Path,
					Want: want.Name, Highest: x.highest(lib.Object, symver.Prefix(want.Name)),
				})
			}
		}
	}
	slices.SortFunc(missing, func(a, b MissingVersion) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Soname, b.Soname), symver.Compare(a.Want, b.Want))
	})
	return missing
}

// An index looks objects of a closure up. Its maps are made when they are asked for.
type index struct {
	closure        Closure
	byReal, byName map[string]*Loaded          // the first of each
	lacking        map[string]bool             // names that were not found for some object
	defined        map[*elfobj.Object][]string // versions, sorted
	newest         map[versions]string
}

// versions are those of one library that begin alike.
type versions struct {
	of     *elfobj.Object
	prefix string
}

// named returns the first object that answers to a name, or nil.
func (x *index) named(name string) *Loaded {
	if x.byName == nil {
		x.byName = map[string]*Loaded{}
		for i := range slices.Backward(x.closure) { // so that the first of several stays
			l := &x.closure[i]
			x.byName[l.Object.Soname] = l
			for _, name := range l.Names() {
				x.byName[name] = l
			}
		}
	}
	return x.byName[name]
}

// isLacking reports whether a name was not found for some object.
func (x *index) isLacking(name string) bool {
	if x.lacking == nil {
		x.lacking = map[string]bool{}
		for _, l := range x.closure {
			if !l.Lacks() {
				continue
			}
			for _, n := range l.Needs() {
				if !n.Found {
					x.lacking[n.Soname] = true
				}
			}
		}
	}
	return x.lacking[name]
}

// file returns the first object that is a file.
func (x *index) file(real string) *Loaded {
	if x.byReal == nil {
		x.byReal = make(map[string]*Loaded, len(x.closure))
		for i := range slices.Backward(x.closure) {
			x.byReal[x.closure[i].Real] = &x.closure[i]
		}
	}
	return x.byReal[real]
}

// of returns what finds the object that a name in a version record of l means: the
// one that the need of that name led to, else the first that answers to it.
func (x *index) of(l *Loaded) func(name string) *Loaded {
	needs := make(map[string]int32, len(l.node.asks)) // the object of the first of each name
	for k, q := range slices.Backward(l.answered) {
		if q.object != leftOut {
			needs[l.node.asks[k].soname(l.Object)] = q.object
		}
	}
	return func(name string) *Loaded {
		switch object, ok := needs[name]; {
		case !ok:
			return x.named(name)
		case object == absent:
			return nil
		default:
			return x.file(x.closure[object].Real)
		}
	}
}

// defines reports whether a library defines a version.
func (x *index) defines(lib *elfobj.Object, version string) bool {
	sorted, ok := x.defined[lib]
	if !ok {
		sorted = slices.Sorted(slices.Values(lib.Verdef))
		x.defined[lib] = sorted
	}
	_, found := slices.BinarySearch(sorted, version)
	return found
}

// highest is symver.Highest of the versions that a library defines.
func (x *index) highest(lib *elfobj.Object, prefix string) string {
	key := versions{lib, prefix}
	if _, ok := x.newest[key]; !ok {
		x.newest[key] = symver.Highest(prefix, lib.Verdef)
	}
	return x.newest[key]
}
