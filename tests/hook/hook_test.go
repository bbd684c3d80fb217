// Package hook calls the shell fragment as stdenv does, without Nix: what no
// derivation should have to do, and some do.
package hook

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// fragment writes the setup hook as makeSetupHook would, with the program of this
// tree, and returns its path.
func fragment(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "hook", "wheel-auto-patch-hook.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"program": testenv.Program(t), "patchelf": "patchelf", "bintools": "/nonexistent", "patchesElf": "1", "runs": "1", "manylinuxPackages": "", "config": "none",
	} {
		text = []byte(strings.ReplaceAll(string(text), "@"+name+"@", value))
	}
	file := filepath.Join(t.TempDir(), "hook.sh")
	if err := os.WriteFile(file, text, 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// Rule: whatever options of the shell are in force, and with blanks in every path,
// the hook finds the wheel and the outputs, and leaves the options as they were.
func TestOptionsOfTheShell(t *testing.T) {
	hook := fragment(t)
	for _, options := range []string{":", "set -f", "shopt -s failglob", "set -u", "IFS=:", "IFS=", "shopt -s dotglob nocaseglob", "set -fu; shopt -s failglob; IFS=/"} {
		t.Run(options, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a build * here")
			if err := os.MkdirAll(filepath.Join(dir, "dist"), 0o777); err != nil {
				t.Fatal(err)
			}
			args, err := record.Installed().Write(dir)
			if err != nil {
				t.Fatal(err)
			}
			wheel := record.Good()
			if err := os.WriteFile(filepath.Join(dir, "dist", wheel.File), wheel.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
			script := `set -e -o pipefail
shopt -s nullglob
addEnvHooks() { :; }
declare -a preFixupHooks=() postFixupHooks=()
targetOffset=0 outputs=out
. "$1"
` + options + `
before=$(shopt -po; shopt -p; declare -p IFS) || true
wheelAutoPatchVerifyHook
after=$(shopt -po; shopt -p; declare -p IFS) || true
[ "$before" = "$after" ] || { echo "options changed"; exit 9; }
# An object of this wheel is none: patch fails, and the options are put back still.
if wheelAutoPatchPatchHook; then exit 8; fi
[ "$before" = "$(shopt -po; shopt -p; declare -p IFS)" ] || { echo "options changed"; exit 9; }
`
			cmd := exec.Command("bash", "-c", script, "bash", hook)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "out="+args[len(args)-1], "NIX_BUILD_CORES=1")
			text, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			for _, want := range []string{"(wheel)\n", "(installed)\n", "error: object-damaged: "} {
				if !strings.Contains(string(text), want) {
					t.Errorf("no %q in %s", want, text)
				}
			}
		})
	}
}
