package pipeline_test

import (
	"os"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// Rule: the rows of RECORD are resolved anew after the moves of the flat layout:
// that of a moved library is true again, through the link in its old place.
func TestRecordFollowsTheMoves(t *testing.T) {
	tr := compiled.New(t)
	tr.Compile("demo.libs/libx.so", "int x(void) { return 1; }", "-Wl,-soname,libx.so,-rpath,/build")
	tr.Compile("demo/ext.so", "int x(void); int y(void) { return x(); }", "-Ldemo.libs", "-lx", "-Wl,-rpath,$ORIGIN/../demo.libs")
	writeRecord(t, tr)
	o := pipeline.Options{Record: record.Fail, Jobs: 2, StoreDir: "/nix/store", Layout: plan.Flat}
	out, err := pipeline.Patch(t.Context(), []string{tr.Root}, o)
	if err != nil || len(out.Updated) != 1 {
		t.Fatal(err, out.Updated, compiled.Describe(out.Report.Problems))
	}
	if to, err := os.Readlink(tr.File("demo.libs/libx.so")); err != nil || to != "../lib/libx.so" {
		t.Fatalf("the library was not moved: %q %v", to, err)
	}
	if verified, err := pipeline.Verify(t.Context(), []string{tr.Root}, o); err != nil || len(verified.Report.Problems) > 0 {
		t.Error(err, compiled.Describe(verified.Report.Problems))
	}
}
