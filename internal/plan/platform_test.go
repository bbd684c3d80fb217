package plan

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// Rule: a wheel for another platform is named with the one to fetch; objects of
// another platform beside the target's are only counted. Each message has a golden text.
func TestPlatformMessages(t *testing.T) {
	for name, p := range map[string]problem.Problem{
		"arch-wrong":         archProblem(otherObjects{paths: []string{"zmq/b.so", "zmq/a.so"}, tag: "manylinux_2_26_aarch64.manylinux_2_28_aarch64"}, "aarch64", "x86_64"),
		"arch-passed":        archProblem(otherObjects{paths: []string{"a/arm.so"}, targets: 12}, "aarch64", "x86_64"),
		"libc-musl-in-glibc": libcProblem(otherObjects{paths: []string{"PIL/_imaging.so"}, tag: "musllinux_1_2_x86_64"}, ldso.Musl, ldso.Glibc),
		"libc-glibc-in-musl": libcProblem(otherObjects{paths: []string{"PIL/_imaging.so"}}, ldso.Glibc, ldso.Musl),
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := problem.Fprint(&got, []problem.Problem{p}, problem.PrintOptions{Objects: 42, Outcome: "nothing was changed"}); err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join("testdata", "message", name+".golden"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Rule: the tag of a wheel that was built alike for another machine has every part of a
// compressed set; where a part names another machine, or none, it cannot be known.
func TestTagForAnotherMachine(t *testing.T) {
	for tag, want := range map[string]string{
		"manylinux_2_17_aarch64.manylinux2014_aarch64": "manylinux_2_17_x86_64.manylinux2014_x86_64",
		"linux_aarch64":                          "linux_x86_64",
		"manylinux_2_17_aarch64.macosx_11_arm64": "",
		"any":                                    "",
		"":                                       "",
	} {
		if got, ok := replaceArch(tag, "aarch64", "x86_64"); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %t; want %q", tag, got, ok, want)
		}
	}
	p := archProblem(otherObjects{paths: []string{"a.so"}}, "aarch64", "x86_64")
	if want := "fetch the wheel for x86_64: its tag cannot be known from this one\nor, to build for aarch64 from here: pkgsCross"; p.Hint != want {
		t.Errorf("%q, want %q", p.Hint, want)
	}
}

// Rule: the warning names what holds the pattern: the variable of the derivation, else the
// one for all flags; the flag by hand.
func TestUnusedPatternIsNamedWithItsHolder(t *testing.T) {
	g := newIgnores([]string{"liba.so*", "libb.so"}, map[string]string{"liba.so*": "autoPatchelfIgnoreMissingDeps"})
	got := g.unused()
	if len(got) != 2 || got[0].Hint != "remove the pattern from autoPatchelfIgnoreMissingDeps" || got[0].ByHand != "take away --ignore-missing 'liba.so*'" ||
		got[1].Hint != "remove the pattern from wheelAutoPatchFlags" {
		t.Errorf("%+v", got)
	}
}
