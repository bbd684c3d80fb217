package hook

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The parts of setup.sh by which a build ends.
const setup = `set -eu -o pipefail
shopt -s inherit_errexit nullglob
exitHandler() {
  exitCode=$?
  set +e
  runHook failureHook
  echo the end
  return "$exitCode"
}
runHook() {
  local hookName="$1"
  shift
  local hooksSlice="${hookName%Hook}Hooks[@]" hook
  for hook in "_callImplicitHook 0 $hookName" ${!hooksSlice+"${!hooksSlice}"}; do _eval "$hook" "$@"; done
}
_eval() { if declare -F "$1" >/dev/null 2>&1; then "$@"; else eval "$1"; fi }
_callImplicitHook() {
  local def="$1" hookName="$2"
  if declare -F "$hookName" >/dev/null; then
    "$hookName"
  elif type -p "$hookName" >/dev/null; then
    source "$hookName"
  elif [ -n "${!hookName:-}" ]; then
    eval "${!hookName}"
  else
    return "$def"
  fi
}
runPhase() {
  local curPhase="$*"
  local startTime=$(date +%s)
  eval "${!curPhase:-$curPhase}"
}
addEnvHooks() { :; }
targetOffset=0 outputs=out
declare -a preFixupHooks=() postFixupHooks=()
trap exitHandler EXIT
. "$1"
set +u
for curPhase in ${preDistPhases[*]}; do runPhase "$curPhase"; done
`

// Rule: where the program fails, the build ends with status 1 and with what stdenv does at the
// end of a build. bash 5.2 expands words there by an IFS that a function had made local, and
// crashes.
func TestFailureEndsTheBuild(t *testing.T) {
	dir := t.TempDir()
	builder := filepath.Join(dir, "builder.sh") // that bash reads a file matters
	if err := os.WriteFile(builder, []byte(setup), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "lib", "python3", "site-packages"), 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", builder, fragment(t))
	cmd.Env = append(os.Environ(), "out="+dir, "wheelAutoPatchTrace=raise SystemExit(3)", "NIX_BINTOOLS=/nonexistent", "MALLOC_PERTURB_=165")
	text, _ := cmd.CombinedOutput()
	if status := cmd.ProcessState.ExitCode(); status != 1 || !strings.HasSuffix(string(text), "ended with status 3\nthe end\n") {
		t.Errorf("%v: %s", cmd.ProcessState, text)
	}
}
