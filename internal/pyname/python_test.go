package pyname_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

func cpython(minor int, threads pyname.Threads) pyname.Pythons {
	return pyname.Pythons{Implementation: "cpython", Major: 3, Minor: minor, Threads: threads}
}

// asked answers a Python script with what packaging, imported from its wheel, says.
func asked(t *testing.T, script string, in, out any) {
	t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(testenv.Tool(t, "python3"), "-c", script)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+testenv.Wheel(t, "packaging"))
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(text)), os.Stderr
	answer, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		t.Fatal(err)
	}
}

// Rule: the suffixes of this machine's Python are those that it says itself, and a module
// is loaded by a Python if its name has one of its suffixes, and by no other.
func TestSuffixesArePythons(t *testing.T) {
	var real struct {
		Major, Minor int
		Triplet      string
		Suffixes     []string
	}
	asked(t, `import importlib.machinery, json, sys, sysconfig
json.dump({"Major": sys.version_info[0], "Minor": sys.version_info[1],
           "Triplet": sysconfig.get_config_var("MULTIARCH"), "Suffixes": importlib.machinery.EXTENSION_SUFFIXES}, sys.stdout)`, nil, &real)
	p := pyname.Pythons{Implementation: "cpython", Major: real.Major, Minor: real.Minor, Threads: pyname.WithGIL}
	if d := cmp.Diff(real.Suffixes, p.SuffixesOf(real.Triplet)); d != "" {
		t.Errorf("(-Python +ours)\n%s", d)
	}
}

// Rule: the suffixes of other Pythons are those of CPython's dynload_shlib.c and of PyPy
// 7.3 in Debian, but that free-threaded CPython has no .abi3.so, which it cannot load.
func TestSuffixesOfOtherPythons(t *testing.T) {
	const x86 = "x86_64-linux-gnu"
	for _, c := range []struct {
		python pyname.Pythons
		want   string
	}{
		{cpython(8, pyname.WithGIL), ".cpython-38-x86_64-linux-gnu.so .abi3.so .so"},
		{cpython(13, pyname.WithGIL), ".cpython-313-x86_64-linux-gnu.so .abi3.so .so"},
		{cpython(14, pyname.FreeThreaded), ".cpython-314t-x86_64-linux-gnu.so .so"},
		{cpython(15, pyname.WithGIL), ".cpython-315-x86_64-linux-gnu.so .abi3-x86_64-linux-gnu.so .abi3.so .abi3t-x86_64-linux-gnu.so .abi3t.so .so"},
		{cpython(15, pyname.FreeThreaded), ".cpython-315t-x86_64-linux-gnu.so .abi3t-x86_64-linux-gnu.so .abi3t.so .so"},
		{pyname.Pythons{Implementation: "pypy", Major: 3, Minor: 9}, ".pypy39-pp73-x86_64-linux-gnu.so"},
		{pyname.Pythons{Implementation: "jython", Major: 2, Minor: 7}, ""},
	} {
		if got := strings.Join(c.python.SuffixesOf(x86), " "); got != c.want {
			t.Errorf("%v: %s\n want %s", c.python, got, c.want)
		}
	}
	// What a suffix says of Pythons, and the suffixes of a Python, are one answer.
	suffixes := []string{
		".cpython-37m-x86_64-linux-gnu.so", ".cpython-313-x86_64-linux-gnu.so", ".cpython-313t-x86_64-linux-gnu.so", ".cpython-315-x86_64-linux-gnu.so",
		".cpython-315t-x86_64-linux-gnu.so", ".abi3.so", ".abi3t.so", ".abi3-x86_64-linux-gnu.so", ".abi3t-x86_64-linux-gnu.so",
		".pypy39-pp73-x86_64-linux-gnu.so", ".pypy311-pp73-x86_64-linux-gnu.so",
	}
	for _, p := range []pyname.Pythons{
		cpython(9, pyname.WithGIL), cpython(13, pyname.WithGIL), cpython(13, pyname.FreeThreaded), cpython(15, pyname.WithGIL), cpython(15, pyname.FreeThreaded),
		{Implementation: "pypy", Major: 3, Minor: 9},
		{Implementation: "pypy", Major: 3, Minor: 11},
	} {
		for _, s := range suffixes {
			m, ok := pyname.ParseModule("pkg/x" + s)
			want := slices.Contains(p.SuffixesOf(x86), s)
			if strings.HasPrefix(s, ".abi3-") && p.Minor < 15 {
				continue // the platform in the suffix is new, which Pythons has no word for
			}
			if !ok || m.Suffix != s || m.Pythons.Meets(p) != want {
				t.Errorf("%v, %s: %v %+v, want %v", p, s, ok, m, want)
			}
		}
	}
}

