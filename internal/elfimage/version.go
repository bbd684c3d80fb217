package elfimage

// The sizes of the records of symbol versions, in bytes: the same for both classes (LSB
// Core, "Symbol Versioning").
const (
	VerneedSize = 16
	VernauxSize = 16
	VerdefSize  = 20
	VerdauxSize = 8
)

// MaxVersions bounds the records of versions of one object that are read; glibc's own
// libraries have some dozens.
const MaxVersions = 1 << 16
