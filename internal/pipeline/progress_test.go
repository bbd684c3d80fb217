package pipeline_test

import (
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	wheels "github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// A tally adds up what the steps announce and do.
type tally struct {
	mu    sync.Mutex
	steps map[progress.Step][2]int64 // done, to be done
}

func (a *tally) add(step progress.Step, done, more int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.steps == nil {
		a.steps = map[progress.Step][2]int64{}
	}
	sum := a.steps[step]
	a.steps[step] = [2]int64{sum[0] + done, sum[1] + more}
}

// expect wants these steps and no other, each done to its end.
func (a *tally) expect(t *testing.T, steps ...progress.Step) {
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

// Rule: every step of a command announces all that it has to do, and reports all of it
// as done, once, whatever the number of jobs.
func TestProgressAddsUp(t *testing.T) {
	for _, jobs := range []int{1, 4} {
		var patch, verify, unpack tally
		tr := compiled.Chain(t)
		before := tr.Snapshot()
		o := pipeline.Options{Interpreter: compiled.HostLoader, AppendRpaths: []string{tr.File("lib")}, Record: record.Off, Jobs: jobs}
		out, err := pipeline.Patch(progress.WithProgress(t.Context(), patch.add), []string{tr.Root}, o)
		if err != nil || maps.Equal(before, tr.Snapshot()) {
			t.Fatal(err, "nothing was edited", compiled.Describe(out.Report.Problems))
		}
		patch.expect(t, progress.StepRead, progress.StepEdit, progress.StepAsk)

		args, err := wheels.Installed().Write(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pipeline.Verify(progress.WithProgress(t.Context(), verify.add), args, pipeline.Options{Record: record.Fail, Jobs: jobs}); err != nil {
			t.Fatal(err)
		}
		verify.expect(t, progress.StepHash)

		wheel := wheels.Good()
		wheel.Members = append(wheel.Members, wheels.Member{Name: "demo/x", Data: tr.Read("bin/three"), Stored: true})
		file := filepath.Join(t.TempDir(), wheel.File)
		if err := os.WriteFile(file, wheel.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := pipeline.Check(progress.WithProgress(t.Context(), unpack.add), []string{file}, pipeline.Options{Jobs: jobs}); err != nil {
			t.Fatal(err)
		}
		unpack.expect(t, progress.StepUnpack)

		// Of several, what the next ones have to do is not known yet: they are counted.
		folder := filepath.Dir(file)
		if err := os.WriteFile(filepath.Join(folder, "cut-1-py3-none-any.whl"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		var check, hash, explain tally
		if _, err := pipeline.Check(progress.WithProgress(t.Context(), check.add), []string{folder}, pipeline.Options{Jobs: jobs}); err != nil {
			t.Fatal(err)
		}
		if _, err := pipeline.Verify(progress.WithProgress(t.Context(), hash.add), []string{folder}, pipeline.Options{Jobs: jobs}); err != nil {
			t.Fatal(err)
		}
		paths, err := tree.Expand([]string{folder})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pipeline.Explain(progress.WithProgress(t.Context(), explain.add), paths, pipeline.Options{Jobs: jobs}, pipeline.ExplainOptions{}); err != nil {
			t.Fatal(err)
		}
		check.expect(t, progress.StepUnpack, progress.StepWheels)
		hash.expect(t, progress.StepHash, progress.StepWheels)
		explain.expect(t, progress.StepUnpack, progress.StepWheels)
		if check.steps[progress.StepWheels] != [2]int64{2, 2} {
			t.Error(check.steps)
		}
	}
}
