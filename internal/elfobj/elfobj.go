// Package elfobj reads what the dynamic loader reads of one ELF object (gABI
// chapter 5, "Program Loading and Dynamic Linking"), and the names of libraries in its
// data.
//
// It goes by the program headers and the virtual addresses, as the loader does.
// Read takes no section headers: an object without them runs. It leaves out symbols
// and relocations, which package elfcheck compares. Files come out of wheels
// and may be hostile, so every table is bounded.
//
// All packages that deal with objects call it: ldso, loadcheck's callers, and
// those that scan, plan, apply, check and explain.
package elfobj

import (
	"debug/elf"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

// An Object is one ELF file as the dynamic loader sees it.
type Object struct {
	Class   elf.Class
	Data    elf.Data
	Machine elf.Machine
	OSABI   elf.OSABI
	Type    elf.Type
	Flags   uint32 // e_flags: the float ABI of ARM and the like

	ABIVersion uint8 // EI_ABIVERSION, of the OSABI

	Interp  string // PT_INTERP; empty is none
	Dynamic bool   // has PT_DYNAMIC with entries

	// DebugOnly reports that PT_DYNAMIC is there and empty, as in a file that has the
	// debugging symbols of another one (--only-keep-debug of objcopy(1)).
	DebugOnly bool

	Needed   []string // DT_NEEDED in order
	Filters  []Filter // DT_FILTER and DT_AUXILIARY in order
	Audit    []string // the modules of DT_AUDIT, then those of DT_DEPAUDIT, split at colons
	Soname   string
	Rpath    []string // DT_RPATH split at colons, empty entries kept; nil where absent
	Runpath  []string // DT_RUNPATH, likewise
	NoDefLib bool     // DF_1_NODEFLIB
	PIE      bool     // DF_1_PIE: an ET_DYN that is a program

	// OriginFlag is DF_ORIGIN or DF_1_ORIGIN. Neither glibc nor musl asks for it.
	OriginFlag bool

	Verneed []Verneed // symbol versions wanted of others
	Verdef  []string  // symbol versions defined, without the base version

	// HasVerdef reports that there is a DT_VERDEF: the loader checks no versions
	// against a library without one.
	HasVerdef bool

	HasStack  bool // has PT_GNU_STACK
	ExecStack bool // PT_GNU_STACK asks for an executable stack

	Dlopen []Dlopen // .note.dlopen

	BuildID string // of the note that linkers write, in hexadecimal; empty where absent

	// Names are the libraries that whole strings of the object's data name, sorted: what it
	// may open by itself. Read leaves them out, for they take the whole file: see NamesIn.
	Names []string

	data    []elfimage.Region // of the file: where NamesIn looks
	strings elfimage.Region   // of the file: the dynamic string table
}

// A Filter is one DT_FILTER or DT_AUXILIARY: a library in which symbols are looked
// for before the object itself. glibc loads both; that of a DT_AUXILIARY may be
// absent. musl knows neither.
type Filter struct {
	Name      string
	Auxiliary bool
	Before    int // how many DT_NEEDED stand before it
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

// A Dlopen is one entry of a .note.dlopen ("ELF Dlopen Metadata" of the UAPI
// group): libraries that the object opens by itself, any one of which serves.
type Dlopen struct {
	Sonames  []string
	Feature  string
	Priority string // required, recommended or suggested
}

// IsProgram reports whether the kernel starts the object through an interpreter.
func (o *Object) IsProgram() bool { return o.Interp != "" }

// NotDynamic says why no loader takes the object as a library, whatever its machine,
// and is empty where one may. The words are those of glibc.
func (o *Object) NotDynamic() string {
	switch {
	case o.Type != elf.ET_DYN && o.Type != elf.ET_EXEC:
		return "only ET_DYN and ET_EXEC can be loaded"
	case !o.Dynamic:
		return "object file has no dynamic section"
	}
	return ""
}

// IsStaticProgram reports whether the object is a program that the kernel starts
// and no loader touches, though it has a dynamic section: a static PIE.
func (o *Object) IsStaticProgram() bool {
	return o.Dynamic && o.PIE && o.Interp == "" && len(o.Needed) == 0
}

// LoadsAuditModules reports whether the loader, asked about the object with
// --list, loads modules that the object names and runs their code (rtld-audit(7)).
// It goes by the DT_AUDIT and DT_DEPAUDIT of the program alone; those of a library
// are never looked at.
func (o *Object) LoadsAuditModules() bool { return o.IsProgram() && len(o.Audit) > 0 }

// Kind returns what the ELF header says of the machine.
func (o *Object) Kind() arch.Kind {
	return arch.Kind{
		Class: o.Class, Data: o.Data, Machine: o.Machine, Flags: o.Flags,
		System: arch.System(o.Machine, o.OSABI, o.ABIVersion),
	}
}

// SearchPath returns the entries of the object's own search path, and whether it
// is a DT_RPATH: that counts only where there is no DT_RUNPATH (ld.so(8)).
func (o *Object) SearchPath() (entries []string, rpath bool) {
	if o.Runpath == nil && o.Rpath != nil {
		return o.Rpath, true
	}
	return o.Runpath, false
}

// WithSearchPath returns a copy of the object that has these entries as its only
// search path, or none where there are no entries.
func (o *Object) WithSearchPath(entries []string, rpath bool) *Object {
	c := *o
	c.Rpath, c.Runpath = nil, nil
	switch {
	case len(entries) == 0:
	case rpath:
		c.Rpath = entries
	default:
		c.Runpath = entries
	}
	return &c
}
