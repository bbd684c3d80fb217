package explain

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pymodule"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// named returns a wheel by the tags of its file name, with modules of these names.
func named(tags string, modules ...string) wheelInfo {
	f, ok := pyname.ParseFilename("pkg-1.0-" + tags + ".whl")
	if !ok {
		panic(tags)
	}
	var objects []tree.Object
	for _, m := range modules {
		objects = append(objects, tree.Object{File: m})
	}
	return wheelInfo{
		Wheel: supply.NewWheel(nil, f.Platforms), Path: "pkg-1.0-" + tags + ".whl", Archive: true,
		File: f, Modules: pymodule.Counts(objects),
	}
}

// Rule: the tags of a wheel say the oldest Python and the oldest C library that take it,
// and since when nixpkgs has them.
func TestTagLines(t *testing.T) {
	for tags, want := range map[string][2]string{
		"cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64": {"CPython 3.11 (python311Packages)", "x86_64 with glibc 2.27 or newer"},
		"cp313-cp313t-manylinux_2_39_x86_64":                      {"free-threaded CPython 3.13 (python313FreeThreading.pkgs)", "x86_64 with glibc 2.39 or newer (nixpkgs 24.05 or newer)"},
		"cp39.cp310-abi3-manylinux_2_99_riscv64":                  {"CPython 3.9 or newer (python39Packages or a newer one)", "riscv64 with glibc 2.99 or newer (newer than any nixpkgs release known here)"},
		"cp315-abi3.abi3t-manylinux_2_41_loongarch64": {
			"CPython 3.15 or newer; free-threaded CPython 3.15 or newer (python315Packages or a newer one)",
			"loongarch64 with glibc 2.41 or newer (nixpkgs 26.05 or newer)",
		},
		"py2.py3-none-any": {"Python 2, 3", "any"},
		"pp311-pypy311_pp73-musllinux_1_2_aarch64.manylinux_2_17_aarch64": {"PyPy 3.11 (pypy311Packages)", "aarch64 with glibc 2.17 or newer or with musl 1.2 or newer"},
		"cp312-cp312-win_amd64":                        {"CPython 3.12 (python312Packages)", "win_amd64 (not Linux)"},
		"cp312-cp312-linux_x86_64-x86_64_v3":           {"CPython 3.12 (python312Packages)", "x86_64"},
		"x1-y-linux_x86_64":                            {"", "x86_64"},
		"cp37-cp37m-manylinux1_x86_64.manylinux1_i686": {"CPython 3.7 (python37Packages)", "i686 with glibc 2.5 or newer, x86_64 with glibc 2.5 or newer"},
	} {
		w := named(tags)
		if got := [2]string{w.pythonLine(), w.systemLine()}; got != want {
			t.Errorf("%s:\n%q\n%q", tags, got, want)
		}
		if got := w.File.Tags(); got != tags {
			t.Errorf("%s is shown as %s", tags, got)
		}
	}
}

// Rule: modules are counted by the Pythons that they are for; since when the stable ABI is
// enough only the tags say.
func TestModulesLine(t *testing.T) {
	for _, c := range []struct {
		tags, modules, want string
	}{
		{"cp311-cp311-linux_x86_64", "a.cpython-311-x86_64-linux-gnu.so b.cpython-311-x86_64-linux-gnu.so", "2 for CPython 3.11"},
		{"cp39-abi3-linux_x86_64", "a.abi3.so b.so", "1 for CPython 3.9 or newer, 1 for any Python"},
		{"cp311-cp311-linux_x86_64", "a.abi3.so", "1 for CPython 3.2 or newer"},
		{"py3-none-linux_x86_64", "a.cpython-36m-x86_64-linux-gnu.so a.cpython-311-x86_64-linux-gnu.so b.cpython-311-x86_64-linux-gnu.so", "2 for CPython 3.11, 1 for CPython 3.6"},
		{"py3-none-linux_x86_64", "", ""},
	} {
		if got := named(c.tags, strings.Fields(c.modules)...).modulesLine(); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.tags, c.modules, got, c.want)
		}
	}
}

