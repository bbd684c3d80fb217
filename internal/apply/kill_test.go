package apply

import (
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// Rule: killed at any step, also while it undoes what a killed run began, a run leaves
// every file old or new, and the next one completes the work and leaves nothing behind.
func TestKilledAtAnyStep(t *testing.T) {
	tree := compiled.HalfDone(t, "lib0.so", "lib\xff\n\"é.so") // a name is any bytes
	killed := compiled.Killing{Tree: tree, Test: "TestChildApplies", Work: applyAll, Every: 1}.Run(t)
	t.Logf("%d runs killed before their end, %d with some files new and some old, %d while they undid that",
		killed.Early, killed.Between, killed.Again)
	if killed.Early < 50 || killed.Between < 20 || killed.Again < 10 {
		t.Error("the test shows nothing")
	}
}
