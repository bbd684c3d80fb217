package ldso

// This file checks symbol versions as _dl_check_map_versions of glibc does. The
// loader's --list finds a missing one, says so on standard error and exits with
// status 0.

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// A MissingVersion is a symbol version that an object wants and the library that
// was found does not have.
type MissingVersion struct {
	Object  string // path of the object that wants it
	Soname  string // of the library, as the object names it
	Library string // path of the library that was found
	Want    string // such as GLIBC_2.38
	Highest string // the highest of that prefix the library has, "" where it has none
}

// CheckVersions compares what each object of a closure wants with what the very
// files that were resolved define. Weak wants are no error, a library without any
// version definition is not checked, and one that was not found is passed over.
// musl checks no versions at all.
// The result is sorted by object, library and version.
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
					Want: want.Name, Highest: highest(lib.Object, want.Name),
				})
			}
		}
	}
	slices.SortFunc(missing, func(a, b MissingVersion) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Soname, b.Soname), CompareVersions(a.Want, b.Want))
	})
	return missing
}

// answering gives the object that the name of a version record means: the one
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

func highest(lib *elfobj.Object, want string) string {
	best := ""
	for _, v := range lib.Verdef {
		if versionPrefix(v) == versionPrefix(want) && (best == "" || CompareVersions(v, best) > 0) {
			best = v
		}
	}
	return best
}

// versionPrefix is what stands before the number: GLIBC_ of GLIBC_2.38.
// GLIBC_PRIVATE and GLIBC_2.38 have nothing in common that could be compared.
func versionPrefix(v string) string {
	return v[:len(v)-len(strings.TrimLeft(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_+-"))]
}

// CompareVersions orders version names with numbers as numbers: GLIBC_2.9 comes
// before GLIBC_2.38.
func CompareVersions(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na == 0 || nb == 0 {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(b[:nb], "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); c != 0 {
			return c
		}
		a, b = a[na:], b[nb:]
	}
	return cmp.Compare(len(a), len(b))
}

func digits(s string) int {
	return len(s) - len(strings.TrimLeft(s, "0123456789"))
}
