package problem

// A Code is the lasting name of a kind of problem.
type Code string

// The codes. Each has its page in docs/problems.md.
const (
	RecordHashMismatch  Code = "record-hash-mismatch"
	RecordSizeMismatch  Code = "record-size-mismatch"
	RecordMissingFile   Code = "record-missing-file"
	RecordUnlistedFile  Code = "record-unlisted-file"
	RecordDuplicateRow  Code = "record-duplicate-row"
	RecordOutsideOutput Code = "record-outside-output"
	RecordWeakHash      Code = "record-weak-hash"
	RecordMalformed     Code = "record-malformed"
	RecordAbsent        Code = "record-absent"
	RecordHexDigest     Code = "record-hex-digest"
	RecordPaddedDigest  Code = "record-padded-digest"
	RecordUnproven      Code = "record-unproven"

	ArchiveUnsafePath Code = "archive-unsafe-path"
	ArchiveDamaged    Code = "archive-damaged"
	WheelMalformed    Code = "wheel-malformed"

	LibraryNotFound     Code = "library-not-found"
	LibraryOpenedByName Code = "library-opened-by-name"
	VersionNotFound     Code = "version-not-found"
	WrongArchitecture   Code = "wrong-architecture"
	WrongLibc           Code = "wrong-libc"
	WrongPython         Code = "wrong-python"
	LoaderDisagrees     Code = "loader-disagrees"
	LoaderNotRun        Code = "loader-not-run"
	ObjectDamaged       Code = "object-damaged"
	SonameConflict      Code = "soname-conflict"
	ImpureRunpath       Code = "impure-runpath"
	ExecutableStack     Code = "executable-stack"
	AuditModule         Code = "audit-module"
	BundledLibc         Code = "bundled-libc"
	IgnoreUnused        Code = "ignore-unused"

	PatchelfFailed  Code = "patchelf-failed"
	PatchelfVersion Code = "patchelf-version"
)
