package ldso

// This file says what a loader makes of the processor.

import (
	"debug/elf"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// platform is what the kernel hands over as AT_PLATFORM. On some processors
// another value is in use ("haswell"): $PLATFORM depends on the machine.
func platform(obj *elfobj.Object) string {
	switch obj.Machine {
	case elf.EM_X86_64:
		return "x86_64"
	case elf.EM_386:
		return "i686"
	case elf.EM_AARCH64:
		return "aarch64"
	case elf.EM_ARM:
		return "v7l"
	}
	return ""
}

// x86Levels gives the levels of the x86-64 psABI that the processor has, by the
// flags that Linux names in /proc/cpuinfo.
func x86Levels(cpuinfo string) (levels []string) {
	var flags []string
	for line := range strings.Lines(cpuinfo) {
		if name, list, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "flags" {
			flags = strings.Fields(list)
			break
		}
	}
	for _, level := range []struct{ name, flags string }{
		{"x86-64-v2", "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"},
		{"x86-64-v3", "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave"},
		{"x86-64-v4", "avx512f avx512bw avx512cd avx512dq avx512vl"},
	} {
		for _, flag := range strings.Fields(level.flags) {
			if !slices.Contains(flags, flag) {
				return levels
			}
		}
		levels = append(levels, level.name)
	}
	return levels
}
