// Which Pythons a name is for: the Python and ABI tags of a wheel (PEP 425 and 803), and
// the folder that modules are installed to (sysconfig's installation schemes).

package pyname

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
)

// Pythons is a set of interpreters, as far as names tell them apart. Its zero value is
// every Python.
type Pythons struct {
	Implementation string // of sys.implementation.name; empty: any
	Major          int    // 0: any
	Minor          int    // -1: any of Major
	Later          bool   // and every later version of Major
	Threads        Threads
}

// Threads says whether interpreters have a global lock. Only CPython 3.13 and later is
// built without it (PEP 703).
type Threads int

// The two builds of CPython.
const (
	AnyThreads Threads = iota
	WithGIL
	FreeThreaded
)

// exactly returns one version by its digits. No minor version is any.
func exactly(implementation, major, minor string) Pythons {
	p := Pythons{Implementation: implementation, Minor: -1}
	p.Major, _ = strconv.Atoi(major)
	if n, err := strconv.Atoi(minor); err == nil {
		p.Minor = n
	}
	return p
}

// threadsOf returns what the flags of an ABI say ("t", "m", "dmu").
func threadsOf(flags string) Threads {
	if strings.Contains(flags, "t") {
		return FreeThreaded
	}
	return WithGIL
}

// Meets reports whether an interpreter is in both sets.
func (p Pythons) Meets(q Pythons) bool {
	switch {
	case p.Implementation != "" && q.Implementation != "" && p.Implementation != q.Implementation,
		p.Threads != AnyThreads && q.Threads != AnyThreads && p.Threads != q.Threads:
		return false
	case p.Major == 0 || q.Major == 0:
		return true
	case p.Major != q.Major:
		return false
	}
	pLow, pHigh := p.minors()
	qLow, qHigh := q.minors()
	return pLow <= qHigh && qLow <= pHigh
}

// minors returns the least and the greatest minor version.
func (p Pythons) minors() (low, high int) {
	const last = 1 << 20
	switch {
	case p.Minor < 0 || p.Major == 0:
		return 0, last
	case p.Later:
		return p.Minor, last
	}
	return p.Minor, p.Minor
}

// contains reports whether every interpreter of q is in p.
func (p Pythons) contains(q Pythons) bool {
	if p.Implementation != "" && p.Implementation != q.Implementation ||
		p.Threads != AnyThreads && p.Threads != q.Threads ||
		p.Major != 0 && p.Major != q.Major {
		return false
	}
	pLow, pHigh := p.minors()
	qLow, qHigh := q.minors()
	return pLow <= qLow && qHigh <= pHigh
}

// Exact reports whether it is one version of one implementation.
func (p Pythons) Exact() bool {
	return p.Implementation != "" && p.Major > 0 && p.Minor >= 0 && !p.Later
}

var implementationNames = map[string]string{
	"": "Python", "cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy", "ironpython": "IronPython", "jython": "Jython",
}

// String returns the set in words: "CPython 3.13", "PyPy 3.9 or newer", "Python 3".
func (p Pythons) String() string {
	name, version := p.words()
	if version != "" {
		name += " " + version
	}
	return name
}

// words returns the name and the version, either of which may be said once for several.
func (p Pythons) words() (name, version string) {
	name = implementationNames[p.Implementation]
	if p.Threads == FreeThreaded {
		name = "free-threaded " + name
	}
	switch {
	case p.Major == 0:
		return "any " + name, ""
	case p.Minor < 0:
		return name, strconv.Itoa(p.Major)
	}
	version = fmt.Sprintf("%d.%d", p.Major, p.Minor)
	if p.Later {
		version += " or newer"
	}
	return name, version
}

// SuffixesOf returns the suffixes by which an interpreter of an exact set finds extension
// modules, in its order, on the platform of a triplet: importlib.machinery's
// EXTENSION_SUFFIXES. One is left out: free-threaded CPython before 3.15 looks for
// .abi3.so, but cannot load such a module (PEP 803, "Motivation").
func (p Pythons) SuffixesOf(triplet string) []string {
	version := fmt.Sprintf("%d%d", p.Major, p.Minor)
	switch p.Implementation {
	case "pypy":
		return []string{".pypy" + version + "-pp73-" + triplet + ".so"}
	case "cpython":
	default:
		return nil
	}
	if p.Threads == FreeThreaded {
		version += "t"
	}
	out := []string{".cpython-" + version + "-" + triplet + ".so"}
	stable := []string{"abi3"}
	switch platformToo := p.Minor >= 15; {
	case platformToo && p.Threads == FreeThreaded:
		stable = []string{"abi3t-" + triplet, "abi3t"}
	case platformToo:
		stable = []string{"abi3-" + triplet, "abi3", "abi3t-" + triplet, "abi3t"}
	case p.Threads == FreeThreaded:
		stable = nil
	}
	for _, s := range stable {
		out = append(out, "."+s+".so")
	}
	return append(out, ".so")
}

// Describe returns several sets in words, each once, oldest first.
func Describe(sets []Pythons) string {
	var out []string
	before := ""
	for _, p := range sorted(sets) {
		name, version := p.words()
		if n := len(out) - 1; n >= 0 && name == before && version != "" {
			out[n] += ", " + version
			continue
		}
		out, before = append(out, p.String()), name
	}
	return strings.Join(out, "; ")
}

