package ldso

import (
	"cmp"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/symver"
)

// A MissingVersion is a symbol version that an object wants and the library that
// was found does not have.
type MissingVersion struct {
	Object  string // path of the object that wants it
	Soname  string // of the library, as the object names it
	Library string // path of the library that was found
	Want    string // such as GLIBC_2.38
	Highest string // what the library has of that name (symver.Highest), "" where it has none
}

// CheckVersions returns the symbol versions that an object of a closure wants and
// the file that was found for it does not define (_dl_check_map_versions of glibc).
// The result is sorted by object, library and version.
//
// An absent weak version is no error. A library that defines no versions at all is
// not checked, nor one that was not found. musl checks none. The loader's --list
// names a missing version on standard error and exits with status 0.
func CheckVersions(c Closure) []MissingVersion {
	var missing []MissingVersion
	for _, l := range c {
		if l.libc == Musl {
			return nil
		}
		for _, v := range l.Object.Verneed {
			lib := c.answering(l, v.File)
			if lib == nil || !lib.Object.HasVerdef {
				continue
			}
			for _, want := range v.Versions {
				if want.Weak || slices.Contains(lib.Object.Verdef, want.Name) {
					continue
				}
				missing = append(missing, MissingVersion{
					Object: l.Path, Soname: v.File, Library: lib.Path,
					Want: want.Name, Highest: symver.Highest(symver.Prefix(want.Name), lib.Object.Verdef),
				})
			}
		}
	}
	slices.SortFunc(missing, func(a, b MissingVersion) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Soname, b.Soname), symver.Compare(a.Want, b.Want))
	})
	return missing
}

// answering returns the object that the name in a version record means: the one
// that the need of that name led to, else the first that answers to it.
func (c Closure) answering(l Loaded, name string) *Loaded {
	for _, n := range l.Needs {
		if n.Soname == name && !n.Found {
			return nil
		}
		if n.Soname == name {
			return c.byReal(n.Real)
		}
	}
	for i := range c {
		if slices.Contains(c[i].Names, name) || c[i].Object.Soname == name {
			return &c[i]
		}
	}
	return nil
}

func (c Closure) byReal(real string) *Loaded {
	for i := range c {
		if c[i].Real == real {
			return &c[i]
		}
	}
	return nil
}
