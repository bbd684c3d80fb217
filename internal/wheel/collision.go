// Names that a file system without case or with normal forms of Unicode stores as
// one file.

package wheel

import (
	"hash/maphash"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// A caseFolder makes keys of names. It is not safe for use by several goroutines.
type caseFolder struct{ caser cases.Caser }

// key returns the same for names that are equal after Unicode case folding and in
// Unicode normal form.
func (f *caseFolder) key(name string) string {
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

// A CollisionSet finds names that are equal after Unicode case folding. It keeps
// hashes, not the folded names, so that a hundred thousand of them stay small. The
// zero value is not ready: use NewCollisionSet.
type CollisionSet struct {
	folder caseFolder
	seed   maphash.Seed
	seen   map[uint64]int32
	name   func(i int) string
}

// NewCollisionSet returns an empty set with room for n names, which have indexes.
func NewCollisionSet(n int, name func(i int) string) *CollisionSet {
	return &CollisionSet{caseFolder{cases.Fold()}, maphash.MakeSeed(), make(map[uint64]int32, n), name}
}

// Add takes the name of index i, or returns the index of an earlier one that is
// equal to it after folding.
func (s *CollisionSet) Add(i int) (first int, found bool) {
	key := s.folder.key(s.name(i))
	for h := maphash.String(s.seed, key); ; h++ {
		at, taken := s.seen[h]
		if !taken {
			s.seen[h] = int32(i)
			return 0, false
		}
		if s.folder.key(s.name(int(at))) == key {
			return int(at), true
		}
	}
}
