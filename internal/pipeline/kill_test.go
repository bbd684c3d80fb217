package pipeline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	wheels "github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

const recordPath = "pkg-1.0.dist-info/RECORD"

// TestChildPatches is no test: it is the program that is killed.
func TestChildPatches(t *testing.T) {
	if root := compiled.ChildRoot(); root != "" {
		patchAll(t, root)
	}
}

func patchAll(t testing.TB, root string) {
	t.Helper()
	out, err := pipeline.Patch(t.Context(), []string{root}, pipeline.Options{Record: record.Fail, Jobs: 2, StoreDir: "/nix/store"})
	if err != nil || problem.Failed(out.Report.Problems) {
		t.Fatalf("%v %s", err, compiled.Describe(out.Report.Problems))
	}
}

// Rule: killed at any step, the whole of patch leaves a tree that the next run accepts
// and completes, though RECORD is verified first.
func TestKilledPatchIsTakenUpAgain(t *testing.T) {
	pristine := compiled.HalfDone(t, "lib0.so", "lib1.so")
	writeRecord(t, pristine)
	killed := compiled.Killing{Tree: pristine, Test: "TestChildPatches", Work: patchAll, Every: 3}.Run(t)
	if killed.Done[recordPath] == pristine.Read(recordPath) {
		t.Fatal("RECORD was not rewritten")
	}
	t.Logf("%d runs killed before their end, of which %d left something to undo or to remove", killed.Early, killed.Litter)
}

// writeRecord makes the tree one that an installer made of a wheel.
func writeRecord(t *testing.T, tr *compiled.Tree) {
	t.Helper()
	var rows strings.Builder
	for name, text := range tr.Snapshot() {
		rows.WriteString(wheels.Row(name, text) + "\n")
	}
	rows.WriteString(recordPath + ",,\n")
	if err := os.MkdirAll(filepath.Dir(tr.File(recordPath)), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(tr.File(recordPath), []byte(rows.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}
