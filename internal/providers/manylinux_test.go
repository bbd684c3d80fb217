package providers

import (
	"slices"
	"testing"
)

// Rule: of several tags the oldest says what may be expected; what promises nothing
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

// Rule: each promised library has an attribute to keep the promise with.
func TestPromisesHaveAttributes(t *testing.T) {
	for _, s := range Promised("manylinux_2_99_x86_64") {
		if m, ok := Lookup(s); !ok || m.Soname != s || m.Attr == "" {
			t.Errorf("%s: %+v", s, m)
		}
	}
}
