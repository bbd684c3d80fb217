package apply

import (
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// Rule: killed at any moment, a run leaves every file old or new, and the next
// one completes the work and leaves nothing behind.
func TestKilledAtAnyMoment(t *testing.T) {
	const moments = 200
	killed := compiled.Killing{Tree: compiled.HalfDone(t), Test: "TestChildApplies", Moments: moments}.Run(t)
	t.Logf("%d of %d runs killed before their end, %d with some files new and some old", killed.Early, moments, killed.Between)
	if killed.Early < moments/10 {
		t.Errorf("only %d of %d runs were killed before their end: the test shows nothing", killed.Early, moments)
	}
}
