package pipeline_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// Rule: a tree with a journal file that is not ours is told and not written to, by patch
// and by a dry run.
func TestForeignJournalStopsPatch(t *testing.T) {
	for _, dry := range []bool{false, true} {
		tr := compiled.Pair(t)
		if err := os.WriteFile(tr.File(".wheel-auto-patch-journal"), []byte("x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		before := tr.Snapshot()
		out, err := pipeline.Patch(t.Context(), []string{tr.Root}, pipeline.Options{Record: record.Off, Jobs: 2, StoreDir: "/nix/store", DryRun: dry})
		if err != nil {
			t.Fatal(err)
		}
		told := slices.ContainsFunc(out.Report.Problems, func(p problem.Problem) bool {
			return p.Code == problem.ArchiveUnsafePath && p.Severity == problem.Error && p.Path == ".wheel-auto-patch-journal"
		})
		if !told || !maps.Equal(before, tr.Snapshot()) {
			t.Errorf("dry %v: %s", dry, compiled.Describe(out.Report.Problems))
		}
	}
}

// Rule: an ELF object is scanned whatever its name, and RECORD may not list a name of
// our temporary files: they are no place to hide.
func TestOurNamesHideNothing(t *testing.T) {
	const name = "pkg/.wheel-auto-patch-x.so"
	tr := compiled.New(t)
	tr.Compile(name, "int f(void); int g(void) { return f(); }", "-Wl,-soname,x.so")
	writeRecord(t, tr)
	o := pipeline.Options{Record: record.Fail, Jobs: 2, StoreDir: "/nix/store"}
	out, err := pipeline.Check(t.Context(), []string{tr.Root}, o)
	if err != nil || len(out.Plan.Objects) != 1 || out.Plan.Objects[0].Path != name {
		t.Errorf("%v %+v", err, out.Plan.Objects)
	}
	for what, c := range map[string]struct {
		row  string
		code problem.Code
	}{
		"a row":  {name + ",sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0", problem.ArchiveUnsafePath},
		"no row": {"", problem.RecordUnlistedFile},
	} {
		text := tr.Read(recordPath)
		rows := slices.DeleteFunc(strings.Split(text, "\n"), func(row string) bool { return strings.HasPrefix(row, name) })
		if err := os.WriteFile(tr.File(recordPath), []byte(c.row+"\n"+strings.Join(rows, "\n")), 0o666); err != nil {
			t.Fatal(err)
		}
		before := tr.Snapshot()
		out, err := pipeline.Patch(t.Context(), []string{tr.Root}, o)
		told := slices.ContainsFunc(out.Report.Problems, func(p problem.Problem) bool { return p.Code == c.code && strings.Contains(p.Path, name) })
		if err != nil || !told || !maps.Equal(before, tr.Snapshot()) {
			t.Errorf("%s: %v%s", what, err, compiled.Describe(out.Report.Problems))
		}
	}
}
