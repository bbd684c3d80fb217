package fixup

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// A tally adds up what the steps tell.
type tally struct {
	mu    sync.Mutex
	steps map[Step][2]int64 // done, to be done
}

func (a *tally) add(step Step, done, more int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.steps == nil {
		a.steps = map[Step][2]int64{}
	}
	sum := a.steps[step]
	a.steps[step] = [2]int64{sum[0] + done, sum[1] + more}
}

// expect wants these steps and no other, each done to its end.
func (a *tally) expect(t *testing.T, steps ...Step) {
	t.Helper()
	for _, step := range steps {
		if sum := a.steps[step]; sum[1] == 0 || sum[0] != sum[1] {
			t.Errorf("%s: %d of %d", step, sum[0], sum[1])
		}
	}
	if len(a.steps) != len(steps) {
		t.Errorf("steps %v, want %v", a.steps, steps)
	}
}

// Rule: every step of a command tells all that it has to do, and all of it as
// done, once, whatever the number of jobs.
func TestProgressAddsUp(t *testing.T) {
	for _, jobs := range []int{1, 4} {
		var patch, verify, unpack tally
		tr := checkTree(t)
		o := Options{Interpreter: hostLoader, AppendRpaths: []string{tr.file("lib")}, Record: RecordOff, Jobs: jobs}
		out, err := RunPatch(WithProgress(t.Context(), patch.add), []string{tr.root}, o)
		if err != nil || len(out.Applied.Edited) == 0 {
			t.Fatal(err, out.Applied, describe(out.Report.Problems))
		}
		patch.expect(t, StepRead, StepEdit, StepAsk)

		tree := writeTree(t, record.Installed())
		if _, err := RunVerify(WithProgress(t.Context(), verify.add), []string{tree}, Options{Record: RecordFail, Jobs: jobs}); err != nil {
			t.Fatal(err)
		}
		verify.expect(t, StepHash)

		exe, err := os.ReadFile(tr.file("bin/three"))
		if err != nil {
			t.Fatal(err)
		}
		whl := filepath.Join(t.TempDir(), "demo-1.0-py3-none-any.whl")
		if err := os.WriteFile(whl, bytes.Clone(storedWheel(t, exe)), 0o666); err != nil {
			t.Fatal(err)
		}
		roots, err := MakeRoots([]string{whl})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Scan(WithProgress(t.Context(), unpack.add), roots, Options{Jobs: jobs}); err != nil {
			t.Fatal(err)
		}
		unpack.expect(t, StepUnpack)
	}
}

// Rule: where nobody listens, telling costs no memory.
func TestProgressCostsNothing(t *testing.T) {
	ctx := context.Background()
	if n := testing.AllocsPerRun(100, func() { begin(ctx, StepHash, 1)(1) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