// sorted returns the sets, each once: by implementation, oldest first.
func sorted(sets []Pythons) []Pythons {
	all := slices.Clone(sets)
	slices.SortFunc(all, func(p, q Pythons) int {
		return cmp.Or(
			cmp.Compare(p.Implementation, q.Implementation), cmp.Compare(p.Threads, q.Threads),
			cmp.Compare(p.Major, q.Major), cmp.Compare(p.Minor, q.Minor), compareBool(p.Later, q.Later),
		)
	})
	return slices.Compact(all)
}

// Union returns the sets that no other of them contains, each once: by implementation,
// oldest first.
func Union(sets []Pythons) []Pythons {
	var out []Pythons
	for _, p := range sorted(sets) {
		if slices.ContainsFunc(out, func(q Pythons) bool { return q.contains(p) }) {
			continue
		}
		out = append(slices.DeleteFunc(out, p.contains), p)
	}
	return out
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

var (
	pythonTag = lazyregexp.New(`^(py|cp|pp|ip|jy|graalpy)([1-9])([0-9]{0,3})$`)
	cpTag     = lazyregexp.New(`^cp([1-9])([0-9]{1,3})([a-z]*)$`)
	pypyTag   = lazyregexp.New(`^pypy([1-9])([0-9]{1,3})_`)
	graalTag  = lazyregexp.New(`^graalpy[0-9]+_([1-9])([0-9]{1,3})_`)

	shortNames = map[string]string{"py": "", "cp": "cpython", "pp": "pypy", "ip": "ironpython", "jy": "jython", "graalpy": "graalpy"}
)

// TagPythons returns the Pythons that take a wheel of these two tags, as the package
// packaging yields tags for them. It is false for tags that no Python takes, and for those
// that are not known here.
func TagPythons(python, abi string) (Pythons, bool) {
	tag := pythonTag.FindStringSubmatch(strings.ToLower(python))
	if tag == nil {
		return Pythons{}, false
	}
	p := exactly(shortNames[tag[1]], tag[2], tag[3])
	built := func(implementation string, version []string) bool {
		return p.Implementation == implementation && version[1] == tag[2] && version[2] == tag[3]
	}
	abi = strings.ToLower(abi)
	switch {
	case abi == "none":
		// py311 is 3.11 and what follows, cp311 is that alone.
		p.Later = tag[1] == "py" && p.Minor >= 0
		return p, true
	case abi == "abi3" || abi == "abi3t":
		p.Later, p.Threads = true, WithGIL
		if abi == "abi3t" {
			p.Threads = FreeThreaded
		}
		return p, p.Implementation == "cpython" && p.Minor >= 2
	}
	if cp := cpTag.FindStringSubmatch(abi); cp != nil {
		p.Threads = threadsOf(cp[3])
		return p, built("cpython", cp)
	}
	if pypy := pypyTag.FindStringSubmatch(abi); pypy != nil {
		return p, built("pypy", pypy)
	}
	if graalpy := graalTag.FindStringSubmatch(abi); graalpy != nil {
		return p, built("graalpy", graalpy)
	}
	return Pythons{}, false
}

// TagsPythons is TagPythons for two compressed tag sets (PEP 425, "Compressed Tag Sets").
func TagsPythons(python, abi []string) []Pythons {
	var out []Pythons
	for _, py := range python {
		for _, a := range abi {
			if p, ok := TagPythons(py, a); ok {
				out = append(out, p)
			}
		}
	}
	return Union(out)
}

var pythonFolder = lazyregexp.New(`^(python|pypy)([1-9])(?:\.([0-9]{1,3}))?(t?)$`)

// Folder returns the name of the folder in lib/ that holds the site-packages of a Python,
// the oldest of several versions: "python3.13t", "pypy3.11".
func (p Pythons) Folder() string {
	name := "python"
	if p.Implementation == "pypy" {
		name = "pypy"
	}
	switch {
	case p.Major == 0:
		return name + "3"
	case p.Minor < 0:
		return fmt.Sprint(name, p.Major)
	case p.Threads == FreeThreaded:
		return fmt.Sprintf("%s%d.%dt", name, p.Major, p.Minor)
	}
	return fmt.Sprintf("%s%d.%d", name, p.Major, p.Minor)
}

// SitePythons returns the Pythons whose folder of modules the file lies in, by the names
// of the innermost two folders that say it ("python3.13t/site-packages"), and the path of
// that folder. It returns none where no folder says it.
func SitePythons(file string) (site string, pythons []Pythons) {
	parts := strings.Split(file, "/")
	for i := len(parts) - 2; i > 0; i-- {
		if !slices.Contains([]string{"site-packages", "dist-packages", "lib-dynload"}, parts[i]) {
			continue
		}
		m := pythonFolder.FindStringSubmatch(parts[i-1])
		if m == nil {
			continue
		}
		site = strings.Join(parts[:i+1], "/")
		if m[1] == "pypy" {
			return site, []Pythons{exactly("pypy", m[2], m[3])}
		}
		cpython := exactly("cpython", m[2], m[3])
		if cpython.Minor >= 0 {
			cpython.Threads = threadsOf(m[4])
		}
		graalpy := exactly("graalpy", m[2], m[3]) // its folder has the same name
		return site, []Pythons{cpython, graalpy}
	}
	return "", nil
}
