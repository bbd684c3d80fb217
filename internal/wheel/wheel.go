// Package wheel reads wheels and what installers make of them.
//
//   - The archive: APPNOTE.TXT of ZIP with ZIP64, and PEP 427 for what a wheel may
//     hold and where an installer puts it.
//   - The dist-info folder: PEP 427 and PEP 491, of a tree PEP 376.
//   - RECORD: PEP 376, PEP 427 and PEP 627.
//
// Left out are what file names, tags and versions mean (package pyname), signatures
// (RECORD.jws and RECORD.p7s, which PEP 427 has deprecated, have no row and are not read),
// variant.json and eggs. The package writes no file and runs nothing of a wheel. Only the
// small files of dist-info are read to memory; other members are streams.
//
// Scanning reads members by it. Verification checks RECORD by it, and brings
// RECORD up to date after files were edited. Explain shows what it reads.
//
// # Security
//
// A wheel is hostile input. Whatever the bytes are, Open and the readers that it
// returns do not panic; they return errors or faults. An archive has at most
// 100,000 members with 7 MiB of names, and unpacks to 1 GiB or a hundred times its
// size. One of dist-info's files is in memory at a time: 10 MiB for RECORD, of at
// most 100,000 rows with columns of 4 KiB, 4 MiB for others. What is larger is an
// error that names the bound. Below the bounds time and memory grow as the bytes
// that are read do; of a dist-info folder in a tree these are the fields of METADATA
// alone. A member never yields more bytes than the directory declares. A member
// whose name could lead out of the directory that it is installed to, or that has
// the name of a file of this program, has no install path.
package wheel

// Bounds on what is in memory: with all of them reached, verification stays below
// 64 MiB. The largest wheel that the tests know has 5,786 members.
const (
	maxMembers  = 100_000  // entries of the archive's directory, rows of a RECORD
	maxName     = 4 << 10  // bytes of one name or one column of a RECORD: PATH_MAX
	maxNames    = 7 << 20  // bytes of all names of the archive together
	MaxRecord   = 10 << 20 // bytes of a RECORD
	maxMetadata = 4 << 20  // bytes of METADATA, WHEEL or entry_points.txt

	// An archive may unpack to this much in any case, or to so many times its size.
	// Real wheels unpack to four times theirs, seldom to twenty.
	maxUnpacked = 1 << 30
	maxRatio    = 100
)
