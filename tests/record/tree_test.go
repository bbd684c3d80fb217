package record

import "testing"

// Rule: each edit of a good installation that the standards forbid is found,
// with its code and path and nothing else; those that they allow are silent.
// With the wheel at hand a RECORD that an installer wrote anew hides nothing.
func TestTree(t *testing.T) {
	for _, e := range treeEdits() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			tree := Installed()
			e.Edit(tree)
			args, err := tree.Write(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			expect(t, verify(t, args...), e.Want, e.Said)
		})
	}
}
