package ldso_test

import (
	"flag"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/ldso"
)

var update = flag.Bool("update", false, "write what was found into the cases")

// Rule: each case gives what it says.
func TestCases(t *testing.T) {
	for _, c := range ldso.Cases(t, "*.txtar") {
		t.Run(c.Name, func(t *testing.T) {
			var all []string
			for _, l := range c.Loads {
				closure, err := c.Loader.Load(c.Files(), l.Path)
				if err != nil {
					t.Fatal(err)
				}
				got := ldso.Print(closure)
				all = append(all, got)
				if d := cmp.Diff(l.Want, got); d != "" && !*update {
					t.Errorf("%s\n%s (-want +got):\n%s", c.Comment, l.Path, d)
				}
			}
			if *update {
				if err := c.Update(all); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
