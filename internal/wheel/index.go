// Finding members by name.

package wheel

import (
	"hash/maphash"
	"math/bits"
	"strings"
)

// A nameIndex is a hash table of places in members. A map takes three times the
// memory, which a hundred thousand members make worth having.
type nameIndex struct {
	members []Member
	seed    maphash.Seed
	slots   []int32 // a place plus one, or 0 where free, as a third of them or more are
}

func newNameIndex(members []Member) *nameIndex {
	slots := 1 << bits.Len(uint(len(members)+len(members)/2))
	return &nameIndex{members, maphash.MakeSeed(), make([]int32, slots)}
}

// slot returns where a name is or would be put.
func (x *nameIndex) slot(name string) *int32 { return x.slotAt(maphash.String(x.seed, name), name) }

// slotAt is slot for a name whose hash is known.
func (x *nameIndex) slotAt(h uint64, name string) *int32 {
	for ; ; h++ {
		slot := &x.slots[h%uint64(len(x.slots))]
		if *slot == 0 || x.members[*slot-1].Name == name {
			return slot
		}
	}
}

// add reports whether the name of the member at i is new.
func (x *nameIndex) add(i int) bool {
	slot := x.slot(x.members[i].Name)
	if *slot != 0 {
		return false
	}
	*slot = int32(i) + 1
	return true
}

// find returns the place of the first member that was added with a name.
func (x *nameIndex) find(name string) (i int, found bool) {
	i = int(*x.slot(name)) - 1
	return i, i >= 0
}

// findAbove returns the place of a member that has the name of a directory of this
// name, the outermost first. Each byte is hashed once, however many directories there
// are.
func (x *nameIndex) findAbove(name string) (i int, found bool) {
	var h maphash.Hash
	h.SetSeed(x.seed)
	for at := 0; ; {
		n := strings.IndexByte(name[at:], '/')
		if n < 0 {
			return 0, false
		}
		_, _ = h.WriteString(name[at : at+n])
		at += n
		if i := int(*x.slotAt(h.Sum64(), name[:at])) - 1; i >= 0 {
			return i, true
		}
		_ = h.WriteByte('/')
		at++
	}
}
