package plan

import (
	"slices"
	"testing"
)

// Rule: an entry that leads out of the store is told once, however often it is there, and an
// empty one by what it means.
func TestImpureRunpath(t *testing.T) {
	got := impureRunpath("a/x.so", []string{"", "/opt/x", "", "/opt/x"}, true).Details
	if want := []string{`"", which is the current directory`, `"/opt/x"`}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
