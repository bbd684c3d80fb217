package pipeline_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// Rule: an object that is damaged before anything was written is named, with
// the program that does this, and nothing is written at all.
func TestDamagedBefore(t *testing.T) {
	tr := compiled.Pair(t)
	tr.SkewSegment("lib/libtwo.so")
	before := tr.Snapshot()
	o := pipeline.Options{Record: record.Off, Jobs: 2, StoreDir: "/nix/store", AppendRpaths: []string{"/nix/store/x/lib"}}
	o.Patchelf = tr.File("no patchelf") // whose lack is an error as soon as it is looked for
	out, err := pipeline.Patch(t.Context(), []string{tr.Root}, o)
	if err != nil {
		t.Fatal(err)
	}
	var errors []problem.Problem
	for _, p := range out.Report.Problems {
		if p.Severity == problem.Error {
			errors = append(errors, p)
		}
	}
	if len(errors) != 1 || errors[0].Code != problem.ObjectDamaged || errors[0].Path != "lib/libtwo.so" ||
		!strings.Contains(errors[0].Hint, "dontStrip = true") {
		t.Error(compiled.Describe(out.Report.Problems))
	}
	if !maps.Equal(before, tr.Snapshot()) {
		t.Error("a file was changed")
	}
}
