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

// A CollisionSet finds names that are equal, or equal after Unicode case folding. It
// keeps hashes, not the folded names, so that a hundred thousand of them stay small.
// The zero value is not ready: use NewCollisionSet.
type CollisionSet struct {
	folder caseFolder
	seed   maphash.Seed
	folded map[uint64]int32 // the first name of each that is equal after folding
	exact  map[uint64]int32 // those that differ from their first
	name   func(i int) string
}

// A Collision is how a name is equal to an earlier one.
type Collision int

// The ways in which names collide.
const (
	NoCollision  Collision = iota
	FoldedEqual            // by case or Unicode form: one file on some systems, on Linux two
	ExactlyEqual           // one file everywhere
)

// NewCollisionSet returns an empty set with room for n names, which have indexes.
func NewCollisionSet(n int, name func(i int) string) *CollisionSet {
	return &CollisionSet{
		folder: caseFolder{cases.Fold()}, seed: maphash.MakeSeed(), name: name,
		folded: make(map[uint64]int32, n), exact: map[uint64]int32{},
	}
}

// Add takes the name of index i. Where it collides it returns the index of an earlier
// name that it does so with, an equal one if there is any.
func (s *CollisionSet) Add(i int) (first int, how Collision) {
	first, found := s.find(s.folded, i, s.folder.key)
	switch {
	case !found:
		return 0, NoCollision
	case s.name(first) == s.name(i):
		return first, ExactlyEqual
	}
	if same, found := s.find(s.exact, i, func(name string) string { return name }); found {
		return same, ExactlyEqual
	}
	return first, FoldedEqual
}

// find returns the index in seen whose name has the key of that of i, or adds i.
func (s *CollisionSet) find(seen map[uint64]int32, i int, keyOf func(name string) string) (at int, found bool) {
	key := keyOf(s.name(i))
	for h := maphash.String(s.seed, key); ; h++ {
		at, taken := seen[h]
		if !taken {
			seen[h] = int32(i)
			return 0, false
		}
		if keyOf(s.name(int(at))) == key {
			return int(at), true
		}
	}
}
