package record

import (
	"path/filepath"
	"testing"
)

// Rule: each edit of a good installation that the standards forbid is found,
// with its code and path and nothing else; those that they allow are silent.
// With the wheel at hand a RECORD that an installer wrote anew hides nothing.
func TestTree(t *testing.T) {
	for _, e := range treeEdits() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			tree := Installed()
			e.Edit(tree)
			dir := t.TempDir()
			args, err := tree.Write(dir)
			if err != nil {
				t.Fatal(err)
			}
			var env []string
			if tree.Store != "" {
				env = append(env, "NIX_STORE="+filepath.Join(dir, tree.Store))
			}
			expect(t, verifyIn(t, env, args...), e.Want, e.Said)
		})
	}
}
