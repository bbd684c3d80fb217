package record_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	wheels "github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// manyWheels writes each of the edited wheels to a folder of its own.
func manyWheels(t *testing.T) (roots tree.Roots) {
	t.Helper()
	dir := t.TempDir()
	for i, e := range wheels.ArchiveEdits() {
		w := wheels.Good()
		e.Edit(w)
		path := filepath.Join(dir, fmt.Sprintf("%03d", i), w.File)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, w.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		roots = append(roots, &tree.Root{Path: path, Abs: path, Archive: true})
	}
	return roots
}

// Rule: however many wheels are verified at once, the answer is the same, to the order of
// its problems; a glob is used where one wheel has a file for it; each wheel is counted.
func TestManyWheelsAtOnce(t *testing.T) {
	roots := manyWheels(t)
	verified := func(jobs int) (v record.Verified) {
		done := make(chan int64, 1000)
		ctx := progress.WithProgress(t.Context(), func(step progress.Step, n, _ int64) {
			if step == progress.StepWheels {
				done <- n
			}
		})
		v, err := record.Verify(ctx, roots, nil, record.Options{Mode: record.Fail, Jobs: jobs, Ignore: []string{"*/größe-*.txt", "never"}})
		if err != nil {
			t.Fatal(err)
		}
		close(done)
		sum := int64(0)
		for n := range done {
			sum += n
		}
		if sum != int64(len(roots)) {
			t.Errorf("%d of %d wheels are counted", sum, len(roots))
		}
		return v
	}
	one := verified(1)
	for range 3 {
		if d := cmp.Diff(one, verified(8)); d != "" {
			t.Fatalf("one at a time and eight (-want +got):\n%s", d)
		}
	}
	var unused []string
	for _, p := range one.Problems {
		if p.Code == "ignore-unused" {
			unused = append(unused, p.Message)
		}
	}
	if !slices.Equal(unused, []string{`the RECORD glob "never" matched no file`}) || len(one.Problems) < len(roots)/2 {
		t.Errorf("%q, %d problems", unused, len(one.Problems))
	}
}

// Rule: of several wheels that cannot be read the first is named, whichever is found first.
func TestFirstUnreadableWheelIsNamed(t *testing.T) {
	roots := manyWheels(t)[:8]
	for _, i := range []int{3, 6, 7} {
		roots[i].Path = filepath.Join(t.TempDir(), fmt.Sprintf("%d.whl", i)) // where nothing is
	}
	for range 20 {
		_, err := record.Verify(t.Context(), roots, nil, record.Options{Mode: record.Fail, Jobs: 8})
		if err == nil || !strings.Contains(err.Error(), "3.whl") {
			t.Fatal(err)
		}
	}
}
