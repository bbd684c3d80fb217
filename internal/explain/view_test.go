package explain

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/nixexpr"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyload"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

var updateGolden = flag.Bool("update", false, "write testdata/*.golden anew")

// sampleModels are the sample and one of two wheels that need one another, of
// which a third does not fit.
func sampleModels() map[string]Model {
	s := sampleSource()
	other, misfit := sampleWheel(), sampleWheel()
	other = other.at("tbb-2.0-py3-none-manylinux_2_28_x86_64.whl")
	other.Name, other.Version, other.Requires, other.RequiresText = "tbb", "2.0", nil, nil
	misfit = misfit.at("pkg-1.0-cp312-abi3-musllinux_1_2_x86_64.whl")
	misfit.Misfit = "it is for musl"
	s.wheels = append(s.wheels, other, misfit)
	s.Objects = append(s.Objects,
		object(1, "tbb.data/data/lib/libtbb.so.12", elfobj.Object{Soname: "libtbb.so.12", Names: []string{"libGL.so", "libGL.so.1", "libittnotify.so", "libnuma.so.1"}, Dlopen: []elfobj.Dlopen{{Sonames: []string{"libhwloc.so.15"}, Feature: "topology", Priority: "suggested"}}}),
		object(0, "pkg/tbbpool.abi3.so", elfobj.Object{Needed: []string{"libtbb.so.12"}}))
	s.guesses = []guess{{Wheel: 0, Load: pyload.Load{
		Soname: "libvulkan.so.1", File: "pkg/gpu.py", Line: 7, Call: "CDLL",
		Edit: pyload.Edit{Old: `CDLL("libvulkan.so.1")`, Before: `CDLL("`, After: `")`},
	}}}
	s.wheels[0].Requires, s.wheels[0].RequiresText = []string{"numpy", "tbb"}, append(s.wheels[0].RequiresText, "tbb; python_version < '3.14'")
	return map[string]Model{"one": sampleModel(), "many": s.build(), "none": (&sample{Source: Source{wheels: []wheelInfo{sampleWheel()}}}).build()}
}