// Rule: a name has the Python and the platform that its suffix says; a bare one, and one
// of a tag that nobody knows, may be for any Python.
func TestParseModule(t *testing.T) {
	any := pyname.Pythons{}
	for file, want := range map[string]pyname.Module{
		"a/x.cpython-311-x86_64-linux-gnu.so":       {Suffix: ".cpython-311-x86_64-linux-gnu.so", Pythons: cpython(11, pyname.WithGIL), Triplet: "x86_64-linux-gnu"},
		"a/x.y.cpython-313td-aarch64-linux-musl.so": {Suffix: ".cpython-313td-aarch64-linux-musl.so", Pythons: cpython(13, pyname.FreeThreaded), Triplet: "aarch64-linux-musl"},
		"x.cpython-36m.so":                          {Suffix: ".cpython-36m.so", Pythons: cpython(6, pyname.WithGIL)},
		"x.abi3.so":                                 {Suffix: ".abi3.so", Pythons: pyname.Pythons{Implementation: "cpython", Major: 3, Minor: 2, Later: true, Threads: pyname.WithGIL}},
		"x.abi3t.so":                                {Suffix: ".abi3t.so", Pythons: pyname.Pythons{Implementation: "cpython", Major: 3, Minor: 15, Later: true}},
		"x.abi3-riscv64-linux-gnu.so":               {Suffix: ".abi3-riscv64-linux-gnu.so", Pythons: pyname.Pythons{Implementation: "cpython", Major: 3, Minor: 2, Later: true, Threads: pyname.WithGIL}, Triplet: "riscv64-linux-gnu"},
		"x.pypy3-72-x86_64-linux-gnu.so":            {Suffix: ".pypy3-72-x86_64-linux-gnu.so", Pythons: pyname.Pythons{Implementation: "pypy", Major: 3, Minor: -1}, Triplet: "x86_64-linux-gnu"},
		"x.pypy311-pp73-x86_64-linux-gnu.so":        {Suffix: ".pypy311-pp73-x86_64-linux-gnu.so", Pythons: pyname.Pythons{Implementation: "pypy", Major: 3, Minor: 11}, Triplet: "x86_64-linux-gnu"},
		"x.graalpy242-311-native-x86_64-linux.so":   {Suffix: ".graalpy242-311-native-x86_64-linux.so", Pythons: pyname.Pythons{Implementation: "graalpy", Major: 3, Minor: 11}},
		"a/_x.so":                                    {Suffix: ".so", Pythons: any},
		"x.cpython-nogil-x86_64-linux-gnu.so":        {Suffix: ".cpython-nogil-x86_64-linux-gnu.so", Pythons: any},
		"x.cpython-39999999999-x86_64-linux-gnu.so":  {Suffix: ".cpython-39999999999-x86_64-linux-gnu.so", Pythons: any},
		"lib/python3.9/site-packages/a-b/x.abi3t.so": {Suffix: ".abi3t.so", Pythons: pyname.Pythons{Implementation: "cpython", Major: 3, Minor: 15, Later: true}},
	} {
		if m, ok := pyname.ParseModule(file); !ok || m != want {
			t.Errorf("%s: %v %+v, want %+v", file, ok, m, want)
		}
	}
	for _, file := range []string{"libx.so", "a-b/x.so", "x.so.1", "x.py"} {
		if m, ok := pyname.ParseModule(file); ok {
			t.Errorf("%s: %+v", file, m)
		}
	}
}

