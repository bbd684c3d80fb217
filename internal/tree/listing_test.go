package tree

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// Rule: one walk finds every dist-info of a tree that lies in no other, in order,
// links not followed.
func TestWalkFindsDistInfos(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b/x-1.0.dist-info", "a/y-2.dist-info/licenses/z-3.dist-info"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	text := "Name: X\nVersion: 1.0\nRequires-Dist: tbb\nRequires-Dist: numpy ; extra == \"x\"\n\nName: not this\n"
	if err := os.WriteFile(filepath.Join(dir, "b/x-1.0.dist-info/METADATA"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("b", filepath.Join(dir, "c")); err != nil {
		t.Fatal(err)
	}
	roots, err := NewRoots([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	trees, err := Walk(roots)
	if err != nil {
		t.Fatal(err)
	}
	var got []wheel.Dist
	for _, d := range trees[0].Dists {
		got = append(got, wheel.ReadDistInfo(roots[0].Abs, d))
	}
	want := []wheel.Dist{
		{Dir: "a/y-2.dist-info", Name: "y", Version: "2"},
		{Dir: "b/x-1.0.dist-info", Name: "X", Version: "1.0", Requires: []string{"tbb", `numpy ; extra == "x"`}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
