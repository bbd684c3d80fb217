package pyname_test

import (
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

// Rule: versions that are equal by PEP 440 are so here, others are not.
func TestNormalVersion(t *testing.T) {
	for _, same := range [][]string{
		{"1.0", "1", "v1.0.0", "01.0", " 1.0 "},
		{"1.0a1", "1.0-alpha.1", "1.0_ALPHA1"},
		{"1.0rc2", "1.0c2", "1.0-pre2", "1.0.preview_2"},
		{"1.0.post3", "1.0-3", "1.0-r3", "1.0.rev3"},
		{"1.0.dev0", "1.0-dev", "1.0dev"},
		{"1.0+cu118.x", "1.0+CU118-x", "1.0_cu118.x"},
		{"1.0+1.0a", "1.0+01.0a", "\x1c1.0+1-0A\u2003"},
		{"2!1", "2!1.0"},
	} {
		for _, v := range same {
			if pyname.NormalVersion(v) != pyname.NormalVersion(same[0]) {
				t.Errorf("%q is %q, %q is %q", v, pyname.NormalVersion(v), same[0], pyname.NormalVersion(same[0]))
			}
		}
	}
	seen := map[string]string{}
	for _, v := range []string{"1.0", "1.1", "1.0a1", "1.0b1", "1.0rc1", "1.0.post1", "1.0.dev1", "1.0+x", "1!1.0", "10", "not a version"} {
		if other, ok := seen[pyname.NormalVersion(v)]; ok {
			t.Errorf("%q and %q are one", v, other)
		}
		seen[pyname.NormalVersion(v)] = v
	}
}
