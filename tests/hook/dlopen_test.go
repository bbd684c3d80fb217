package hook

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: wheelAutoPatchDlopen says which libraries that objects open by name count, as Nix hands
// it over in either mode of attributes: true, false, a list of globs; nobody's word is none.
func TestDlopenVariable(t *testing.T) {
	testenv.Tool(t, "bash")
	dir := t.TempDir()
	printer := filepath.Join(dir, "program")
	if err := os.WriteFile(printer, []byte("#!/bin/sh\nfor a; do case $a in --dlopen*) echo \"$a\";; esac; done\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(fragment(t))
	if err != nil {
		t.Fatal(err)
	}
	hook := filepath.Join(dir, "hook.sh")
	if err := os.WriteFile(hook, []byte(strings.ReplaceAll(string(text), testenv.Program(t), printer)), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "libGL.so.here"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for declared, want := range map[string]string{
		":":                             "",
		"export wheelAutoPatchDlopen=1": "--dlopen=true",
		"export wheelAutoPatchDlopen=":  "--dlopen=false",
		"export wheelAutoPatchDlopen='libGL.so* libEGL.so.1'":     "--dlopen=libGL.so* --dlopen=libEGL.so.1",
		"declare -a wheelAutoPatchDlopen=()":                      "--dlopen=false",
		"declare -a wheelAutoPatchDlopen=('libGL.so*' libb.so.1)": "--dlopen=libGL.so* --dlopen=libb.so.1",
	} {
		script := `set -e -o pipefail
shopt -s nullglob
addEnvHooks() { :; }
declare -a preFixupHooks=() postFixupHooks=()
targetOffset=0 outputs=out
source "$1"
wheelAutoPatchTarget() { :; }
wheelAutoPatchLibraries() { :; }
` + declared + `
wheelAutoPatchRun out
`
		cmd := exec.Command("bash", "-c", script, "bash", hook)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if got := strings.Join(strings.Fields(string(out)), " "); err != nil || got != want {
			t.Errorf("%s: %v %q, want %q", declared, err, got, want)
		}
	}
}
