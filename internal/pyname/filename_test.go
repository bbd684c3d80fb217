package pyname_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

// Rule: a file name has five parts to seven, and says which C library it needs.
func TestParseFilename(t *testing.T) {
	f, ok := pyname.ParseFilename("/nix/store/0123456789abcdfghijklmnpqrsvwxyz-x_y-1.0+l-2b-cp39.cp310-abi3-manylinux_2_28_x86_64.manylinux2014_aarch64.manylinux1_i686.musllinux_1_2_x86_64.linux_armv7l.any.whl")
	want := pyname.Filename{
		Name: "x_y", Version: "1.0+l", Build: "2b", Python: []string{"cp39", "cp310"}, ABI: []string{"abi3"},
		Platforms: []pyname.Platform{
			{Tag: "manylinux_2_28_x86_64", Libc: "glibc", Major: 2, Minor: 28, Machine: "x86_64"},
			{Tag: "manylinux2014_aarch64", Libc: "glibc", Major: 2, Minor: 17, Machine: "aarch64"},
			{Tag: "manylinux1_i686", Libc: "glibc", Major: 2, Minor: 5, Machine: "i686"},
			{Tag: "musllinux_1_2_x86_64", Libc: "musl", Major: 1, Minor: 2, Machine: "x86_64"},
			{Tag: "linux_armv7l", Machine: "armv7l"},
			{Tag: "any"},
		},
	}
	if d := cmp.Diff(want, f); d != "" || !ok {
		t.Errorf("%v (-want +got):\n%s", ok, d)
	}
	for _, bad := range []string{"x-1.whl", "x-1-py3-none-any.zip", "x-1-b-py3-none-any.whl", "x--py3-none-any.whl", "a-b-c-d-e-f-g.whl"} {
		if f, ok := pyname.ParseFilename(bad); ok {
			t.Errorf("%q is %v", bad, f)
		}
	}
}

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
		p := pyname.ParsePlatform(tag)
		if glibc := p.Libc == "glibc"; glibc != (want != [2]int{}) || glibc && [2]int{p.Major, p.Minor} != want {
			t.Errorf("%s: %+v", tag, p)
		}
	}
}

// Rule: a name may end in the label of a variant wheel (PEP 825), whether it has a
// build tag or not, and is written again as it was; a false build tag is not taken for such a
// name's tags.
func TestVariantLabel(t *testing.T) {
	for name, want := range map[string][2]string{ // the label and the build tag
		"numpy-2.3.2-cp313-cp313t-musllinux_1_2_x86_64-x86_64_v3.whl": {"x86_64_v3", ""},
		"numpy-2.3.2-cp313-cp313t-musllinux_1_2_x86_64-null.whl":      {"null", ""},
		"torch-2.9-1b-cp313-cp313-manylinux_2_28_x86_64-cu12.8.whl":   {"cu12.8", "1b"},
		"x-1-py2.py3-none-any-a_long_label_of_more_than_16.whl":       {"a_long_label_of_more_than_16", ""},
		"x-1-py3-none-win32-null.whl":                                 {"null", ""},
		"x-1-2-py3-none-any.whl":                                      {"", "2"},
	} {
		f, ok := pyname.ParseFilename(name)
		if f.String() != name {
			t.Errorf("%s is written %s", name, f)
		}
		if got := [2]string{f.Variant, f.Build}; !ok || got != want || len(f.Python) == 0 || len(f.Platforms) != 1 {
			t.Errorf("%s: %v %+v", name, ok, f)
		}
	}
	for _, bad := range []string{
		"x-1-py3-none-any-.whl", "x-1-py3-none-any-NULL.whl", "x-1-py3-none-any-a b.whl", "x-1-py3-none-any-null-x.whl",
		"x-1-b-py3-none-any.whl", "x-1-b1-py3-none-any.whl", "x-1-b1-cp311-abi3-linux_x86_64.whl", "x-1-b1-cp311-cp311-linux_x86_64.whl",
		"x-1-b-pp310-pypy310_pp73-linux_x86_64.whl", "x-1-b-1-py3-none-any.whl", "x-1-2-b-py3-none-any.whl", "x-1-py3--any-null.whl", "x-1-py3-none-any-null-.whl",
	} {
		if f, ok := pyname.ParseFilename(bad); ok {
			t.Errorf("%s is %+v", bad, f)
		}
	}
}

// Rule: a version from before PEP 440 is taken and told apart, as long as it is of
// the letters that builders wrote.
func TestLegacyVersion(t *testing.T) {
	for version, want := range map[string]string{
		"1.0": "standard", "1.0+cu118": "standard", "1!1.0": "standard",
		"2004d": "legacy", "1.0_cu118": "legacy", "0.1dev_r1234": "legacy", "1.0.": "legacy", "1!": "legacy",
		"1.0 x": "refused", "1.0\u202e": "refused", "1.0;x": "refused", "_1": "refused", ".1": "refused", "": "refused", "é": "refused",
	} {
		got := "refused"
		if f, ok := pyname.ParseFilename("x-" + version + "-py3-none-any.whl"); ok {
			got = map[bool]string{false: "standard", true: "legacy"}[f.Legacy]
		}
		if got != want {
			t.Errorf("%q is %s, not %s", version, got, want)
		}
	}
}

// Rule: the tags of free-threaded and other interpreters, of new C libraries and of
// all machines are read as those of old ones are.
func TestTagsOfNewStandards(t *testing.T) {
	for tags, want := range map[string]pyname.Platform{
		"cp314-cp314t-manylinux_2_39_riscv64":                    {Libc: "glibc", Major: 2, Minor: 39, Machine: "riscv64"},
		"cp315-abi3.abi3t-manylinux_2_41_loongarch64":            {Libc: "glibc", Major: 2, Minor: 41, Machine: "loongarch64"},
		"graalpy312-graalpy250_312_native-musllinux_1_2_aarch64": {Libc: "musl", Major: 1, Minor: 2, Machine: "aarch64"},
		"pp311-pypy311_pp73-manylinux_2_100_s390x":               {Libc: "glibc", Major: 2, Minor: 100, Machine: "s390x"},
		"cp314-cp314-android_24_arm64_v8a":                       {},
		"cp313-cp313-pyodide_2025_0_wasm32":                      {},
		"py3-none-linux_ppc64le":                                 {Machine: "ppc64le"},
	} {
		f, ok := pyname.ParseFilename("x-1.0-" + tags + ".whl")
		want.Tag = tags[strings.LastIndex(tags, "-")+1:]
		if !ok || f.Legacy || f.Variant != "" || len(f.Platforms) != 1 || f.Platforms[0] != want {
			t.Errorf("%s: %v %+v", tags, ok, f)
		}
	}
}

// Rule: a wheel in a Nix store has the name behind the hash; a name that is nothing
// but like a hash is one.
func TestNameBehindAHash(t *testing.T) {
	const hash = "0123456789abcdfghijklmnpqrsvwxyz"
	for name, want := range map[string]string{hash + "-x-1-py3-none-any.whl": "x", hash + "-1.0-py3-none-any.whl": hash} {
		if f, ok := pyname.ParseFilename("/nix/store/" + name); !ok || f.Name != want {
			t.Errorf("%s: %v %+v", name, ok, f)
		}
	}
}
