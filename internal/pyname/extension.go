// File names that Python imports: PEP 3149, PEP 384 and importlib's
// EXTENSION_SUFFIXES.

package pyname

import (
	"path"
	"regexp"
	"strings"
)

var (
	extensionTag = regexp.MustCompile(`\.(?:cpython-[0-9a-z][-0-9a-z_]*|abi3t?|(?:pypy|graalpy)[0-9][-0-9a-z_]*)\.so$`)
	identifier   = regexp.MustCompile(`^[A-Za-z_][0-9A-Za-z_]*$`)
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
