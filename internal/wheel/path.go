// Paths of members and rows: what may stand in them.

package wheel

import (
	"path"
	"strings"
	"unicode/utf8"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
)

// checkName returns why a member's name cannot be used as a relative path, or the
// empty string. A trailing slash, the mark of a directory, is allowed.
func checkName(name string) string {
	switch {
	case name == "":
		return "an empty name"
	case len(name) > maxName:
		return "a name longer than a path can be"
	case !utf8.ValidString(name):
		return "a name that is not UTF-8"
	case strings.ContainsRune(name, 0):
		return "a NUL byte in the name"
	case strings.ContainsRune(name, '\\'):
		return "a backslash in the name: some readers take it for a slash"
	case strings.HasPrefix(name, "/"):
		return "an absolute path"
	case hasDrive(name):
		return "a drive letter in the name"
	case namesOwnFile(name):
		return ownFile
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(name, "/"), "/") {
		switch part {
		case "..":
			return "a name that climbs out of its directory"
		case ".", "":
			return "a name with an empty or a dot component"
		}
	}
	return ""
}

func hasDrive(name string) bool {
	return len(name) >= 2 && name[1] == ':' && (name[0]|0x20 >= 'a' && name[0]|0x20 <= 'z')
}

const ownFile = "a part of the path begins with " + atomicfile.Prefix + ", as the names of this program's own files do"

// namesOwnFile reports whether a component of a path begins as the names of the
// files do that this program makes in a tree: its journal and what it keeps. Case
// does not count, as there are file systems to which it does not.
func namesOwnFile(p string) bool {
	const n = len(atomicfile.Prefix)
	for part := range strings.SplitSeq(p, "/") {
		if len(part) >= n && strings.EqualFold(part[:n], atomicfile.Prefix) {
			return true
		}
	}
	return false
}

// Clean returns the shortest form of a row's path and reports whether it stays
// below the directory that it is relative to.
func Clean(p string) (clean string, inside bool) {
	clean = path.Clean(p)
	return clean, !path.IsAbs(clean) && clean != ".." && !strings.HasPrefix(clean, "../") && clean != "."
}