// Rule: JSON has the tags as they are and what they mean, without lists that are null.
func TestWheelReport(t *testing.T) {
	m := Model{wheels: []wheelInfo{named("cp39.cp310-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_2_x86_64.win32", "a.abi3.so", "b.abi3.so"), {Path: "tree"}}}
	nothing := report.WriteReport{Inputs: []string{}, Dependencies: []string{}, Ignores: []string{}, Records: []string{}}
	want := []report.WheelReport{
		{
			Root:   "pkg-1.0-cp39.cp310-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_2_x86_64.win32.whl",
			Python: []string{"cp39", "cp310"}, ABI: []string{"abi3"}, Platform: []string{"manylinux_2_17_x86_64", "manylinux2014_x86_64", "musllinux_1_2_x86_64", "win32"},
			Pythons: []report.PythonReport{{Implementation: "cpython", Version: "3.9", Newer: true}},
			Systems: []report.SystemReport{{Machine: "x86_64", Glibc: "2.17", Musl: "1.2"}},
			Modules: []report.ModulesReport{{Suffix: ".abi3.so", Count: 2}}, Requires: []string{}, Wants: []string{}, Write: nothing,
		},
		{
			Root: "tree", Python: []string{}, ABI: []string{}, Platform: []string{},
			Pythons: []report.PythonReport{}, Systems: []report.SystemReport{}, Modules: []report.ModulesReport{},
			Requires: []string{}, Wants: []string{}, Write: nothing,
		},
	}
	if d := cmp.Diff(want, m.wheelReports()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	text, err := json.Marshal(m.Report())
	if err != nil || strings.Contains(strings.Replace(string(text), `"trace":null`, "", 1), "null") {
		t.Errorf("%v %s", err, text)
	}
	for p, want := range map[pyname.Pythons]report.PythonReport{
		{}:                    {},
		{Major: 3, Minor: -1}: {Version: "3"},
		{Implementation: "cpython", Major: 3, Minor: 13, Threads: pyname.FreeThreaded}: {Implementation: "cpython", Version: "3.13", FreeThreaded: true},
	} {
		if got := pythonReport(p); got != want {
			t.Errorf("%v: %+v", p, got)
		}
	}
}

// Rule: a wheel none of whose modules is for the Pythons of its tags is said to be so, in
// the line of its modules and as a warning, and a tree by its site-packages.
func TestWrongPythonIsSaid(t *testing.T) {
	g := func(root *tree.Root, path string, trees []*tree.Listing) gathered {
		p := gathered{}
		p.found.Objects = []tree.Object{{Root: root, Path: path, File: filepath.Join(root.Abs, path), ELF: object(0, path, elfobj.Object{}).elf}}
		p.judgeModules(trees)
		return p
	}
	wheel := &tree.Root{Path: "pkg-1.0-cp312-cp312-linux_x86_64.whl", Abs: "/pkg.whl", Archive: true}
	const site = "lib/python3.12/site-packages/"
	if p := g(wheel, site+"a.cpython-311-x86_64-linux-gnu.so", nil); p.wheel.WrongPython == "" || len(p.problems) != 1 || p.wheel.Modules[0].N != 1 {
		t.Errorf("%+v", p)
	}
	if p := g(wheel, site+"a.cpython-312-x86_64-linux-gnu.so", nil); p.wheel.WrongPython != "" || len(p.problems) != 0 {
		t.Errorf("%+v", p)
	}
	dir := t.TempDir()
	info := filepath.Join(dir, site, "a-1.dist-info")
	if err := os.MkdirAll(info, 0o777); err != nil {
		t.Fatal(err)
	}
	root := &tree.Root{Path: "out", Abs: dir}
	if p := g(root, site+"a.cpython-312t-x86_64-linux-gnu.so", []*tree.Listing{{Root: root, Dists: []string{site + "a-1.dist-info"}}}); !strings.Contains(p.wheel.WrongPython, "is for CPython 3.12") {
		t.Errorf("%+v", p)
	}
}
