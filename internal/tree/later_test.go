package tree_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// Rule: an object whose hash can wait has no sum, and the names in its data all the same;
// who decides that is given the libraries of the tree.
func TestHashesThatCanWait(t *testing.T) {
	tr := compiled.New(t)
	tr.Compile("now.so", `const char *name = "libnow.so.1"; int f(void) { return 1; }`)
	tr.Compile("later.so", `const char *name = "liblater.so.1"; int f(void) { return 2; }`)
	trees, err := tree.Walk(tr.Roots())
	if err != nil {
		t.Fatal(err)
	}
	later := func(o *tree.Object, names map[string][]string) bool {
		if len(names["now.so"]) != 1 || len(names["later.so"]) != 1 {
			t.Errorf("%v", names)
		}
		return o.Path == "later.so"
	}
	inv, err := tree.Scan(context.Background(), tr.Roots(), trees, tree.Options{Jobs: 1, Names: true, Whole: true, Later: later})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range inv.Objects {
		name, _ := strings.CutSuffix(o.Path, ".so")
		if !slices.Equal(o.ELF.Names, []string{"lib" + name + ".so.1"}) || (o.Sum.SHA256 == "") != (name == "later") {
			t.Errorf("%s: names %q, sum %q", o.Path, o.ELF.Names, o.Sum.Hex())
		}
	}
}
