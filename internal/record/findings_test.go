package record_test

import (
	"fmt"
	"testing"

	wheels "github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// Rule: of one kind 200 problems are listed one by one, and only what goes beyond
// is counted.
func TestProblemsAlikeAreCounted(t *testing.T) {
	const listed = 200
	for gone, more := range map[int]string{
		listed - 1: "",
		listed:     "",
		listed + 1: "1 more like these",
		listed + 9: "9 more like these",
	} {
		made := wheels.Installed()
		for i := range gone {
			made.Rows = append(made.Rows, wheels.Row(fmt.Sprintf("demo/gone-%03d.py", i), ""))
		}
		single, last := 0, ""
		for _, p := range verifyTree(t, writeTree(t, made)) {
			if p.Path == "" {
				last = p.Message
			} else {
				single++
			}
		}
		if single != min(gone, listed) || last != more {
			t.Errorf("%d files gone: %d listed, then %q", gone, single, last)
		}
	}
}
