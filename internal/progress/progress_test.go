package progress

import (
	"context"
	"testing"
)

// Rule: where nobody listens, counting allocates nothing.
func TestProgressCostsNothing(t *testing.T) {
	ctx := context.Background()
	if n := testing.AllocsPerRun(100, func() { Begin(ctx, StepHash, 1)(1) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
