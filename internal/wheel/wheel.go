// Package wheel reads wheels and what installers make of them: the archive of
// PEP 427, the RECORD of PEP 376 and 627, the tags of PEP 425, 600 and 656.
//
// It never writes, runs nothing of a wheel, and unpacks to memory only the
// small files of dist-info. What it leaves out: signatures (RECORD.jws and
// RECORD.p7s are passed over, as PEP 427 has deprecated them) and eggs.
//
// # Security
//
// A wheel is hostile input. Whatever the bytes are, Open and the readers that
// it hands out return errors or faults, they do not panic; they hold at most
// [MaxMembers] names of [MaxNames] bytes together and one file of dist-info of
// [MaxRecord] bytes. A member whose name could lead outside the directory it is
// installed to has no install path.
package wheel

// Bounds on what is held in memory: with all of them reached, verification stays
// below 64 MiB. The largest wheel that the tests know has 5,786 members.
const (
	MaxMembers  = 100_000  // entries of the archive's directory, rows of a RECORD
	MaxName     = 4 << 10  // bytes of one name: PATH_MAX
	MaxNames    = 7 << 20  // bytes of all names of the archive together
	MaxRecord   = 10 << 20 // bytes of a RECORD
	MaxMetadata = 4 << 20  // bytes of METADATA, WHEEL or entry_points.txt
)
