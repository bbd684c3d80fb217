package pyname_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

func systemsOf(tags string) []pyname.System {
	var platforms []pyname.Platform
	for tag := range strings.SplitSeq(tags, ".") {
		platforms = append(platforms, pyname.ParsePlatform(tag))
	}
	return pyname.Systems(platforms)
}

// Rule: of the tags for one machine the oldest of each C library counts; a legacy tag is
// the version that it stands for.
func TestSystems(t *testing.T) {
	for tags, want := range map[string]string{
		"manylinux_2_27_x86_64.manylinux_2_28_x86_64":                 "x86_64 with glibc 2.27 or newer",
		"manylinux_2_28_x86_64.manylinux2014_x86_64":                  "x86_64 with glibc 2.17 or newer",
		"manylinux_2_9_x86_64.manylinux_2_17_x86_64":                  "x86_64 with glibc 2.9 or newer",
		"manylinux1_x86_64.manylinux_2_5_x86_64.musllinux_1_1_x86_64": "x86_64 with glibc 2.5 or newer or with musl 1.1 or newer",
		"musllinux_1_2_aarch64":                                       "aarch64 with musl 1.2 or newer",
		"manylinux_2_39_riscv64":                                      "riscv64 with glibc 2.39 or newer",
		"manylinux_2_38_loongarch64":                                  "loongarch64 with glibc 2.38 or newer",
		"manylinux_2_17_x86_64.manylinux1_i686":                       "i686 with glibc 2.5 or newer; x86_64 with glibc 2.17 or newer",
		"linux_x86_64":                                                "x86_64",
		"any":                                                         "any",
		"manylinux_2_17_x86_64.win_amd64.macosx_11_0_arm64":           "x86_64 with glibc 2.17 or newer; macosx_11_0_arm64 (not Linux); win_amd64 (not Linux)",
		"manylinux_10_1_x86_64.manylinux_2_100_x86_64":                "x86_64 with glibc 2.100 or newer",
	} {
		var got []string
		for _, s := range systemsOf(tags) {
			got = append(got, s.String())
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("%s: %q, want %q", tags, text, want)
		}
	}
}

// Rule: a machine with glibc takes a wheel if and only if packaging's list of platform tags
// for that version has one of the wheel's.
func TestSystemsArePackagings(t *testing.T) {
	type machine struct {
		Name  string
		Minor int
	}
	machines := []machine{
		{"x86_64", 5},
		{"x86_64", 12},
		{"x86_64", 17},
		{"x86_64", 28},
		{"x86_64", 39},
		{"x86_64", 42},
		{"i686", 17},
		{"i686", 39},
		{"aarch64", 17},
		{"aarch64", 39},
		{"riscv64", 31},
		{"riscv64", 39},
		{"riscv64", 41},
		{"loongarch64", 36},
		{"loongarch64", 41},
		{"s390x", 28},
		{"ppc64le", 17},
		{"armv7l", 31},
	}
	wheels := []string{
		"manylinux1_x86_64", "manylinux2010_x86_64.manylinux_2_12_x86_64", "manylinux2014_x86_64", "manylinux_2_17_aarch64.manylinux2014_aarch64", "manylinux_2_27_x86_64.manylinux_2_28_x86_64",
		"manylinux_2_39_riscv64", "manylinux_2_31_riscv64", "manylinux_2_38_loongarch64", "manylinux_2_36_loongarch64", "manylinux_2_41_x86_64", "manylinux2014_i686.manylinux_2_28_x86_64",
		"manylinux_2_39_x86_64.manylinux_2_39_aarch64", "manylinux_2_31_armv7l", "manylinux2014_s390x.manylinux_2_17_s390x", "musllinux_1_2_x86_64",
	}
	var lists [][]string
	asked(t, `import json, sys
from packaging import _manylinux
out = []
for m in json.load(sys.stdin):
    _manylinux._get_glibc_version = lambda: (2, m["Minor"])
    _manylinux._have_compatible_abi = lambda *a: True
    out.append(list(_manylinux.platform_tags([m["Name"]])))
json.dump(out, sys.stdout)`, machines, &lists)
	taken := 0
	for i, m := range machines {
		for _, w := range wheels {
			theirs := slices.ContainsFunc(strings.Split(w, "."), func(tag string) bool { return slices.Contains(lists[i], tag) })
			ours := slices.ContainsFunc(systemsOf(w), func(s pyname.System) bool {
				have := [2]int{2, m.Minor}
				return s.Machine == m.Name && s.Glibc != [2]int{} && slices.Compare(s.Glibc[:], have[:]) <= 0
			})
			if ours != theirs {
				t.Errorf("%s with glibc 2.%d takes %s: %v, packaging says %v", m.Name, m.Minor, w, ours, theirs)
			}
			if theirs {
				taken++
			}
		}
	}
	if taken < 20 {
		t.Errorf("packaging takes %d wheels: they prove little", taken)
	}
}
