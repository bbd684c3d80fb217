package pymodule_test

import (
	"debug/elf"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pymodule"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// A world is objects below one root, and the dist-infos beside them.
type world struct {
	t       *testing.T
	root    *tree.Root
	objects []tree.Object
	tree    *tree.Listing
}

func newWorld(t *testing.T) *world {
	root := &tree.Root{Path: "out", Abs: t.TempDir()}
	return &world{t: t, root: root, tree: &tree.Listing{Root: root}}
}

// archive returns a world whose root is a wheel.
func archive(t *testing.T, name string) *world {
	root := &tree.Root{Path: "wheels/" + name, Abs: "/wheels/" + name, Archive: true}
	return &world{t: t, root: root}
}

// has adds objects for x86-64, as files below a folder.
func (w *world) has(dir, files string) *world {
	for _, f := range strings.Fields(files) {
		path := filepath.Join(dir, f)
		w.objects = append(w.objects, tree.Object{
			Root: w.root, Path: path, File: filepath.Join(w.root.Abs, path),
			ELF: &elfobj.Object{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64, Dynamic: true},
		})
	}
	return w
}

// dist adds a distribution to a folder: the tag of its WHEEL, and the rows of its RECORD.
func (w *world) dist(dir, name, tag, rows string) *world {
	w.t.Helper()
	info := filepath.Join(dir, name+"-1.0.dist-info")
	if err := os.MkdirAll(filepath.Join(w.root.Abs, info), 0o777); err != nil {
		w.t.Fatal(err)
	}
	for file, text := range map[string]string{
		"WHEEL":  "Wheel-Version: 1.0\nTag: " + tag + "\n",
		"RECORD": strings.Join(strings.Fields(rows), ",,\n") + ",,\n",
	} {
		if err := os.WriteFile(filepath.Join(w.root.Abs, info, file), []byte(text), 0o666); err != nil {
			w.t.Fatal(err)
		}
	}
	w.tree.Dists = append(w.tree.Dists, info)
	return w
}

// says is the message of each problem, behind its first file.
func (w *world) says(o pymodule.Options) string {
	var trees []*tree.Listing
	if w.tree != nil {
		trees = append(trees, w.tree)
	}
	var out []string
	for _, p := range pymodule.Check(w.objects, trees, o) {
		out = append(out, fmt.Sprintf("%s: %s", filepath.Base(p.Path), p.Message))
	}
	return strings.Join(out, "\n")
}

const (
	py39   = "lib/python3.9/site-packages"
	py313  = "lib/python3.13/site-packages"
	py313t = "lib/python3.13t/site-packages"
	pypy   = "lib/pypy3.11/site-packages"
	gnu    = "-x86_64-linux-gnu.so"
)

// Rule: a tree's modules are for the Python that its site-packages is of, by version,
// implementation, threads, stable ABI and platform.
func TestModulesAndSites(t *testing.T) {
	is := " is for "
	for _, c := range []struct{ dir, files, want string }{
		{py313, "a.cpython-313" + gnu, ""},
		{py313, "a.cpython-311" + gnu, "1 extension module for CPython 3.11, but " + py313 + is + "CPython 3.13"},
		{py313, "a.cpython-37m" + gnu + " b.cpython-311" + gnu, "2 extension modules for CPython 3.7, 3.11, but " + py313 + is + "CPython 3.13"},
		{py313, "a.cpython-313t" + gnu, "1 extension module for free-threaded CPython 3.13, but " + py313 + is + "CPython 3.13"},
		{py313t, "a.cpython-313" + gnu, "1 extension module for CPython 3.13, but " + py313t + is + "free-threaded CPython 3.13"},
		{py313t, "a.cpython-313t" + gnu, ""},
		{py313t, "a.abi3.so", "1 extension module for CPython 3.2 or newer, but " + py313t + is + "free-threaded CPython 3.13"},
		{py313, "a.abi3.so", ""},
		{py313, "a.abi3t.so", "1 extension module for CPython 3.15 or newer, but " + py313 + is + "CPython 3.13"},
		{"lib/python3.15t/site-packages", "a.abi3t.so", ""},
		{"lib/python3.15/site-packages", "a.abi3t.so", ""},
		{"lib/python3.15/site-packages", "a.abi3" + gnu, ""},
		{pypy, "a.cpython-311" + gnu, "1 extension module for CPython 3.11, but " + pypy + is + "PyPy 3.11"},
		{pypy, "a.pypy311-pp73" + gnu, ""},
		{pypy, "a.pypy39-pp73" + gnu, "1 extension module for PyPy 3.9, but " + pypy + is + "PyPy 3.11"},
		{py313, "a.pypy311-pp73" + gnu, "1 extension module for PyPy 3.11, but " + py313 + is + "CPython 3.13"},
		{py313, "a.cpython-313-aarch64-linux-gnu.so", "1 extension module for CPython 3.13, but " + py313 + is + "CPython 3.13"},
		{"lib/python3/dist-packages", "a.cpython-311" + gnu, ""},
		{"lib/python3/dist-packages", "a.pypy311-pp73" + gnu, "1 extension module for PyPy 3.11, but lib/python3/dist-packages is for CPython 3"},
		{"share/a", "a.cpython-311" + gnu, ""},       // before no Python
		{py313, "a.so liba.so a.libs/b.so", ""},      // a bare name may be for any
		{py313, "a.cpython-311" + gnu + " b.so", ""}, // so may this be
		{py313, "a.cpython-311" + gnu + " libb.so", "1 extension module for CPython 3.11, but " + py313 + is + "CPython 3.13"},
		{py313, "a.cpython-311" + gnu + " a.cpython-313" + gnu, ""}, // for several Pythons
	} {
		if got := newWorld(t).has(c.dir, c.files).says(pymodule.Options{}); got != "" && got[strings.Index(got, ": ")+2:] != c.want || got == "" && c.want != "" {
			t.Errorf("%s in %s: %q\nwant %q", c.files, c.dir, got, c.want)
		}
	}
}

// Rule: each wheel is judged by itself, and its modules are those that its RECORD lists;
// what no RECORD lists is judged as one.
func TestEachWheelByItself(t *testing.T) {
	w := newWorld(t).
		has(py313, "good/a.cpython-313"+gnu+" bad/a.cpython-311"+gnu+" bad/b.cpython-311"+gnu+" both/a.cpython-311"+gnu+" both/a.cpython-313"+gnu+" alone.cpython-310"+gnu).
		dist(py313, "good", "cp313-cp313-linux_x86_64", "good/a.cpython-313"+gnu).
		dist(py313, "bad", "cp311-cp311-linux_x86_64", "bad/a.cpython-311"+gnu+" ./bad/../bad/b.cpython-311"+gnu).
		dist(py313, "both", "py3-none-linux_x86_64", "both/a.cpython-311"+gnu+" both/a.cpython-313"+gnu)
	want := "a.cpython-311" + gnu + ": 2 extension modules for CPython 3.11, but " + py313 + " is for CPython 3.13\n" +
		"alone.cpython-310" + gnu + ": 1 extension module for CPython 3.10, but " + py313 + " is for CPython 3.13"
	if d := cmp.Diff(want, w.says(pymodule.Options{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// Rule: a module of the stable ABI needs the version of its wheel's tag, where every tag of
// WHEEL is one of the stable ABI.
func TestStableABISince(t *testing.T) {
	for tag, want := range map[string]string{
		"cp38-abi3-linux_x86_64":                               "",
		"cp39-abi3-linux_x86_64":                               "",
		"cp311-abi3-linux_x86_64":                              "a.abi3.so: 1 extension module for CPython 3.11 or newer, but " + py39 + " is for CPython 3.9",
		"cp39-cp39-linux_x86_64":                               "",
		"cp311-cp311-linux_x86_64":                             "",
		"cp311-abi3-linux_x86_64\nTag: cp38-abi3-linux_x86_64": "",
		"cp311-abi3-linux_x86_64\nTag: py3-none-any":           "",
		"x": "",
	} {
		if got := newWorld(t).has(py39, "a.abi3.so").dist(py39, "a", tag, "a.abi3.so").says(pymodule.Options{}); got != want {
			t.Errorf("%q: %q, want %q", tag, got, want)
		}
	}
	// .abi3t.so is for CPython with the lock too, its tag is not.
	w := newWorld(t).has("lib/python3.15/site-packages", "a.abi3t.so").dist("lib/python3.15/site-packages", "a", "cp315-abi3t-linux_x86_64", "a.abi3t.so")
	if got := w.says(pymodule.Options{}); got != "" {
		t.Errorf("%q", got)
	}
}

// Rule: what a wheel brings along for a Python of its own is none of this Python's.
func TestPythonOfItsOwn(t *testing.T) {
	for files, want := range map[string]bool{
		"app/libpython3.9.so.1.0 app/lib-dynload/a.cpython-39" + gnu + " app/b.cpython-39" + gnu:                 false,
		"app/python/lib/python3.9/lib-dynload/a.cpython-39" + gnu:                                                false,
		"app/python/lib/python3.9/site-packages/b/a.cpython-39" + gnu:                                            false,
		"app/libpython3.9.so.1.0 app/a.cpython-39" + gnu + " mod.cpython-311" + gnu:                              true,
		"app/libpython3.10.so.1.0 app/a.cpython-39" + gnu:                                                        true,
		"app.libs/libpython3-0a1b2c3d.9.so.1.0 a.cpython-39" + gnu:                                               true, // auditwheel's
		"app.libs/libpython3.9-0a1b2c3d.so.1.0 a.cpython-39" + gnu:                                               true,
		"app/python/lib/python3.9/site-packages/b/a.cpython-38" + gnu:                                            true,
		"app/python/lib/python3.9/lib-dynload/a.cpython-39" + gnu + " app/python/lib/python3.9/lib-dynload/b.so": false,
	} {
		w := newWorld(t).has(py313, files)
		w.dist(py313, "app", "py3-none-linux_x86_64", files)
		if got := w.says(pymodule.Options{}); (got != "") != want {
			t.Errorf("%s: %q", files, got)
		}
	}
	name := "app-1.0-cp313-cp313-linux_x86_64.whl"
	const top = "lib/python3.13/site-packages/"
	if got := archive(t, name).has(top+"app", "libpython3.9.so.1.0 a.cpython-39"+gnu).says(pymodule.Options{}); got != "" {
		t.Errorf("%q", got)
	}
	if got := archive(t, name).has(top+"app/lib/python3.9/site-packages", "a.cpython-39"+gnu).says(pymodule.Options{}); got != "" {
		t.Errorf("%q", got)
	}
}

// Rule: a wheel's modules are for the Pythons of its file name's tags.
func TestArchiveByItsTags(t *testing.T) {
	const here = ", but the file name of the wheel is for "
	for _, c := range []struct{ tags, dir, file, want string }{
		{"cp311-cp311", "lib/python3.11/site-packages", "a.cpython-311" + gnu, ""},
		{"cp311-cp311", "lib/python3.11/site-packages", "a.cpython-310" + gnu, "1 extension module for CPython 3.10" + here + "CPython 3.11"},
		{"cp310.cp311-none", "lib/python3.11/site-packages", "a.cpython-310" + gnu, ""},
		{"cp39-abi3", "lib/python3.9/site-packages", "a.abi3.so", ""},
		{"cp39-abi3", "lib/python3.9/site-packages", "a.cpython-313" + gnu, ""},
		{"cp39-abi3", "lib/python3.9/site-packages", "a.cpython-38" + gnu, "1 extension module for CPython 3.8" + here + "CPython 3.9 or newer"},
		{"cp313-cp313t", "lib/python3.13/site-packages", "a.cpython-313" + gnu, "1 extension module for CPython 3.13" + here + "free-threaded CPython 3.13"},
		{"cp313-cp313t", "lib/python3.13/site-packages", "a.cpython-313t" + gnu, ""},
		{"py3-none", "lib/python3/site-packages", "a.cpython-36m" + gnu, ""},
		{"py2.py3-none", "lib/python3/site-packages", "a.pypy39-pp73" + gnu, ""},
		{"x1-none", "lib/python3/site-packages", "a.cpython-36m" + gnu, ""},
		{"cp311-cp311", "share", "a.cpython-310" + gnu, ""},
	} {
		w := archive(t, "a-1.0-"+c.tags+"-linux_x86_64.whl").has(c.dir, c.file)
		if got := strings.TrimPrefix(w.says(pymodule.Options{}), filepath.Base(c.file)+": "); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.tags, c.file, got, c.want)
		}
	}
}

// Rule: the triplet in a name is that of the target; with musl that of glibc is taken too,
// which CPython had there before 3.11.
func TestTriplets(t *testing.T) {
	for triplet, loaded := range map[string][3]bool{ // with glibc, with musl, not known
		"x86_64-linux-gnu":    {true, true, true},
		"x86_64-linux-musl":   {false, true, true},
		"x86_64-linux-gnux32": {false, false, false},
		"i386-linux-gnu":      {false, false, false},
		"aarch64-linux-gnu":   {false, false, false},
		"":                    {true, true, true},
	} {
		for i, libc := range []ldso.Libc{ldso.Glibc, ldso.Musl, ""} {
			name := "a.cpython-313-" + triplet
			got := newWorld(t).has(py313, strings.TrimSuffix(name, "-")+".so").says(pymodule.Options{Libc: libc})
			if (got == "") != loaded[i] {
				t.Errorf("%q with %q: %q", triplet, libc, got)
			}
		}
	}
}

// Rule: the problem says what the names end in and what Python looks for, and its hint
// names the tags to fetch and the set to build in; a wheel that is taken all the same is a
// notice without one.
func TestProblem(t *testing.T) {
	w := newWorld(t).has(py313t, "a.cpython-313"+gnu+" b.abi3.so")
	want := []problem.Problem{{
		Code: problem.WrongPython, Severity: problem.Error, Path: py313t + "/a.cpython-313" + gnu, PathSaid: true,
		Objects: []string{py313t + "/a.cpython-313" + gnu, py313t + "/b.abi3.so"},
		Message: "2 extension modules for CPython 3.2 or newer, 3.13, but " + py313t + " is for free-threaded CPython 3.13",
		Details: []string{
			"their names end in .abi3.so, .cpython-313-x86_64-linux-gnu.so",
			"free-threaded CPython 3.13 looks for .cpython-313t-x86_64-linux-gnu.so, .so",
		},
		Hint: "fetch the wheel for free-threaded CPython 3.13: fetchPypi { …; dist = \"cp313\"; python = \"cp313\"; abi = \"cp313t\"; }\n" +
			"or, if your nixpkgs has the Python that it is for, build it in python313Packages\n" +
			"or, if nothing imports its modules",
		Set:    "wheelAutoPatchAnyPython = true;",
		ByHand: "fetch the wheel for free-threaded CPython 3.13, with the tags cp313-cp313t\nif nothing imports its modules: --any-python",
	}}
	if d := cmp.Diff(want, pymodule.Check(w.objects, nil, pymodule.Options{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	want[0].Severity, want[0].Hint, want[0].Set, want[0].ByHand = problem.Notice, "", "", ""
	if d := cmp.Diff(want, pymodule.Check(w.objects, nil, pymodule.Options{AnyPython: true})); d != "" {
		t.Errorf("accepted (-want +got)\n%s", d)
	}
}

// Rule: the set of Nixpkgs is that of a version which is named alone, else the oldest.
func TestPackageSet(t *testing.T) {
	for tags, want := range map[string]string{
		"cp311-cp311":           "python311Packages",
		"cp313.cp39-cp313.cp39": "python39Packages",
		"cp39-abi3":             "python39Packages or a newer one",
		"cp314-cp314t":          "python314FreeThreading.pkgs",
		"pp311-pypy311_pp73":    "pypy311Packages",
		"cp32-abi3":             "python3Packages",
		"py3-none":              "",
		"graalpy311-none":       "",
		"graalpy311.cp312-none": "python312Packages",
		"py37-none":             "",
		"x-none":                "",
	} {
		python, abi, _ := strings.Cut(tags, "-")
		if got := pymodule.PackageSet(pyname.TagsPythons(strings.Split(python, "."), strings.Split(abi, "."))); got != want {
			t.Errorf("%s: %q, want %q", tags, got, want)
		}
	}
}

// Rule: a file of a bare name is a module if the name of its init function stands in it,
// wherever; such a one is loaded by any Python. Others are plugins, and say nothing.
func TestBareNames(t *testing.T) {
	const init = "\x00PyInit_plug\x00"
	texts := map[string]bool{}
	for at := range 2 * len(init) {
		texts[strings.Repeat("x", 256<<10+at)+init] = true // at the end of one read, or over it
	}
	maps.Copy(texts, map[string]bool{
		"\x7fELF\x00PyInit_plug\x00":                 true,
		"\x00PyInit_other\x00":                       false,
		"\x00PyInit_plugin\x00\x00myPyInit_plug\x00": false,
		"": false,
	})
	for text, module := range texts {
		w := newWorld(t).has(py313, "a.cpython-311"+gnu+" plug.so")
		file := w.objects[1].File
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		want := ""
		if !module {
			want = "a.cpython-311" + gnu + ": 1 extension module for CPython 3.11, but " + py313 + " is for CPython 3.13"
		}
		if got := w.says(pymodule.Options{}); got != want {
			t.Errorf("%d bytes: %q, want %q", len(text), got, want)
		}
	}
}
