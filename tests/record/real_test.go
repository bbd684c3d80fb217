package record

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

// Rule: real wheels verify without an error; gmsh with the notice that its
// digests are in hex.
func TestPinnedWheels(t *testing.T) {
	pins, err := wheels.Pins()
	if err != nil {
		t.Fatal(err)
	}
	for _, pin := range pins {
		t.Run(pin.File, func(t *testing.T) {
			var said []string
			if pin.Project == "gmsh" {
				said = []string{"record-hex-digest gmsh-4.15.2.dist-info/RECORD"}
			}
			expect(t, verify(t, testenv.Wheel(t, pin.File)), nil, said)
		})
	}
}

// A sample is a real wheel, and members of it to tamper with.
type sample struct {
	wheel   string
	members []victim
}

type victim struct {
	name      string
	installed string // below the prefix, empty for its own name in site-packages
	rewritten bool   // every installer makes a row of its own for it
}

// samples have, in turn: a program in .data/scripts that is an ELF object; an
// extension module, and a script whose first line is rewritten; libraries in
// .data/data.
var samples = []sample{
	{"ruff", []victim{{"ruff-0.17.6.data/scripts/ruff", "bin/ruff", false}}},
	{"numba", []victim{
		{"numba/np/ufunc/tbbpool.cpython-311-x86_64-linux-gnu.so", "", false},
		{"numba-0.68.1.data/scripts/numba", "bin/numba", true},
	}},
	{"tbb", []victim{{"tbb-2023.2.0.data/data/lib/libtbb.so.12", "lib/libtbb.so.12", false}}},
}

// Rule: what the real installers make of a good wheel is clean, with the wheel
// and without; tampered with before it was installed, a library is found each
// time, also against the good wheel where the installer has computed its hash
// anew.
func TestInstallers(t *testing.T) {
	testenv.Tool(t, "python3")
	bad := t.TempDir()
	for _, s := range samples {
		var names []string
		for _, m := range s.members {
			names = append(names, m.name)
		}
		good := testenv.Wheel(t, s.wheel)
		if err := tamper(good, filepath.Join(bad, filepath.Base(good)), names...); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range Installers() {
		t.Run(i.Name+" "+i.Version, func(t *testing.T) {
			t.Parallel()
			if _, err := i.Fetch(); err != nil {
				testenv.Lacks(t, "%v", err)
			}
			for _, s := range samples {
				t.Run(s.wheel, func(t *testing.T) { installSample(t, i, s, bad) })
			}
		})
	}
}

// refusal is what pip and uv say of a wheel for another Python.
var refusal = regexp.MustCompile(`not a supported wheel|is not compatible|incompatible with the current`)

// installSample installs a sample, and the one of the same name in a folder of those that
// were tampered with.
func installSample(t *testing.T, i Installer, s sample, tampered string) {
	good := testenv.Wheel(t, s.wheel)
	dir := t.TempDir()
	out := filepath.Join(dir, "good")
	if err := i.install(good, out); err != nil {
		if refusal.MatchString(err.Error()) {
			testenv.Lacks(t, "the samples are for Python 3.11 on x86_64: %v", err)
		}
		t.Fatal(err)
	}
	var said []string
	if i.Recomputes {
		records, err := filepath.Glob(filepath.Join(out, "lib", "python3*", "site-packages", "*.dist-info", "RECORD"))
		if err != nil || len(records) != 1 {
			t.Fatalf("%q, %v", records, err)
		}
		said = []string{"record-unproven " + strings.TrimPrefix(records[0], out+"/")}
	}
	expect(t, verify(t, out), nil, said)
	expect(t, verify(t, "--wheel", good, out), nil, nil)

	bad := filepath.Join(tampered, filepath.Base(good))
	out = filepath.Join(dir, "bad")
	if err := i.install(bad, out); err != nil {
		t.Logf("the installer refuses it: %v", err)
		return
	}
	both, against, alone := verify(t, "--wheel", bad, out), verify(t, "--wheel", good, out), verify(t, out)
	for _, m := range s.members {
		wants(t, "the wheel", both, "record-hash-mismatch "+m.name)
		wants(t, "the tree against the good wheel", against, "record-hash-mismatch "+m.path(t, out))
		if !i.Recomputes && !m.rewritten {
			wants(t, "the tree alone", alone, "record-hash-mismatch "+m.path(t, out))
		}
	}
}

// path is where the member was installed, relative to the prefix.
func (v victim) path(t *testing.T, prefix string) string {
	t.Helper()
	if v.installed != "" {
		return v.installed
	}
	sites, err := filepath.Glob(filepath.Join(prefix, "lib", "python3*", "site-packages"))
	if err != nil || len(sites) != 1 {
		t.Fatalf("site-packages: %q, %v", sites, err)
	}
	return strings.TrimPrefix(sites[0], prefix+"/") + "/" + v.name
}

func wants(t *testing.T, what string, o outcome, line string) {
	t.Helper()
	if o.Status != 1 || !slices.Contains(o.Errors, line) {
		t.Errorf("%s: status %d, %q lacks %q", what, o.Status, o.Errors, line)
	}
}

// Rule: a wheel that was only unpacked is clean, and a changed file is found.
func TestUnzipped(t *testing.T) {
	for _, name := range []string{"numba", "tbb", "ruff"} {
		t.Run(name, func(t *testing.T) {
			whl := testenv.Wheel(t, name)
			dir := t.TempDir()
			testenv.Unzip(t, whl, dir)
			expect(t, verify(t, dir), nil, nil)
			expect(t, verify(t, "--wheel", whl, dir), nil, nil)
			names, err := filepath.Glob(filepath.Join(dir, "*.dist-info", "METADATA"))
			if err != nil || len(names) != 1 {
				t.Fatal(names, err)
			}
			if err := os.Truncate(names[0], 1); err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(dir, names[0])
			wants(t, "truncated METADATA", verify(t, "--wheel", whl, dir), "record-hash-mismatch "+rel)
		})
	}
}
