package pyname_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// A reading is what a file name says, in normal forms.
type reading struct {
	Name, Version, Build string
	Tags                 []string
}

// Rule: ParseFilename takes the names that packaging.utils.parse_wheel_filename
// takes, and reads the same from each. What it takes beside has a version from
// before PEP 440 or the label of a variant, and says so.
func TestFilenamesArePackagings(t *testing.T) {
	names := fileNames()
	want := packagingReads(t, names)
	accepted := 0
	for i, name := range names {
		f, ok := pyname.ParseFilename(name)
		ours := ok && !f.Legacy && f.Variant == ""
		if ours != (want[i] != nil) {
			t.Errorf("%q: taken is %v, %+v; packaging: %v", name, ok, f, want[i])
		} else if ours {
			accepted++
			if d := cmp.Diff(*want[i], readingOf(f)); d != "" {
				t.Errorf("%q (-packaging +ours):\n%s", name, d)
			}
		}
	}
	if accepted < len(names)/10 || accepted > len(names)*9/10 {
		t.Errorf("packaging takes %d of %d names: they prove little", accepted, len(names))
	}
}

func readingOf(f pyname.Filename) reading {
	r := reading{Name: pyname.NormalName(f.Name), Version: pyname.NormalVersion(f.Version), Build: f.Build}
	for _, python := range f.Python {
		for _, abi := range f.ABI {
			for _, p := range f.Platforms {
				r.Tags = append(r.Tags, strings.ToLower(python+"-"+abi+"-"+p.Tag))
			}
		}
	}
	slices.Sort(r.Tags)
	r.Tags = slices.Compact(r.Tags)
	return r
}

// packagingReads asks the real package. Nil is a name that it refuses.
func packagingReads(t *testing.T, names []string) []*reading {
	t.Helper()
	const script = `import json, sys
from packaging.utils import parse_wheel_filename, canonicalize_version
def read(name):
    try:
        n, v, b, tags = parse_wheel_filename(name)
    except ValueError:
        return None
    build = name[:-4].split("-")[2] if b else ""
    return {"Name": n, "Version": canonicalize_version(v), "Build": build, "Tags": sorted(map(str, tags))}
json.dump([read(n) for n in json.load(sys.stdin)], sys.stdout)`
	text, err := json.Marshal(names)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(testenv.Tool(t, "python3"), "-c", script)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+testenv.Wheel(t, "packaging")) // Python imports from archives
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(text)), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var read []*reading
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// fileNames are good names with one part, or two, replaced by each of many others,
// and more that differ from good ones by a few letters.
func fileNames() []string {
	names := []string{
		"", ".whl", "x.whl", "x-1.whl", "x-1-py3-none-any", "x-1-py3-none-any.WHL", "x-1-py3-none-any.whl.whl",
		"x-1-py3-none.whl", "x-1-1-2-py3-none-any.whl", "-1-py3-none-any.whl", "x--py3-none-any.whl", "x-1--py3-none-any.whl",
	}
	parts := [][]string{
		{
			"x", "x_y", "x.y", "X1", "_x", "x_", ".x", "..", "9", "é", "ñ_2", "x²", "ⅷ", "x__y", "__x", "x._y", "x+y", "x y", " x", "x\t", "x!",
			"x\u200b", "e\u0301", "x\u202e", "x\n", "x,y", "x'y", `x"y`, "x$y", "x/../y", "",
		},
		{
			"1", "1.0", "v1.0", "V1", "1!2", "1.0a1", "1.0.alpha-1", "1.0_b2", "1.0rc1", "1.0c1", "1.0pre", "1.0preview_3", "1.0.post1", "1.0post",
			"1.0_r2", "1.0rev", "1.0.dev1", "1.0dev", "1.0a1.post2.dev3", "1.0+cu118", "1.0+CU.118_x", "1.0+1.01", " 1.0", "1.0\u2003", "\x1c1",
			"1.0+\u212a", "１", "1.", ".1", "1..0", "1.0+", "1.0+a..b", "1.0_cu118", "2004d", "dev", "1.0-1", "1.0 x", "1.0\n", "1.0;x", "1.0é", "",
		},
		{"", "1", "1b", "01", "2_x.y", "1é", "1 x", "1\n", "1\nx", "b", "b1", "_1", "１"},
		{
			"py3", "py2.py3", "cp311", "cp314t", "pp310", "graalpy312", "ip27", "Py3", "_", "é", "py3.", ".py3", "py2..py3", "3", "py 3", "py+3", "ª", "ﾞ3", "p·", "py\u0301", "",
		},
		{"none", "abi3", "abi3t", "cp314t", "graalpy250_312_native", "abi3.none", "ABI3", " ", "a b", "a\nb", "é", ".", "a.", "a..b", "!", ""},
		{
			"any", "manylinux_2_39_x86_64", "manylinux_2_41_riscv64", "manylinux_2_38_loongarch64", "musllinux_1_2_x86_64", "linux_armv7l",
			"manylinux1_i686.manylinux_2_5_i686", "win_amd64", "macosx_11_0_arm64", "ANY", "any.any", "a b", "é", "any.", ".any", "a..b", "",
		},
	}
	good := []string{"x", "1.0", "", "py3", "none", "any"}
	join := func(p []string) string {
		return strings.ReplaceAll(strings.Join(p, "-"), "--", "-") + ".whl" // without a build tag
	}
	for i := range parts {
		for _, a := range parts[i] {
			one := slices.Clone(good)
			one[i] = a
			names = append(names, join(one), strings.Join(one, "-")+".whl")
			j := (i + 1) % len(parts)
			for _, b := range parts[j] {
				one[j] = b
				names = append(names, join(one))
			}
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	letters := []rune("-_.+!01avx \n\u00e9\u0301²")
	for range 5000 {
		name := []rune(names[rng.IntN(len(names))])
		for range 1 + rng.IntN(2) {
			at := rng.IntN(len(name) + 1)
			name = slices.Replace(name, at, min(len(name), at+rng.IntN(2)), letters[rng.IntN(len(letters))])
		}
		names = append(names, string(name))
	}
	// Slashes end at what lies below them, which the package does not know of.
	return slices.DeleteFunc(names, func(name string) bool { return name == "" || strings.Contains(name, "/") })
}
