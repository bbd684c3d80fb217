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
		"libc-musl-in-glibc": libcProblem(otherObjects{paths: []string{"PIL/_imaging.so"}, tag: "musllinux_1_2_x86_64"}, ldso.Musl, ldso.Glibc, "x86_64"),
		"libc-glibc-in-musl": libcProblem(otherObjects{paths: []string{"PIL/_imaging.so"}}, ldso.Glibc, ldso.Musl, "x86_64"),
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
