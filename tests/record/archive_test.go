package record

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// An outcome is what a run of verify says: "code path" of each problem.
type outcome struct {
	Status int
	Errors []string // nil where there are none
	Others []string
}

// verify runs the program as a user does.
func verify(t *testing.T, args ...string) outcome {
	t.Helper()
	return verifyIn(t, nil, args...)
}

// verifyIn is verify with more variables in the environment.
func verifyIn(t *testing.T, env []string, args ...string) outcome {
	t.Helper()
	cmd := exec.Command(testenv.Program(t), append([]string{"verify", "--format", "json"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	stdout, err := cmd.Output()
	exit := (*exec.ExitError)(nil)
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var report struct {
		Problems []struct{ Code, Path, Severity string }
	}
	if err := json.Unmarshal(stdout, &report); err != nil {
		t.Fatalf("%v: %q, %v", err, stdout, exit)
	}
	o := outcome{Status: cmd.ProcessState.ExitCode()}
	for _, p := range report.Problems {
		if line := p.Code + " " + p.Path; p.Severity == "error" {
			o.Errors = append(o.Errors, line)
		} else {
			o.Others = append(o.Others, line)
		}
	}
	return o
}

// expect compares; the order of problems has tests of its own.
func expect(t *testing.T, got outcome, errs, others []string) {
	t.Helper()
	want := outcome{0, slices.Sorted(slices.Values(errs)), slices.Sorted(slices.Values(others))}
	if len(errs) > 0 {
		want.Status = 1
	}
	slices.Sort(got.Errors)
	slices.Sort(got.Others)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("verify (-want +got):\n%s", d)
	}
}

// Rule: each edit of a good wheel that the standards forbid is found, with its
// code and path and nothing else; those that they allow are silent.
func TestArchive(t *testing.T) {
	for _, e := range ArchiveEdits() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			w := Good()
			e.Edit(w)
			path := filepath.Join(t.TempDir(), w.File)
			if err := os.WriteFile(path, w.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
			expect(t, verify(t, path), e.Want, e.Said)
		})
	}
}
