package check_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/check"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// spoil are ways in which a tree may be other than it was planned for.
var spoil = map[string]func(tr *compiled.Tree, path string) error{
	"gone":   func(tr *compiled.Tree, path string) error { return os.Remove(tr.File(path)) },
	"no ELF": func(tr *compiled.Tree, path string) error { return os.WriteFile(tr.File(path), []byte("text"), 0o755) },
	"elsewhere": func(tr *compiled.Tree, path string) error {
		return os.Rename(tr.File(path), tr.File("lib/../"+filepath.Base(path)))
	},
}

// Rule: whatever the loader does otherwise than expected, the problems are those of
// asking about each object by itself.
func TestBatchesReportWhatSingleObjectsReport(t *testing.T) {
	store := testenv.HostStore(t)
	needed := []string{"lib/libone.so", "lib/libtwo.so", "lib/libthree.so"}
	build := func(t *testing.T) *compiled.Tree {
		tr := compiled.New(t)
		tr.Compile("lib/libone.so", "int one(void) { return 1; }")
		tr.Compile("lib/libtwo.so", "int one(void); int two(void) { return one(); }", "-Llib", "-lone", "-Wl,-rpath,$ORIGIN")
		tr.Compile("lib/libthree.so", "int one(void); int three(void) { return one(); }", "-Llib", "-lone", "-Wl,-rpath,$ORIGIN")
		tr.Compile("pkg/a.so", "int two(void); int a(void) { return two(); }", "-Llib", "-ltwo", "-Wl,-rpath,$ORIGIN/../lib")
		tr.Compile("pkg/sub/b.so", "int two(void); int b(void) { return two(); }", "-Llib", "-ltwo", "-Wl,-rpath,$ORIGIN/../../lib")
		tr.Compile("pkg/sub/c.so", "int three(void); int c(void) { return three(); }", "-Llib", "-lthree", "-Wl,-rpath,$ORIGIN/../../lib")
		o := pipeline.Options{Record: record.Off, Jobs: 2, StoreDir: "/nix/store", Interpreter: store.Loader, Libc: store.LibcDir, DryRun: true}
		out, err := pipeline.Patch(context.Background(), []string{tr.Root}, o)
		if err != nil || problem.Failed(out.Report.Problems) {
			t.Fatalf("%v %s", err, compiled.Describe(out.Report.Problems))
		}
		tr.Plan = out.Plan
		return tr
	}
	tr := build(t)
	batches := [][]string{{tr.File("pkg/a.so"), tr.File("pkg/sub/b.so"), tr.File("pkg/sub/c.so")}}
	same := func(b plan.Batch, paths []string) bool { return slices.Equal(b.Paths, paths) }
	unbatched := slices.ContainsFunc(tr.Plan.Objects, func(o plan.Object) bool { return !o.Batched && !o.Covered })
	if !slices.EqualFunc(tr.Plan.Batches, batches, same) || unbatched {
		t.Fatalf("batches %q, some unbatched: %v", tr.Plan.Batches, unbatched)
	}
	if problems := checked(tr, check.Options{Jobs: 2}); len(problems) > 0 {
		t.Fatal(compiled.Describe(problems))
	}
	for way, change := range spoil {
		for _, path := range needed {
			t.Run(fmt.Sprintf("%s %s", path, way), func(t *testing.T) {
				tr := build(t)
				if err := change(tr, path); err != nil {
					t.Fatal(err)
				}
				tr.Plan.Objects = slices.DeleteFunc(tr.Plan.Objects, func(o plan.Object) bool { return o.Path == path })
				for i := range tr.Plan.Batches {
					paths := &tr.Plan.Batches[i].Paths
					*paths = slices.DeleteFunc(*paths, func(p string) bool { return strings.HasSuffix(p, path) })
				}
				batched := compiled.Describe(checked(tr, check.Options{Jobs: 2}))
				for i := range tr.Plan.Objects {
					tr.Plan.Objects[i].Batched = false
				}
				unbatched := compiled.Describe(checked(tr, check.Options{Jobs: 2}))
				if batched != unbatched || unbatched == "" {
					t.Errorf("batched:%s\nunbatched:%s", batched, unbatched)
				}
			})
		}
	}
}

// Rule: another library than the expected one is a problem, though none is missing.
func TestBatchesComparePaths(t *testing.T) {
	tr := compiled.Chain(t)
	tr.Plan.Objects = tr.Plan.Objects[:2]
	for i := range tr.Plan.Objects {
		tr.Plan.Objects[i].Batched = true
	}
	libc := tr.Plan.Objects[0].Closure[0]
	tr.Plan.Batches = []plan.Batch{{Paths: []string{tr.File("lib/libone.so"), tr.File("lib/libtwo.so")}, Closure: []string{libc}}}
	if problems := checked(tr, check.Options{Jobs: 2}); len(problems) > 0 {
		t.Fatal(compiled.Describe(problems))
	}
	tr.Plan.Batches[0].Closure = []string{"/nowhere/libc.so.6"}
	tr.Plan.Objects[0].Closure = []string{"/nowhere/libc.so.6"}
	problems := checked(tr, check.Options{Jobs: 2})
	if len(problems) != 1 || problems[0].Path != "lib/libone.so" || problems[0].Code != problem.LoaderDisagrees {
		t.Error(compiled.Describe(problems))
	}
}