// Rule: every view of every sample is as its golden file has it.
func TestViews(t *testing.T) {
	views := map[string]func(io.Writer, Model) error{
		"txt":   func(w io.Writer, m Model) error { return Text(w, m, TextOptions{}) },
		"80":    func(w io.Writer, m Model) error { return Text(w, m, TextOptions{Width: 80}) },
		"color": func(w io.Writer, m Model) error { return Text(w, m, TextOptions{Color: true, Width: 100}) },
		"all":   func(w io.Writer, m Model) error { return Text(w, m, TextOptions{All: true}) },
		"depth": func(w io.Writer, m Model) error { return Text(w, m, TextOptions{Depth: 1}) },
		"needs": func(w io.Writer, m Model) error { return Text(w, m, TextOptions{Needs: "libone-1234.so.1"}) },
		"dot":   Dot,
		"nix":   func(w io.Writer, m Model) error { return nixexpr.Write(w, m.Packages()) },
		"json": func(w io.Writer, m Model) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(m.Report())
		},
	}
	for sample, m := range sampleModels() {
		for view, write := range views {
			t.Run(sample+"."+view, func(t *testing.T) {
				var b bytes.Buffer
				if err := write(&b, m); err != nil && !errors.Is(err, ErrNoMatch) {
					t.Fatal(err)
				}
				file := filepath.Join("testdata", sample+"."+view+".golden")
				if *updateGolden {
					if err := os.MkdirAll("testdata", 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(b.Bytes(), want) {
					t.Errorf("%s: got\n%s", file, b.String())
				}
			})
		}
	}
}

// Rule: of more lines than are asked for the first are written, how many are left out, and
// the summary; without a tree there is none; a glob answers for all that it matches.
func TestLinesAreLimited(t *testing.T) {
	m := sampleModels()["many"]
	write := func(m Model, opt TextOptions) string {
		var b bytes.Buffer
		if err := Text(&b, m, opt); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	all, few := write(m, TextOptions{}), write(m, TextOptions{Lines: 30})
	if n := strings.Count(few, "\n"); n != 30 || !strings.Contains(few, " more lines: --all\n") || !strings.Contains(few, "all together") {
		t.Errorf("%d lines\n%s", n, few)
	}
	if n := strings.Count(all, "\n"); write(m, TextOptions{Lines: n}) != all {
		t.Error("all lines fit, and some are left out")
	}
	if text := write(m, TextOptions{NoTree: true}); strings.Contains(text, "who needs what") || !strings.Contains(text, "needed from outside") {
		t.Error(text)
	}
	large := write(largeModel(300, 8), TextOptions{Lines: 60})
	if n := strings.Count(large, "\n"); n != 60 {
		t.Errorf("%d lines", n)
	}
	if err := Text(io.Discard, m, TextOptions{Needs: "libnone*"}); !errors.Is(err, ErrNoMatch) {
		t.Error(err)
	}
	if text := write(m, TextOptions{Needs: "libx*"}); !strings.Contains(text, "libxcb.so.1") || strings.Contains(text, "libone") {
		t.Error(text)
	}
}

// Rule: no line is wider than the terminal, whatever its width, but for those that are
// there to be pasted.
func TestWidthIsKept(t *testing.T) {
	for _, m := range sampleModels() {
		for _, columns := range []int{60, 80, 160} {
			var b bytes.Buffer
			if err := Text(&b, m, TextOptions{Width: columns, Color: true}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if strings.Contains(line, "substituteInPlace") || strings.Contains(line, "--replace-fail") {
					continue
				}
				if n := width(strings.TrimSuffix(line, "\n")); n > columns {
					t.Errorf("%d of %d columns: %q", n, columns, line)
				}
			}
		}
	}
}

// Rule: what is printed for Nix is the Nix language, whatever a wheel is called.
func TestNixParses(t *testing.T) {
	path, err := exec.LookPath("nix-instantiate")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	models := sampleModels()
	evil := sampleModel()
	evil.wheels[0].Version = "1.0\"; x = ${y}; \\"
	evil.wheels[0].RequiresText = []string{"a.b", "1st"}
	models["evil"] = evil
	for name, m := range models {
		var b bytes.Buffer
		if err := nixexpr.Write(&b, m.Packages()); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(path, "--parse", "-")
		cmd.Stdin = &b
		text := b.String()
		cmd.Env = append(os.Environ(), "NIX_STATE_DIR="+t.TempDir(), "NIX_STORE_DIR="+t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s\n%s", name, err, out, text)
		}
	}
}

// Rule: a wheel fits if one of its tags does, else it is said why it does not; the tag of
// another wheel, which cannot be known, is not made up.
func TestMisfit(t *testing.T) {
	for tags, want := range map[string]string{
		"any": "", "manylinux_2_28_x86_64": "", "manylinux_2_28_aarch64": "aarch64", "musllinux_1_2_x86_64": "whose tag has manylinux instead of musllinux",
		"manylinux1_x86_64.musllinux_1_1_x86_64": "", "musllinux_1_1_x86_64.manylinux1_x86_64": "", "win_amd64.manylinux_2_39_x86_64": "",
		"win_amd64.musllinux_1_2_x86_64.manylinux1_i686": "musl", "manylinux1_i686.win_amd64": "i686", "manylinux_2_39_riscv64": "riscv64",
		"macosx_11_0_arm64": "another system", "win_amd64": "another system",
	} {
		var platforms []pyname.Platform
		for tag := range strings.SplitSeq(tags, ".") {
			platforms = append(platforms, pyname.ParsePlatform(tag))
		}
		got := misfit(platforms, "x86_64", false)
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q", tags, got)
		}
	}
}
