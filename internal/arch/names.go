package arch

import (
	"debug/elf"
	"fmt"
	"strings"
)

// System returns the name of the system whose objects have this EI_OSABI and
// EI_ABIVERSION, or "" where glibc takes them as its own (VALID_ELF_OSABI and
// VALID_ELF_ABIVERSION of its ldsodefs.h): System V, and GNU for objects with
// unique symbols or IFUNC.
func System(machine elf.Machine, osabi elf.OSABI, version uint8) string {
	newest := uint8(0)
	switch {
	case osabi == elf.ELFOSABI_LINUX:
		newest = 3
	case osabi == elf.ELFOSABI_NONE && machine == elf.EM_MIPS:
		newest = 5
	case osabi != elf.ELFOSABI_NONE:
		if name, ok := systemName(osabi); ok {
			return name
		}
		return fmt.Sprintf("OS ABI %d", uint8(osabi))
	}
	if version > newest {
		return fmt.Sprintf("ABI version %d", version)
	}
	return ""
}

// systemName returns the name by which a system calls itself. The gABI has others,
// of which no machine here has objects.
func systemName(osabi elf.OSABI) (string, bool) {
	switch osabi {
	case elf.ELFOSABI_FREEBSD:
		return "FreeBSD", true
	case elf.ELFOSABI_NETBSD:
		return "NetBSD", true
	case elf.ELFOSABI_OPENBSD:
		return "OpenBSD", true
	case elf.ELFOSABI_SOLARIS:
		return "Solaris", true
	}
	return "", false
}

// NixSystem returns what Nixpkgs calls Linux on the machine that platform tags have this
// name for: "powerpc64le-linux".
func NixSystem(name string) string {
	if name == "ppc64le" {
		name = "powerpc64le"
	}
	return name + "-linux"
}

// machineName returns the name of a machine that has no row: uname(2)'s where the
// kernel knows it. One that a row has in another class or byte order never has the
// name of that row.
func machineName(k Kind) string {
	big := k.Data == elf.ELFDATA2MSB
	wide := k.Class == elf.ELFCLASS64
	either := func(is bool, yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	switch k.Machine {
	case elf.EM_AARCH64:
		return "aarch64" + either(big, "_be", "") + either(wide, "", "_ilp32")
	case elf.EM_ARM:
		if big && !wide {
			return "armv7b"
		}
	case elf.EM_RISCV:
		if !big {
			return "riscv32"
		}
	case elf.EM_LOONGARCH:
		if !big {
			return "loongarch32"
		}
	case elf.EM_PPC64:
		if big && wide {
			return "ppc64"
		}
	case elf.EM_PPC:
		return either(big, "ppc", "ppcle")
	case elf.EM_S390:
		if big {
			return "s390"
		}
	case elf.EM_MIPS:
		return "mips" + either(wide, "64", "") + either(big, "", "el")
	case elf.EM_SPARCV9:
		return "sparc64"
	}
	name := strings.ToLower(strings.TrimPrefix(k.Machine.String(), "EM_"))
	for _, m := range machines() {
		if m.ELF == k.Machine {
			return fmt.Sprintf("%s (%s, %s-endian)", name, k.ClassName(), either(big, "big", "little"))
		}
	}
	return name
}
