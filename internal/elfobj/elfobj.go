// Package elfobj reads what the dynamic loader reads from one ELF object, from
// its program headers alone (gABI chapter 5, "Program Loading and Dynamic
// Linking"). Section headers are never looked at: an object without them runs.
package elfobj

import "debug/elf"

// An Object is one ELF file as the dynamic loader sees it.
type Object struct {
	Class   elf.Class
	Data    elf.Data
	Machine elf.Machine
	OSABI   elf.OSABI
	Type    elf.Type
	Flags   uint32 // e_flags: the float ABI of ARM and the like

	Interp  string // PT_INTERP; empty is none
	Dynamic bool   // has PT_DYNAMIC with entries

	Needed   []string // DT_NEEDED in order
	Soname   string
	Rpath    []string // DT_RPATH split at colons, empty entries kept; nil where absent
	Runpath  []string // DT_RUNPATH, likewise
	NoDefLib bool     // DF_1_NODEFLIB
	PIE      bool     // DF_1_PIE: an ET_DYN that is a program

	// OriginFlag is DF_ORIGIN or DF_1_ORIGIN. Neither glibc nor musl asks for it.
	OriginFlag bool

	Verneed []Verneed // symbol versions wanted of others
	Verdef  []string  // symbol versions defined, without the base version

	// HasVerdef tells that there is a DT_VERDEF at all: the loader does not
	// check versions against a library that has none.
	HasVerdef bool

	HasStack  bool // has PT_GNU_STACK
	ExecStack bool // PT_GNU_STACK asks for an executable stack

	Dlopen []Dlopen // .note.dlopen
}

// A Verneed lists the versions that an object wants of one library.
type Verneed struct {
	File     string
	Versions []Version
}

// A Version is one wanted symbol version.
type Version struct {
	Name string
	Weak bool // VER_FLG_WEAK: absence is no error
}

// A Dlopen is one entry of a .note.dlopen: libraries that the object loads by
// itself, any one of which serves (systemd's ELF dlopen metadata).
type Dlopen struct {
	Sonames  []string
	Feature  string
	Priority string // required, recommended or suggested
}

// IsProgram tells whether the kernel starts the object through an interpreter.
func (o *Object) IsProgram() bool { return o.Interp != "" }

// A FormatError says why bytes are no ELF object that the loader would take.
type FormatError struct {
	Offset int64
	Msg    string
}

func (e *FormatError) Error() string { return "elfobj: " + e.Msg }
