// File names that Python imports: PEP 3149, PEP 384, PEP 803 and importlib's
// EXTENSION_SUFFIXES.

package pyname

import (
	"path"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
)

// A Module is what the file name of an extension module says.
type Module struct {
	Suffix  string  // from the first dot on: ".cpython-311-x86_64-linux-gnu.so"
	Pythons Pythons // which load it, as far as the suffix says
	Triplet string  // of the platform, such as "x86_64-linux-gnu"; empty where the suffix has none
}

var (
	extensionTag = lazyregexp.New(`\.(cpython-[0-9a-z][-0-9a-z_]*|abi3t?(?:-[-0-9a-z_]+)?|(?:pypy|graalpy)[0-9][-0-9a-z_]*)\.so$`)
	identifier   = lazyregexp.New(`^[A-Za-z_][0-9A-Za-z_]*$`)

	cpythonABI = lazyregexp.New(`^cpython-([1-9])([0-9]{1,3})([a-z]*)(?:-(.*))?$`)
	pypyABI    = lazyregexp.New(`^pypy([1-9])([0-9]{0,3})(?:-[a-z]*[0-9]+)?(?:-(.*))?$`)
	graalpyABI = lazyregexp.New(`^graalpy[0-9]+-([1-9])([0-9]{1,3})-`)
)

// IsExtensionModule reports whether Python imports the file of this path, which
// is relative to site-packages, to a prefix that holds it, or absolute: its name
// has a tag of an interpreter or of the stable ABI, or is a bare NAME.so that an
// import statement can spell, in a folder that it can spell too. Linkers make no
// library without the prefix lib, so such a bare name is none.
func IsExtensionModule(file string) bool {
	dir, base := path.Split(file)
	if extensionTag.MatchString(base) {
		return true
	}
	name, ok := strings.CutSuffix(base, ".so")
	if !ok || strings.HasPrefix(name, "lib") || !identifier.MatchString(name) {
		return false
	}
	for _, site := range []string{"/site-packages/", "/dist-packages/"} {
		if i := strings.LastIndex("/"+dir, site); i >= 0 {
			dir = ("/" + dir)[i+len(site):]
			break
		}
	}
	for part := range strings.SplitSeq(strings.Trim(dir, "/"), "/") {
		if part != "" && !identifier.MatchString(part) {
			return false
		}
	}
	return true
}

// ParseModule returns what the name of a file says that IsExtensionModule takes. A bare
// name, and a tag that is not known here, may be for any Python.
func ParseModule(file string) (Module, bool) {
	if !IsExtensionModule(file) {
		return Module{}, false
	}
	m := Module{Suffix: ".so"}
	tag := extensionTag.FindStringSubmatch(path.Base(file))
	if tag == nil {
		return m, true
	}
	m.Suffix = tag[0]
	abi := tag[1]
	switch {
	case strings.HasPrefix(abi, "cpython"):
		if cpython := cpythonABI.FindStringSubmatch(abi); cpython != nil {
			m.Pythons = exactly("cpython", cpython[1], cpython[2])
			m.Pythons.Threads = threadsOf(cpython[3])
			m.Triplet = cpython[4]
		}
	case strings.HasPrefix(abi, "abi3"):
		stable, triplet, _ := strings.Cut(abi, "-")
		m.Pythons, m.Triplet = Pythons{Implementation: "cpython", Major: 3, Minor: 2, Later: true, Threads: WithGIL}, triplet
		if stable == "abi3t" {
			m.Pythons.Minor, m.Pythons.Threads = 15, AnyThreads
		}
	case strings.HasPrefix(abi, "pypy"):
		if pypy := pypyABI.FindStringSubmatch(abi); pypy != nil {
			m.Pythons, m.Triplet = exactly("pypy", pypy[1], pypy[2]), pypy[3]
		}
	default:
		if graalpy := graalpyABI.FindStringSubmatch(abi); graalpy != nil {
			m.Pythons = exactly("graalpy", graalpy[1], graalpy[2])
		}
	}
	return m, true
}
