package layered

import (
	"slices"
	"testing"
)

// Rule: an edge that closes a circle does not count.
func TestCycle(t *testing.T) {
	if got := columns(Graph{{1}, {0}, {0}}); !slices.Equal(got, []int{1, 2, 0}) {
		t.Errorf("the edge that closes the circle counts: %v", got)
	}
}
