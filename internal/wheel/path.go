// Names of archive members: what may stand in them, and when two are one.

package wheel

import (
	"hash/maphash"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// CheckName tells why a member's name cannot be used as a relative path, or
// gives the empty string. A trailing slash, the mark of a directory, is allowed.
func CheckName(name string) string {
	switch {
	case name == "":
		return "an empty name"
	case len(name) > MaxName:
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

// A Folder makes the key under which names that some file systems hold for one
// are equal: without case and in Unicode normal form. It is not safe for use
// by several goroutines.
type Folder struct{ caser cases.Caser }

// NewFolder gives a Folder.
func NewFolder() *Folder { return &Folder{cases.Fold()} }

// Key is the folded form of name.
func (f *Folder) Key(name string) string {
	ascii, lower := true, true
	for i := range len(name) {
		ascii = ascii && name[i] < utf8.RuneSelf
		lower = lower && !(name[i] >= 'A' && name[i] <= 'Z')
	}
	switch {
	case ascii && lower:
		return name
	case ascii:
		return strings.ToLower(name)
	}
	return norm.NFC.String(f.caser.String(norm.NFD.String(name)))
}

// Twins finds names that some file systems hold for one. It keeps hashes, not the
// folded names, so that a hundred thousand of them stay small. The zero value is
// not ready: use NewTwins.
type Twins struct {
	folder *Folder
	seed   maphash.Seed
	seen   map[uint64]int32
	name   func(i int) string
}

// NewTwins gives a Twins over names that have indexes.
func NewTwins(n int, name func(i int) string) *Twins {
	return &Twins{NewFolder(), maphash.MakeSeed(), make(map[uint64]int32, n), name}
}

// Add takes the name of index i and gives the index of an earlier one that is
// the same when folded.
func (t *Twins) Add(i int) (first int, found bool) {
	key := t.folder.Key(t.name(i))
	for h := maphash.String(t.seed, key); ; h++ {
		at, taken := t.seen[h]
		if !taken {
			t.seen[h] = int32(i)
			return 0, false
		}
		if t.folder.Key(t.name(int(at))) == key {
			return int(at), true
		}
	}
}

// Clean gives the shortest form of a row's path, and whether it stays below the
// directory that it is relative to.
func Clean(p string) (clean string, inside bool) {
	clean = path.Clean(p)
	return clean, !path.IsAbs(clean) && clean != ".." && !strings.HasPrefix(clean, "../") && clean != "."
}

// Quote shows text from outside as it is where it is plain, else in Go syntax.
func Quote(s string) string {
	plain := s != "" && utf8.ValidString(s)
	for _, r := range s {
		plain = plain && unicode.IsPrint(r) && r != ' ' && r != '"' && r != '\\'
	}
	if plain {
		return s
	}
	return strconv.Quote(s)
}