// Rule: the Pythons of two tags are those whose list of tags in packaging has them.
func TestTagsArePackagings(t *testing.T) {
	type interpreter struct {
		Implementation string
		Minor          int
		Free           bool
	}
	var pythons []interpreter
	for minor := 5; minor < 17; minor++ {
		pythons = append(pythons, interpreter{"cpython", minor, false}, interpreter{"pypy", minor, false}, interpreter{"graalpy", minor, false})
		if minor >= 13 {
			pythons = append(pythons, interpreter{"cpython", minor, true})
		}
	}
	var pairs [][2]string
	for _, python := range []string{
		"py3", "py2", "py37", "py311", "cp3", "cp37", "cp311", "cp313", "cp314", "cp315", "cp27", "pp3", "pp39", "pp311", "graalpy311", "jy27", "CP313", "py0", "cp", "x3", "cp9999999",
	} {
		for _, abi := range []string{
			"none", "abi3", "abi3t", "cp37m", "cp311", "cp313", "cp313t", "cp314t", "cp315", "cp315t", "pypy39_pp73", "pypy311_pp73",
			"graalpy242_311_native", "CP313T", "abi4", "x",
		} {
			pairs = append(pairs, [2]string{python, abi})
		}
	}
	var yields [][]string
	asked(t, `import json, sys
from packaging.tags import compatible_tags, cpython_tags, generic_tags
P = ["linux"]
def tags(i):
    v, digits = (3, i["Minor"]), "3%d" % i["Minor"]
    if i["Implementation"] == "cpython":
        abi = "cp" + digits + ("t" if i["Free"] else "") + ("m" if i["Minor"] < 8 else "")
        yield from cpython_tags(v, [abi], P)
        yield from compatible_tags(v, "cp" + digits, P)
    elif i["Implementation"] == "pypy":
        yield from generic_tags("pp" + digits, ["pypy" + digits + "_pp73"], P)
        yield from compatible_tags(v, "pp3", P)
        yield from compatible_tags(v, "pp" + digits, P)
    else:
        yield from generic_tags("graalpy" + digits, ["graalpy242_" + digits + "_native"], P)
        yield from compatible_tags(v, "graalpy" + digits, P)
json.dump([sorted({t.interpreter + "-" + t.abi for t in tags(i)}) for i in json.load(sys.stdin)], sys.stdout)`, pythons, &yields)
	taken := 0
	for i, one := range pythons {
		p := pyname.Pythons{Implementation: one.Implementation, Major: 3, Minor: one.Minor}
		if p.Threads = pyname.WithGIL; one.Free {
			p.Threads = pyname.FreeThreaded
		}
		for _, pair := range pairs {
			tag := strings.ToLower(pair[0] + "-" + pair[1])
			if pair[0] == "cp3" {
				continue // no Python takes it; it can mean but one thing
			}
			set, ok := pyname.TagPythons(pair[0], pair[1])
			ours, theirs := ok && set.Meets(p), slices.Contains(yields[i], tag)
			if ours != theirs {
				t.Errorf("%v takes %s: %v, packaging says %v", p, tag, ours, theirs)
			}
			if theirs {
				taken++
			}
		}
	}
	if taken < 100 {
		t.Errorf("packaging takes %d tags: they prove little", taken)
	}
}

// Rule: of compressed tag sets each Python is named once, the oldest first, and none that
// another tag has already.
func TestDescribe(t *testing.T) {
	for tags, want := range map[string]string{
		"py2.py3-none":           "Python 2, 3",
		"py3-none":               "Python 3",
		"py37-none":              "Python 3.7 or newer",
		"cp310.cp39-abi3":        "CPython 3.9 or newer",
		"cp39.cp310.cp311-none":  "CPython 3.9, 3.10, 3.11",
		"cp310.cp39-cp310.cp39":  "CPython 3.9, 3.10",
		"cp313-cp313t":           "free-threaded CPython 3.13",
		"cp315-abi3.abi3t":       "CPython 3.15 or newer; free-threaded CPython 3.15 or newer",
		"cp313.pp311-none":       "CPython 3.13; PyPy 3.11",
		"pp311-pypy311_pp73":     "PyPy 3.11",
		"py3.cp311-none":         "Python 3",
		"cp311.cp312-cp312.abi3": "CPython 3.11 or newer",
		"py3.py30-none":          "Python 3",
		"py0-none":               "",
		"x-y":                    "",
	} {
		python, abi, _ := strings.Cut(tags, "-")
		if got := pyname.Describe(pyname.TagsPythons(strings.Split(python, "."), strings.Split(abi, "."))); got != want {
			t.Errorf("%s: %q, want %q", tags, got, want)
		}
	}
	if got := pyname.Describe([]pyname.Pythons{{}}); got != "any Python" {
		t.Errorf("%q", got)
	}
}

