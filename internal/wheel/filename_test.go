package wheel_test

import (
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// Rule: a manylinux tag names the glibc that it is made for, in the old spelling
// and in that of PEP 600, and needs a machine; no other tag names one.
func TestPlatformNamesGlibc(t *testing.T) {
	for tag, want := range map[string][2]int{
		"manylinux1_x86_64":       {2, 5},
		"manylinux2010_i686":      {2, 12},
		"manylinux2014_aarch64":   {2, 17},
		"manylinux_2_28_x86_64":   {2, 28},
		"manylinux_2_5_x86_64":    {2, 5},
		"manylinux_3_0_x86_64":    {3, 0},
		"musllinux_1_2_x86_64":    {},
		"linux_x86_64":            {},
		"any":                     {},
		"manylinux_2__x86_64":     {},
		"manylinux_2_-1_x86_64":   {},
		"manylinux2015_x86_64":    {},
		"macosx_10_9_universal2":  {},
		"manylinux_2_28":          {},
		"manylinux_2_9999999999x": {},
	} {
		p := wheel.ParsePlatform(tag)
		if glibc := p.Libc == "glibc"; glibc != (want != [2]int{}) || glibc && [2]int{p.Major, p.Minor} != want {
			t.Errorf("%s: %+v", tag, p)
		}
	}
}
