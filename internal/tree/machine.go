package tree

import (
	"debug/elf"
	"strings"
)

// ClassName is the class as the gABI spells it.
func ClassName(c elf.Class) string { return "ELF" + strings.TrimPrefix(c.String(), "ELFCLASS") }

// machineNames are the names of uname(1) and of platform tags (PEP 425).
var machineNames = map[elf.Machine]string{
	elf.EM_X86_64: "x86_64", elf.EM_386: "i686", elf.EM_AARCH64: "aarch64", elf.EM_ARM: "armv7l",
	elf.EM_RISCV: "riscv64", elf.EM_PPC64: "ppc64le", elf.EM_S390: "s390x",
}

// MachineName is the name of a machine in platform tags, or that of debug/elf.
func MachineName(m elf.Machine) string {
	if name, ok := machineNames[m]; ok {
		return name
	}
	return strings.ToLower(strings.TrimPrefix(m.String(), "EM_"))
}
