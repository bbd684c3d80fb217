package nixexpr_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/nixexpr"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

// named returns the package of a wheel by its file name, with lines of Requires-Dist.
func named(t *testing.T, file string, requires ...string) nixexpr.Package {
	t.Helper()
	f, ok := pyname.ParseFilename(file)
	if !ok {
		t.Fatal(file)
	}
	return nixexpr.New(nixexpr.Wheel{Path: file, Archive: true, Name: f.Name, Version: f.Version, File: f, Requires: requires}, nil)
}

func written(t *testing.T, list ...nixexpr.Package) string {
	t.Helper()
	var b strings.Builder
	if err := nixexpr.Write(&b, list); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Rule: a dependency stands under the condition of its marker, for the Pythons and machines
// that the wheel is for; one that holds for none of them is left out.
func TestDependenciesUnderConditions(t *testing.T) {
	const any, native = "x-1.0-py3-none-any.whl", "x-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"
	for _, c := range []struct{ file, requires, want string }{
		{any, "a", "dependencies = [\n"},
		{any, `a; python_version < "3.11"`, `dependencies = lib.optionals (pythonOlder "3.11") [`},
		{any, `a; python_version >= "3.10" and python_version != "3.12"`, `dependencies = lib.optionals ((pythonAtLeast "3.10" && pythonOlder "3.12") || pythonAtLeast "3.13") [`},
		{any, `a; platform_machine == "aarch64"`, `dependencies = lib.optionals (stdenv.hostPlatform.system == "aarch64-linux") [`},
		{any, `a; sys_platform == "win32"`, ""},
		{any, `a; extra == "b"`, ""},
		{native, `a; python_version < "3.12"`, "dependencies = [\n"},
		{native, `a; python_version < "3.11"`, ""},
		{native, `a; platform_machine == "aarch64"`, ""},
	} {
		text := written(t, named(t, c.file, c.requires))
		if got := strings.Contains(text, "dependencies"); got != (c.want != "") || !strings.Contains(text, c.want) {
			t.Errorf("%s: %s: want %q\n%s", c.file, c.requires, c.want, text)
		}
	}
}

// Rule: wheels of one version that differ by their machine have one source for each system;
// another wheel is passed over, and said to be.
func TestSourceBySystem(t *testing.T) {
	text := written(t, named(t, "x-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"), named(t, "x-1.0-cp311-cp311-manylinux_2_28_aarch64.whl", "a"), named(t, "x-1.0-cp312-cp312-manylinux_2_28_aarch64.whl"))
	for _, want := range []string{
		"  x86_64-linux = fetchPypi {", "  aarch64-linux = fetchPypi {", ".${stdenv.hostPlatform.system}",
		`lib.optionals (stdenv.hostPlatform.system == "aarch64-linux") [`,
		"# passed over: x-1.0-cp312-cp312-manylinux_2_28_aarch64.whl: another wheel of this distribution was taken",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Rule: in an overlay no package needs itself, neither at once nor by way of others, and what
// is left out for that is said: what is needed for a library alone, where there is such.
func TestOverlayHasNoCircle(t *testing.T) {
	for _, library := range []string{"a", "b", "c"} { // the one with a dependency for a library alone
		var list []nixexpr.Package
		for _, pair := range [][2]string{{"a", "b"}, {"b", "c"}, {"c", "a"}} {
			if pair[0] == library {
				p := named(t, pair[0]+"-1.0-py3-none-any.whl", "d")
				p.Require(pair[1])
				list = append(list, p)
			} else {
				list = append(list, named(t, pair[0]+"-1.0-py3-none-any.whl", pair[1], "d"))
			}
		}
		text := written(t, list...)
		if strings.Count(text, "left out") != 1 || strings.Count(text, "pyfinal.d\n") != 3 {
			t.Errorf("%s:\n%s", library, text)
		}
		_, own, _ := strings.Cut(text, "    "+library+" = ")
		own, _, _ = strings.Cut(own, "});")
		if !strings.Contains(own, "# left out, for it needs this package: ") {
			t.Errorf("%s has it no longer:\n%s", library, text)
		}
	}
	text := written(t, named(t, "a-1.0-py3-none-any.whl", "b"), named(t, "b-1.0-py3-none-any.whl", "a"))
	if strings.Count(text, "left out") != 1 {
		t.Error(text)
	}
}

// Rule: of what was written already every pattern and every input stands once, in order.
func TestListsAreSorted(t *testing.T) {
	p := named(t, "x-1.0-py3-none-any.whl", "b")
	p.Require("A")
	p.Require("B")
	p.Inputs = []string{"zlib", "alsa-lib", "zlib"}
	p.Ignores = []nixexpr.Ignore{{Pattern: "b", Reason: "1"}, {Pattern: "a", Reason: "2"}, {Pattern: "b", Reason: "3"}}
	p.Sort()
	var names []string
	for _, d := range p.Dependencies {
		names = append(names, d.Name)
	}
	if !slices.Equal(names, []string{"a", "b"}) || !slices.Equal(p.Inputs, []string{"alsa-lib", "zlib"}) || len(p.Ignores) != 2 {
		t.Errorf("%q %q %v", names, p.Inputs, p.Ignores)
	}
}

// Rule: an input whose name is that of another package in a set of Python packages is taken
// from pkgs.
func TestInputsOfSharedNames(t *testing.T) {
	p := named(t, "x-1.0-py3-none-any.whl")
	p.Inputs = []string{"snappy", "zlib"}
	if text := written(t, p); !strings.Contains(text, "  buildInputs = [\n    pkgs.snappy\n    zlib\n  ];") || !strings.Contains(text, "\n  pkgs,\n") || strings.Contains(text, "\n  snappy,") {
		t.Error(text)
	}
}

// Rule: a dependency is called as nixpkgs calls it; what nixpkgs does not have is said to be so,
// unless a wheel of it is written beside, which has its own name.
func TestDependenciesAsNixpkgsCallsThem(t *testing.T) {
	app := named(t, "app-1.0-py3-none-any.whl", "PyGObject", "psycopg-binary", "psycopg-c", "nvidia-nccl-cu13[x]")
	if text := written(t, app); !strings.Contains(text, `dependencies = [
    nvidia-nccl-cu13 # with its extras x; not in nixpkgs: package its wheel, too
    psycopg-c
    pygobject3
  ];`) || !strings.Contains(text, "\n  pygobject3,\n") {
		t.Error(text)
	}
	beside := []nixexpr.Package{app, named(t, "psycopg_binary-1.0-py3-none-any.whl"), named(t, "nvidia_nccl_cu13-1.0-py3-none-any.whl")}
	if text := written(t, beside...); !strings.Contains(text, "pyfinal.nvidia-nccl-cu13 # with its extras x\n") || !strings.Contains(text, "pyfinal.psycopg-binary\n") || !strings.Contains(text, "pyfinal.pygobject3\n") {
		t.Error(text)
	}
}

// Rule: what nix run starts is the only program, or that which is called as the distribution.
func TestMainProgram(t *testing.T) {
	for _, c := range []struct {
		programs []string
		want     string
	}{
		{nil, ""},
		{[]string{"run"}, "run"},
		{[]string{"a", "b"}, ""},
		{[]string{"a", "Demo_X"}, "Demo_X"},
		{[]string{"a${b}"}, "a\\${b}"},
	} {
		p := named(t, "demo.x-1.0-py3-none-any.whl")
		p.Wheel.Programs = c.programs
		text, line := written(t, p), "\n    mainProgram = \""+c.want+"\";\n"
		if strings.Contains(text, line) != (c.want != "") || strings.Contains(text, "mainProgram") != (c.want != "") {
			t.Errorf("%q: want %q\n%s", c.programs, c.want, text)
		}
	}
}

// Rule: of a license that is not known the first words are told, and that more follow.
func TestUnknownLicense(t *testing.T) {
	for license, want := range map[string]string{
		"Ask us":                              "Ask us",
		strings.Repeat("word ", 16):           strings.TrimSpace(strings.Repeat("word ", 16)),
		strings.Repeat("word ", 17):           strings.Repeat("word ", 16) + "…",
		strings.Repeat("words ", 20):          strings.Repeat("words ", 13) + "…",
		"a " + strings.Repeat("x", 78) + " y": "a " + strings.Repeat("x", 78) + " …",
		strings.Repeat("x", 90):               strings.Repeat("x", 80) + " …",
	} {
		p := named(t, "demo-1.0-py3-none-any.whl")
		p.Wheel.Dist.License = license
		if text := written(t, p); !strings.Contains(text, "# license: METADATA says "+want+"\n") {
			t.Errorf("%q\n%s", license, text)
		}
	}
}

// Rule: where nothing is a wheel, nothing is written.
func TestNoWheelIsAnError(t *testing.T) {
	var b strings.Builder
	if err := nixexpr.Write(&b, []nixexpr.Package{nixexpr.New(nixexpr.Wheel{Path: "tree"}, nil)}); !errors.Is(err, nixexpr.ErrNoWheel) || b.Len() > 0 {
		t.Errorf("%v: %s", err, b.String())
	}
}
