package tree_test

import (
	"context"
	"os"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// Rule: ".." behind a link to a directory leads up from that directory, as it
// does for the loader.
func TestScanFilesFollowLinks(t *testing.T) {
	tr := compiled.New(t)
	tr.Compile("lib.so", "int f(void) { return 1; }")
	tr.Compile("real/lib.so", "int f(void) { return 2; }")
	if err := os.Mkdir(tr.File("real/deep"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real/deep", tr.File("link")); err != nil {
		t.Fatal(err)
	}
	trees, err := tree.Walk(tr.Roots())
	if err != nil {
		t.Fatal(err)
	}
	inv, err := tree.Scan(context.Background(), tr.Roots(), trees, tree.Options{Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"link/../lib.so":         "real/lib.so",
		"real/deep/../lib.so":    "real/lib.so",
		"link/../../lib.so":      "lib.so",
		"real/../link/../lib.so": "real/lib.so",
	} {
		f, err := inv.Files.Open(tr.Root + "/" + path)
		if err != nil || f.Real != tr.File(want) {
			t.Errorf("%s: %q %v, want %q", path, f.Real, err, tr.File(want))
		}
	}
}
