package tree_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// Rule: a damaged object is an error where something would load it: it has .so in
// its name, or can be executed. Else it is only worth a warning.
func TestDamageIsAnErrorWhereItIsLoaded(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{
		"program": 0o755, "others": 0o601, "lib.so": 0o644, "lib.so.1": 0o644, "data": 0o644,
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte("\x7fELF damaged"), mode); err != nil {
			t.Fatal(err)
		}
	}
	roots, err := tree.NewRoots([]string{root})
	if err != nil {
		t.Fatal(err)
	}
	trees, err := tree.Walk(roots)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := tree.Scan(t.Context(), roots, trees, tree.Options{Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]problem.Severity{}
	for _, p := range inv.Problems {
		if p.Code != problem.ObjectDamaged {
			t.Errorf("%s: %s", p.Path, p.Code)
		}
		got[p.Path] = p.Severity
	}
	want := map[string]problem.Severity{
		"program": problem.Error, "others": problem.Error, "lib.so": problem.Error, "lib.so.1": problem.Error, "data": problem.Warning,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
