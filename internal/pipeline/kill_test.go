package pipeline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
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

// inputDir is the environment variable with the folder of the library that links lead to,
// layout the one with the layout.
const inputDir, layout = "WHEEL_AUTO_PATCH_TEST_INPUT", "WHEEL_AUTO_PATCH_TEST_LAYOUT"

func patchAll(t testing.TB, root string) {
	t.Helper()
	o := pipeline.Options{Record: record.Fail, Jobs: 2, StoreDir: "/nix/store", Layout: plan.Layout(os.Getenv(layout))}
	if dir := os.Getenv(inputDir); dir != "" {
		o.Libs = []string{dir}
	}
	out, err := pipeline.Patch(t.Context(), []string{root}, o)
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

// Rule: the same holds for links: those that are placed, and those of another layout that
// are removed.
func TestKilledLinksAreTakenUpAgain(t *testing.T) {
	input := compiled.New(t)
	input.Compile("libdep.so.1", "int dep(void) { return 1; }", "-Wl,-soname,libdep.so.1")
	t.Setenv(inputDir, input.Root)
	tr := compiled.HalfDone(t, "lib0.so")
	for _, dir := range []string{"own", "own.libs"} {
		tr.Compile(dir+"/ext.so", "int dep(void); int x(void) { return dep(); }", input.File("libdep.so.1"), "-Wl,-rpath,$ORIGIN")
		if err := os.WriteFile(tr.File(dir+"/__init__.py"), []byte("x = 1\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	writeRecord(t, tr)
	links := []string{"own/libdep.so.1", "own.libs/libdep.so.1"}
	for i, l := range []plan.Layout{plan.Links, plan.Origin} {
		t.Setenv(layout, string(l))
		killed := compiled.Killing{Tree: tr, Test: "TestChildPatches", Work: patchAll, Every: 2}.Run(t)
		for _, link := range links {
			text, placed := killed.Done[link]
			listed := strings.Contains(killed.Done[recordPath], "\n"+link+",sha256=")
			if want := i == 0; placed != want || listed != want || want && text != input.Root+"/./libdep.so.1" {
				t.Errorf("%s: link %q to %q, in RECORD %v", l, link, text, listed)
			}
		}
		t.Logf("%d runs killed before their end, of which %d left something to undo or to remove", killed.Early, killed.Litter)
		patchAll(t, tr.Root)
	}
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