// Rule: the innermost folder of modules says whose they are.
func TestSitePythons(t *testing.T) {
	for file, want := range map[string]string{
		"/nix/store/x/lib/python3.13/site-packages/a/x.so":                   "lib/python3.13/site-packages CPython 3.13; GraalPy 3.13",
		"/nix/store/x/lib/python3.13t/site-packages/x.so":                    "lib/python3.13t/site-packages free-threaded CPython 3.13; GraalPy 3.13",
		"/nix/store/x/lib64/pypy3.11/site-packages/x.so":                     "lib64/pypy3.11/site-packages PyPy 3.11",
		"/nix/store/x/lib/python3/dist-packages/x.so":                        "lib/python3/dist-packages CPython 3; GraalPy 3",
		"/nix/store/x/lib/python3.13/site-packages/b/python3.9/lib-dynload/": "lib/python3.13/site-packages/b/python3.9/lib-dynload CPython 3.9; GraalPy 3.9",
		"/nix/store/x/lib/python3.13/site-packages":                          " ",
		"/nix/store/x/site-packages/x.so":                                    " ",
		"/nix/store/x/lib/python3.13/x.so":                                   " ",
		"/nix/store/x/lib/jython2.7/site-packages/x.so":                      " ",
		"site-packages/x.so":                                                 " ",
	} {
		site, pythons := pyname.SitePythons(file)
		if got := strings.TrimPrefix(site, "/nix/store/x/") + " " + pyname.Describe(pythons); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}

// Rule: the folder of a Python is one that says so again.
func TestFolder(t *testing.T) {
	for tags, want := range map[string]string{
		"cp311-cp311": "python3.11", "cp313-cp313t": "python3.13t", "cp39-abi3": "python3.9", "pp311-pypy311_pp73": "pypy3.11",
		"py3-none": "python3", "cp27-cp27mu": "python2.7", "graalpy311-none": "python3.11", "pp3-none": "pypy3",
	} {
		python, abi, _ := strings.Cut(tags, "-")
		p, ok := pyname.TagPythons(python, abi)
		_, again := pyname.SitePythons("lib/" + p.Folder() + "/site-packages/x")
		if !ok || p.Folder() != want || !slices.ContainsFunc(again, p.Meets) {
			t.Errorf("%s: %s, which says %v", tags, p.Folder(), again)
		}
	}
	if got := (pyname.Pythons{}).Folder(); got != "python3" {
		t.Errorf("%q", got)
	}
}

// Rule: no name makes a panic, and whatever is read of one meets itself.
func FuzzPythons(f *testing.F) {
	f.Add("cp313", "cp313t", "lib/python3.13t/site-packages/x.cpython-313t-x86_64-linux-gnu.so")
	f.Add("py2", "none", "x.pypy3-72.so")
	f.Fuzz(func(t *testing.T, python, abi, file string) {
		sets := pyname.TagsPythons(strings.Split(python, "."), strings.Split(abi, "."))
		_, site := pyname.SitePythons(file)
		sets = append(sets, site...)
		if m, ok := pyname.ParseModule(file); ok {
			sets = append(sets, m.Pythons)
		}
		union := pyname.Union(sets)
		for _, p := range sets {
			if !p.Meets(p) || !slices.ContainsFunc(union, p.Meets) {
				t.Fatalf("%+v is lost in %+v", p, union)
			}
		}
		if len(sets) > 0 && pyname.Describe(sets) == "" || fmt.Sprint(pyname.Union(union)) != fmt.Sprint(union) {
			t.Fatalf("%+v %+v", sets, union)
		}
	})
}
