// Package arch knows the machines that wheels are built for, one row a machine:
// what an ELF header says of it (gABI chapter 4 and the supplement of each
// processor), its name in platform tags (PEP 425, 600 and 656), its system
// loaders, and what glibc, qemu-user and Go call it. No other package names a
// machine.
//
// It reads no file and runs nothing. What differs between the processors of one
// machine (glibc-hwcaps) is the part of package ldso. elfobj, ldso and loadcheck
// call it.
package arch

import (
	"debug/elf"
	"runtime"
	"strings"
)

// A Kind is what an ELF header says of the machine that the object is for.
type Kind struct {
	Class   elf.Class
	Data    elf.Data
	Machine elf.Machine
	Flags   uint32 // e_flags
	System  string // of EI_OSABI, see [System]; empty for Linux
}

// A Machine is one row of the table. An empty field is not known or does not
// exist.
type Machine struct {
	Class elf.Class
	Data  elf.Data
	ELF   elf.Machine
	ABI   uint32 // mask of e_flags: glibc loads no object that differs in these bits

	Name    string // of uname(2) and of platform tags
	GOARCH  string
	Triplet string // that CPython with glibc has for it: Misc/platform_triplet.c
	Qemu    string // the program of qemu-user is qemu-NAME

	Glibc, Musl string // the system loader of each C library

	Lib       string // $LIB of ld.so(8) in a glibc as it comes; distributions differ
	Platform  string // $PLATFORM: AT_PLATFORM of getauxval(3), where all processors share one
	CacheFlag uint32 // of ld.so.cache: FLAG_… of sysdeps/generic/ldconfig.h
}

// Of returns the row of a kind of object. It is false for a machine that is not
// known here.
func Of(k Kind) (Machine, bool) {
	for _, m := range machines() {
		if m.Class == k.Class && m.Data == k.Data && m.ELF == k.Machine {
			return m, true
		}
	}
	return Machine{}, false
}

// Host returns the row of the machine that this program was built for. Of one
// that is not known here it has the names alone, which are then Go's.
func Host() Machine { return byGOARCH(runtime.GOARCH) }

func byGOARCH(goarch string) Machine {
	for _, m := range machines() {
		if m.GOARCH == goarch {
			return m
		}
	}
	return Machine{Name: goarch, GOARCH: goarch}
}

// Same reports whether the loader of objects of one kind takes objects of the
// other as far as the ELF header goes: class, byte order, machine, system, and
// those bits of e_flags that tell ABIs apart.
func (k Kind) Same(other Kind) bool {
	if k == other {
		return true
	}
	m, _ := Of(k)
	return k.Class == other.Class && k.Data == other.Data && k.Machine == other.Machine &&
		k.System == other.System && k.Flags&m.ABI == other.Flags&m.ABI
}

// Name returns the name of the machine in platform tags, and behind it the system
// where that is not Linux ("x86_64 FreeBSD"). That of a machine without a row is
// uname(2)'s, else debug/elf's in lower case.
func (k Kind) Name() string {
	m, ok := Of(k)
	if !ok {
		m.Name = machineName(k)
	}
	if k.System != "" {
		return m.Name + " " + k.System
	}
	return m.Name
}

// ClassName returns the class as the gABI spells it: ELF32 or ELF64.
func (k Kind) ClassName() string {
	return "ELF" + strings.TrimPrefix(k.Class.String(), "ELFCLASS")
}
