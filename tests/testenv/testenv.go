// Package testenv has for tests what lies outside the module: tools, real wheels,
// and wheels unpacked or installed in a scratch directory.
//
// What this machine lacks skips a test, except under CI=true, where a skip
// would hide that nothing was tested: there it fails.
package testenv

import (
	"os"
	"os/exec"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

// Lacks skips the test, or fails it under CI=true.
func Lacks(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Tool returns the path of a program, such as "patchelf".
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Lacks(t, "%s is not on PATH; make deps installs it", name)
	}
	return path
}

// Wheel returns the path of a pinned wheel, fetched where it is not in the cache:
// "numpy", "opencv-python==5.0.0.93" or a glob of file names.
func Wheel(t testing.TB, name string) string {
	t.Helper()
	pin, err := wheels.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := wheels.Fetch(pin)
	if err != nil {
		Lacks(t, "wheel %s: %v", name, err)
	}
	return file
}
