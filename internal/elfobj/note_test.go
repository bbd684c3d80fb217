package elfobj_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: the build ID is the one that the linker wrote; an object without it has none.
func TestBuildID(t *testing.T) {
	gcc := testenv.Tool(t, "gcc")
	for flag, want := range map[string]string{"--build-id=0x00c0ffee": "00c0ffee", "--build-id=none": ""} {
		file := filepath.Join(t.TempDir(), "lib.so")
		cmd := exec.Command(gcc, "-shared", "-nostdlib", "-Wl,"+flag, "-o", file, "-x", "c", "-")
		cmd.Stdin = strings.NewReader("int x;")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		o, err := elfobj.Read(f, info.Size())
		if err != nil || o.BuildID != want {
			t.Errorf("%s: %q, %v", flag, o.BuildID, err)
		}
	}
}
