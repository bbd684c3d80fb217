package ldso

import (
	"debug/elf"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// hostLevels returns the subdirectories of glibc-hwcaps that are for the processor
// of this machine, if the loader is one that it runs itself. Those of other
// processors than x86-64 are left out.
func hostLevels(loader *elfobj.Object) []string {
	if loader.Machine != elf.EM_X86_64 || runtime.GOARCH != "amd64" {
		return nil
	}
	cpuinfo, _ := os.ReadFile("/proc/cpuinfo")
	return x86Levels(string(cpuinfo))
}

// x86Levels returns the levels of the x86-64 psABI that the processor has, by the
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
