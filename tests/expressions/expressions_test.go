// Package expressions tests what explain writes in the language of Nix, of real wheels: that
// it evaluates, and that it says of dependencies and Pythons what packaging and pip say.
package expressions

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// A result is what Nix has of an expression for one Python on one system.
type result struct {
	Pname, Version, Format string
	Disabled               bool
	Dependencies           []string
	Src                    map[string]string
	PythonImportsCheck     []string
	Meta                   map[string]any
}

var (
	minors  = []int{9, 10, 11, 12, 13, 14, 15}
	systems = []string{"x86_64-linux", "aarch64-linux"}
)

// smallWheel bounds the wheels that are tried where WHEEL_AUTO_PATCH_ALL_WHEELS is not set: a
// large one takes seconds.
const smallWheel = 1 << 20

// wheels returns the real wheels that are here, those of the corpus among them.
func wheels(t *testing.T) (files []string) {
	t.Helper()
	files = []string{testenv.Wheel(t, "numba"), testenv.Wheel(t, "six"), testenv.Wheel(t, "ruff")}
	cache := filepath.Dir(filepath.Dir(files[0]))
	for _, dir := range []string{"wheels", "corpus/wheels"} {
		more, _ := filepath.Glob(filepath.Join(cache, dir, "*.whl"))
		files = append(files, more...)
	}
	files = slices.DeleteFunc(files, func(file string) bool {
		info, err := os.Stat(file)
		return err != nil || info.Size() > smallWheel && os.Getenv("WHEEL_AUTO_PATCH_ALL_WHEELS") == ""
	})
	slices.Sort(files)
	return slices.CompactFunc(files, func(a, b string) bool { return filepath.Base(a) == filepath.Base(b) })
}

var gotLib = regexp.MustCompile(`lib\.getLib ([\w.+-]+)`)

var inputLists = regexp.MustCompile(`(?s)buildInputs = \[\n(.*?)\];`)

// evaluate returns what Nix has of expressions, by their names.
func evaluate(t *testing.T, expressions map[string]string) map[string]map[string]map[string]result {
	t.Helper()
	nix := testenv.Tool(t, "nix-instantiate")
	dir := t.TempDir()
	given := map[string]any{"minors": minors, "systems": systems, "licenses": licenseNames(t)}
	inputs := [][]string{{"stdenv", "cc"}}
	files := map[string]string{}
	for name, text := range expressions {
		files[name] = filepath.Join(dir, fmt.Sprint(len(files))+".nix")
		if err := os.WriteFile(files[name], []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, list := range inputLists.FindAllStringSubmatch(text, -1) {
			for attr := range strings.FieldsSeq(list[1]) {
				inputs = append(inputs, strings.Split(strings.TrimPrefix(attr, "pkgs."), "."))
			}
		}
		for _, got := range gotLib.FindAllStringSubmatch(text, -1) {
			inputs = append(inputs, strings.Split(strings.TrimPrefix(got[1], "pkgs."), "."))
		}
	}
	given["inputs"], given["files"] = inputs[1:], files
	text, err := json.Marshal(given)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "given.json"), text, 0o644)
	}
	standins, other := filepath.Abs("standins.nix")
	if err != nil || other != nil {
		t.Fatal(err, other)
	}
	cmd := exec.Command(nix, "--eval", "--strict", "--json", "--expr",
		fmt.Sprintf("import %s (builtins.fromJSON (builtins.readFile %s/given.json))", standins, dir))
	cmd.Env = append(os.Environ(), "NIX_STATE_DIR="+t.TempDir(), "NIX_STORE_DIR="+t.TempDir(), "NIX_CONF_DIR=/nonexistent")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	var got map[string]map[string]map[string]result
	if err == nil {
		err = json.Unmarshal(out, &got)
	}
	if err != nil {
		t.Fatal(err, said.String())
	}
	return got
}

// licenseNames are those of the table, and no others: a name that is not there is an error of
// the evaluation.
func licenseNames(t *testing.T) (names []string) {
	t.Helper()
	text, err := os.ReadFile("../../internal/providers/licenses.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if _, attr, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			names = append(names, attr)
		}
	}
	return names
}

func explain(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(testenv.Program(t), append([]string{"explain", "--format", "nix"}, args...)...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v: %s", args, err, said.String())
	}
	return string(out)
}

