// Finding members by name.

package wheel

import (
	"hash/maphash"
	"math/bits"
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
func (x *nameIndex) slot(name string) *int32 {
	for h := maphash.String(x.seed, name); ; h++ {
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
