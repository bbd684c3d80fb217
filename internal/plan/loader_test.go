package plan

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: a path in NIX_BINTOOLS is taken where it is absolute; a relative one is
// not, though it leads to a loader from here.
func TestBintoolsNamesAnAbsoluteLoader(t *testing.T) {
	inv := newWorld(map[string]*elfobj.Object{"x.so": object()}).inventory()
	own, err := FindTarget(inv, TargetOptions{})
	if err != nil {
		testenv.Lacks(t, "%v", err)
	}
	loader, err := os.ReadFile(own.loader.Interpreter)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("ld.so", loader, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("nix-support", 0o777); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "ld.so"): filepath.Join(dir, "ld.so"),
		"ld.so":                     own.loader.Interpreter,
		"./ld.so":                   own.loader.Interpreter,
		"":                          own.loader.Interpreter,
	} {
		if err := os.WriteFile("nix-support/dynamic-linker", []byte(path+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := FindTarget(inv, TargetOptions{Bintools: dir})
		if err != nil || got.loader.Interpreter != want {
			t.Errorf("%q: %q %v, want %q", path, got.loader.Interpreter, err, want)
		}
	}
}