// What packaging and pip say of a wheel: whether the interpreters of each minor version take
// it, what it depends on there, and of the Python that runs the script what pip installs.
const packagingSays = `import email.parser, json, os, sys, zipfile
sys.path.insert(0, os.environ["PACKAGING"])
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename
import pip._internal.metadata as metadata
given = json.load(sys.stdin)
out = {}
for file in given["files"]:
    name, version, build, tags = parse_wheel_filename(os.path.basename(file))
    archive = zipfile.ZipFile(file)
    info, = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA") and n.count("/") == 1]
    h = email.parser.HeaderParser().parsestr(archive.read(info).decode("utf-8", "replace"))
    platforms = sorted({t.platform for t in tags})
    machines = sorted({m for m in ("x86_64", "aarch64") for p in platforms if p == "any" or p.endswith(m)})
    entry = out[os.path.basename(file)] = {}
    for minor in given["minors"]:
        # The platform is not in question here.
        known = {(t.interpreter, t.abi) for t in [*cpython_tags((3, minor), platforms=["any"]), *compatible_tags((3, minor), "cp3%d" % minor, ["any"])]}
        free = {(t.interpreter, t.abi) for t in cpython_tags((3, minor), abis=["cp3%dt" % minor], platforms=["any"])} if minor > 12 else set()
        taken = any((t.interpreter, t.abi) in known | free for t in tags) and SpecifierSet(h["Requires-Python"] or "").contains("3.%d.99" % minor)
        entry[minor] = {"Taken": taken, "Needs": {}}
        for machine in machines:
            env = {"python_version": "3.%d" % minor, "python_full_version": "3.%d.99" % minor, "implementation_version": "3.%d.99" % minor,
                "platform_machine": machine, "extra": "", "os_name": "posix", "sys_platform": "linux", "platform_system": "Linux",
                "implementation_name": "cpython", "platform_python_implementation": "CPython", "platform_release": "", "platform_version": ""}
            needs = [Requirement(line) for line in h.get_all("Requires-Dist", [])]
            entry[minor]["Needs"][machine + "-linux"] = sorted({canonicalize_name(r.name) for r in needs if not r.marker or r.marker.evaluate(env)} - {name})
    wheel = metadata.get_wheel_distribution(metadata.FilesystemWheel(file), name)
    entry["Pip"] = {"Minor": sys.version_info[1], "Needs": sorted({canonicalize_name(r.name) for r in wheel.iter_dependencies(())} - {name})}
json.dump(out, sys.stdout)`

// Rule: the expression of every wheel evaluates, whole, for each Python and system; it is
// disabled where packaging says that the Python does not take the wheel; and its
// dependencies are those that packaging, and pip for the Python that is here, name.
func TestExpressionsSayWhatPackagingAndPipSay(t *testing.T) {
	files := wheels(t)
	texts := map[string]string{}
	for _, file := range files {
		texts[filepath.Base(file)] = explain(t, file)
	}
	got := evaluate(t, texts)

	text, err := json.Marshal(map[string]any{"files": files, "minors": minors})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(testenv.Tool(t, "python3"), "-c", packagingSays)
	cmd.Env = append(os.Environ(), "PACKAGING="+testenv.Wheel(t, "packaging"))
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(text)), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var said map[string]map[string]json.RawMessage
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	compared, byPip := 0, 0
	for file, all := range said {
		var pip struct {
			Minor int
			Needs []string
		}
		if err := json.Unmarshal(all["Pip"], &pip); err != nil {
			t.Fatal(err)
		}
		for _, minor := range minors {
			var want struct {
				Taken bool
				Needs map[string][]string
			}
			if err := json.Unmarshal(all[fmt.Sprint(minor)], &want); err != nil {
				t.Fatal(err)
			}
			for system, needs := range want.Needs {
				r := got[file][fmt.Sprint(minor)][system]
				if r.Disabled == want.Taken {
					t.Errorf("%s: disabled is %v for 3.%d, packaging takes it: %v", file, r.Disabled, minor, want.Taken)
				}
				if !want.Taken {
					continue
				}
				compared++
				if have, want := attrs(needs), slices.Sorted(slices.Values(r.Dependencies)); !slices.Equal(have, want) {
					t.Errorf("%s: for 3.%d on %s the dependencies are %q; packaging: %q", file, minor, system, want, have)
				}
				if minor == pip.Minor && system == "x86_64-linux" {
					byPip++
					if have := attrs(pip.Needs); !slices.Equal(have, slices.Sorted(slices.Values(r.Dependencies))) {
						t.Errorf("%s: the dependencies are %q; pip: %q", file, r.Dependencies, have)
					}
				}
			}
		}
	}
	t.Logf("measured: %d wheels, the same dependencies in %d environments as packaging, of %d wheels as pip", len(files), compared, byPip)
}

// attrs returns what Nixpkgs calls distributions, as far as a name of Nix can say it.
func attrs(dists []string) []string {
	out := []string{}
	for _, d := range dists {
		if a, _ := providers.PythonAttr(d); a[0] < '0' || a[0] > '9' {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
