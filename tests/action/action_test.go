// Package action_test runs the step of action.yml as a runner of GitHub Actions does.
package action_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// An action is what is looked at of action.yml.
type action struct {
	Inputs map[string]struct{ Description, Default string }
	Runs   struct {
		Using string
		Steps []struct {
			Uses, Shell, Run string
			Env              map[string]string
		}
	}
}

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

func read(t *testing.T) action {
	t.Helper()
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var a action
	if err := yaml.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// Rule: the step verifies and checks all that is given, annotates what is wrong, and
// fails where one of the two does.
func TestAction(t *testing.T) {
	testenv.Program(t) // a change of it is a change of the action
	a := read(t)
	step := a.Runs.Steps[len(a.Runs.Steps)-1]
	if a.Runs.Using != "composite" || step.Shell != "bash" {
		t.Fatalf("%+v", a.Runs)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put := func(name string, w *record.Wheel) {
		path := filepath.Join(dir, name, w.File)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, w.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	good, bad := record.Good(), record.Good()
	for _, w := range []*record.Wheel{good, bad} {
		w.Drop("demo/core.so") // its text is no object
		w.Replace("demo/core.so", "")
	}
	bad.Member("demo/data.txt").Data += "more"
	put("good wheels", good)
	put("bad", bad)
	tools := t.TempDir()
	for _, c := range []struct {
		name, paths, flags string
		status             int
		want               []string
	}{
		{"a folder of wheels", "good wheels\n", "", 0, nil},
		{"a wheel", filepath.Join("good wheels", good.File), "--no-ldd\n", 0, nil},
		{"a false one behind a true one", "good wheels\n\nbad\n", "", 1, []string{
			"::error file=bad/" + bad.File + ",title=record-hash-mismatch::demo/data.txt: ",
		}},
		{"what is not there", "none", "", 2, []string{ // by each of the two
			"::error title=wheel-auto-patch::none: no such file or directory",
			"::error title=wheel-auto-patch::none: no such file or directory",
		}},
		{"a flag that is none", "good wheels", "--none", 80, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			values := strings.NewReplacer(
				"${{ inputs.path }}", c.paths, "${{ inputs.check-flags }}", c.flags,
				"${{ github.action_path }}", root, "${{ runner.temp }}", tools,
			)
			// As GitHub's documentation says of "shell: bash".
			cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run)
			cmd.Dir, cmd.Env = dir, os.Environ()
			for name, value := range step.Env {
				cmd.Env = append(cmd.Env, name+"="+values.Replace(value))
			}
			out, err := cmd.CombinedOutput()
			if status := cmd.ProcessState.ExitCode(); status != c.status {
				t.Errorf("exit status %d, want %d: %v\n%s", status, c.status, err, out)
			}
			if found := strings.Count("\n"+string(out), "\n::error "); found != len(c.want) {
				t.Errorf("%d annotations, want %d:\n%s", found, len(c.want), out)
			}
			for _, want := range c.want {
				if !strings.Contains("\n"+string(out), "\n"+want) {
					t.Errorf("not annotated: %s\n%s", want, out)
				}
			}
		})
	}
}
