package wheel_test

import (
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// Rule: names that differ by case or Unicode form only are told from equal ones, in
// whatever order they come.
func TestCollisions(t *testing.T) {
	const none, folded, exact = wheel.NoCollision, wheel.FoldedEqual, wheel.ExactlyEqual
	names := []string{"bin/mpicc", "bin/mpiCC", "bin/mpiCC", "bin/MPICC", "bin/mpicc", "bin/MPICC", "x\u00e9", "xe\u0301", "X\u00c9", "xe\u0301", "ß", "ss", "y"}
	want := []struct {
		first int
		how   wheel.Collision
	}{{0, none}, {0, folded}, {1, exact}, {0, folded}, {0, exact}, {3, exact}, {0, none}, {6, folded}, {6, folded}, {7, exact}, {0, none}, {10, folded}, {0, none}}
	set := wheel.NewCollisionSet(0, func(i int) string { return names[i] })
	for i, name := range names {
		if first, how := set.Add(i); first != want[i].first || how != want[i].how {
			t.Errorf("%d %q: %d, %v; want %v", i, name, first, how, want[i])
		}
	}
}
