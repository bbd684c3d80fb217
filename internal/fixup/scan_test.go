package fixup

import (
	"context"
	"os"
	"testing"
)

// Rule: ".." behind a link to a directory leads up from that directory, as it
// does for the loader.
func TestScanFilesFollowLinks(t *testing.T) {
	tr := newTree(t)
	tr.compile("lib.so", "int f(void) { return 1; }")
	tr.compile("real/lib.so", "int f(void) { return 2; }")
	if err := os.Mkdir(tr.file("real/deep"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real/deep", tr.file("link")); err != nil {
		t.Fatal(err)
	}
	inv, err := Scan(context.Background(), []Root{{Path: tr.root, Abs: tr.root}}, Options{Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"link/../lib.so":         "real/lib.so",
		"real/deep/../lib.so":    "real/lib.so",
		"link/../../lib.so":      "lib.so",
		"real/../link/../lib.so": "real/lib.so",
	} {
		f, err := inv.Files.Open(tr.root + "/" + path)
		if err != nil || f.Real != tr.file(want) {
			t.Errorf("%s: %q %v, want %q", path, f.Real, err, tr.file(want))
		}
	}
}
