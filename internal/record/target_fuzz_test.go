package record

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// Rule: no row leads outside the outputs, whatever symbolic links lie on its
// way. The oracle is the kernel: a file that a row is said to lead to is one of
// those that were made inside.
func FuzzRowTarget(f *testing.F) {
	dir, err := filepath.EvalSymlinks(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	out, site := filepath.Join(dir, "out"), filepath.Join(dir, "out/lib/site")
	inside := map[string]bool{}
	for _, name := range []string{"out/lib/site/a/f", "out/bin/f", "dev/bin/g", "outside/f", "outside/a/f"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			f.Fatal(err)
		}
		inside[path] = !strings.HasPrefix(name, "outside")
	}
	for name, to := range map[string]string{
		"l": "a", "o": "../../../outside", "up": "..", "top": dir, "b": "../../bin", "loop": "loop",
		"a/o": "../../../../outside/f", "a/g": "../../../../dev/bin/g", "a/up": "../..", "a/root": "/",
	} {
		if err := os.Symlink(to, filepath.Join(site, name)); err != nil {
			f.Fatal(err)
		}
	}
	for _, e := range record.ArchiveEdits() {
		w := record.Good()
		e.Edit(w)
		for _, row := range w.Rows {
			f.Add(strings.SplitN(row, ",", 2)[0])
		}
	}
	for _, row := range []string{"a/f", "l/f", "o/f", "up/site/a/f", "top/outside/f", "b/f", "a/o", "a/g", "a/up/a/f", "a/root/etc/passwd", "../../bin/f", "../../../dev/bin/g", "loop/x"} {
		f.Add(row)
	}
	trees, err := tree.Walk(tree.Roots{{Abs: out}, {Abs: filepath.Join(dir, "dev")}})
	if err != nil {
		f.Fatal(err)
	}
	trusting := newOutputs(trees, nil)
	trusting.trust(trees)
	f.Fuzz(func(t *testing.T, row string) {
		p, err := newOutputs(trees, nil).locate(site, row)
		if err != nil {
			t.Fatal(err)
		}
		if q, err := trusting.locate(site, row); err != nil || q != p {
			t.Fatalf("%q: %+v by the listing, %v; %+v by looking", row, q, err, p)
		}
		if p.fault == targetFine && !inside[p.real] {
			t.Fatalf("%q leads to %q", row, p.real)
		}
	})
}
