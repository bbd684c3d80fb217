package providers

import (
	"slices"
	"testing"
)

// A platform tag names the glibc that it is made for, in the old spelling and in
// that of PEP 600.
func TestGlibcOfTag(t *testing.T) {
	for tag, want := range map[string]string{
		"manylinux1_x86_64":       "2.5",
		"manylinux2010_i686":      "2.12",
		"manylinux2014_aarch64":   "2.17",
		"manylinux_2_28_x86_64":   "2.28",
		"manylinux_2_5_x86_64":    "2.5",
		"musllinux_1_2_x86_64":    "",
		"linux_x86_64":            "",
		"any":                     "",
		"manylinux_2__x86_64":     "",
		"manylinux_2_-1_x86_64":   "",
		"manylinux2015_x86_64":    "",
		"macosx_10_9_universal2":  "",
		"manylinux_3_0_x86_64":    "",
		"manylinux_2_9999999999x": "",
	} {
		got, ok := Glibc(tag)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, %v", tag, got, ok)
		}
	}
}

// Of several tags the oldest says what may be expected; what promises nothing
// promises nothing.
func TestPromised(t *testing.T) {
	old := Promised("manylinux1_x86_64")
	if !slices.Contains(old, "libGL.so.1") || slices.Contains(old, "libexpat.so.1") {
		t.Error(old)
	}
	both := Promised("manylinux_2_28_x86_64.manylinux1_x86_64")
	if !slices.Equal(both, old) {
		t.Error(both)
	}
	if !slices.Contains(Promised("manylinux_2_28_x86_64"), "libexpat.so.1") || !slices.IsSorted(old) {
		t.Error("2_28")
	}
	for _, tag := range []string{"", "any", "linux_x86_64", "musllinux_1_2_x86_64"} {
		if p := Promised(tag); p != nil {
			t.Errorf("%s promises %v", tag, p)
		}
	}
}

// Each promised library has an attribute to keep the promise with.
func TestPromisesHaveAttributes(t *testing.T) {
	for _, s := range Promised("manylinux_2_99_x86_64") {
		if m, ok := Lookup(s); !ok || m.Kind != Exact || m.Attr == "" {
			t.Errorf("%s: %+v", s, m)
		}
	}
}
