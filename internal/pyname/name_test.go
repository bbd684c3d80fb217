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

// Rule: a version from before PEP 440 is the same as METADATA has it and in the names that
// old releases of wheel gave to files and folders (pkg_resources.safe_version, then an
// underscore for each dash).
func TestLegacyVersions(t *testing.T) {
	for version, inName := range map[string]string{
		"1.0-SNAPSHOT": "1.0_SNAPSHOT", "2004b-x": "2004b_x", "1.0-beta-1-gdeadbee": "1.0_beta_1_gdeadbee", "1.0 (final)": "1.0._final_",
		"1.0--x": "1.0_x", "r123-dirty": "r123_dirty", "1.0 rc 1": "1.0.rc.1", "1.0+x+y": "1.0_x_y", "2.x, patched": "2.x_.patched", "1.0~git": "1.0_git",
	} {
		if a, b := pyname.NormalVersion(version), pyname.NormalVersion(inName); a != b {
			t.Errorf("%q is %q, %q is %q", version, a, inName, b)
		}
	}
	if a, b := pyname.NormalVersion("1.0-SNAPSHOT"), pyname.NormalVersion("1.0-SNAPSHOT2"); a == b {
		t.Errorf("two versions are %q", a)
	}
}
