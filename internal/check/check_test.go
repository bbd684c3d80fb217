package check_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/check"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// checked returns the problems of the plan of a tree.
func checked(tr *compiled.Tree, o check.Options) []problem.Problem {
	tr.T.Helper()
	return check.Check(context.Background(), tr.Plan, o)
}

// Rule: where loader and plan agree about libraries and programs, there is
// nothing to say.
func TestCheckAgrees(t *testing.T) {
	if problems := checked(compiled.Chain(t), check.Options{Jobs: 2}); len(problems) > 0 {
		t.Error(compiled.Describe(problems))
	}
}

// Rule: under the object each path is named that is either expected or mapped but
// not both, and which of the two it is.
func TestCheckNamesEachDifference(t *testing.T) {
	tr := compiled.Chain(t)
	two := &tr.Plan.Objects[1]
	two.Closure = append(slices.Clone(two.Closure[1:]), "/nowhere/libthree.so")
	problems := checked(tr, check.Options{Jobs: 2})
	if len(problems) != 1 || problems[0].Code != problem.LoaderDisagrees || problems[0].Path != "lib/libtwo.so" || problems[0].Severity != problem.Error {
		t.Fatal(compiled.Describe(problems))
	}
	details := strings.Join(problems[0].Details, "\n")
	for _, want := range []string{`expected: "/nowhere/libthree.so"`, `mapped:   "`} {
		if !strings.Contains(details, want) {
			t.Errorf("no %q in %s", want, details)
		}
	}
}

// Rule: a loader that fails though every library was found is a problem with the
// loader's own words. An object that misses a library is not asked about.
func TestCheckReportsFailures(t *testing.T) {
	tr := compiled.Chain(t)
	if err := os.Remove(tr.File("lib/libone.so")); err != nil {
		t.Fatal(err)
	}
	tr.Plan.Objects = tr.Plan.Objects[1:]
	problems := checked(tr, check.Options{Jobs: 2})
	if len(problems) != 2 {
		t.Fatal(compiled.Describe(problems))
	}
	for _, p := range problems {
		if p.Code != problem.LoaderDisagrees || !strings.Contains(p.Details[0], "libone.so: cannot open shared object file") {
			t.Error(compiled.Describe(problems))
		}
	}
	for i := range tr.Plan.Objects {
		tr.Plan.Objects[i].Closure = nil
	}
	if problems := checked(tr, check.Options{Jobs: 2}); len(problems) > 0 {
		t.Error(compiled.Describe(problems))
	}
}

// Rule: a damaged object is one problem, with what damages objects and how to
// prevent it; with --no-ldd too.
func TestCheckRecognisesDamage(t *testing.T) {
	tr := compiled.Chain(t)
	tr.SkewSegment("lib/libtwo.so")
	for _, noLdd := range []bool{true, false} {
		// The program that needs the damaged library fails as well, which says
		// nothing new.
		problems := checked(tr, check.Options{Jobs: 2, NoLdd: noLdd})
		if len(problems) != 1 || problems[0].Code != problem.ObjectDamaged || problems[0].Path != "lib/libtwo.so" ||
			!strings.Contains(problems[0].Hint, "dontStrip = true") {
			t.Errorf("no-ldd %v: %s", noLdd, compiled.Describe(problems))
		}
	}
	tr.Plan.Objects = tr.Plan.Objects[2:]
	problems := checked(tr, check.Options{Jobs: 2})
	if len(problems) != 1 || problems[0].Code != problem.ObjectDamaged || !strings.Contains(problems[0].Details[0], "libtwo.so: ELF load command") {
		t.Errorf("by the loader's words: %s", compiled.Describe(problems))
	}
}

// Rule: a loader that cannot be run is one notice, not an error.
func TestCheckWithoutALoader(t *testing.T) {
	tr := compiled.Chain(t)
	broken := tr.File("ld.so")
	if err := os.WriteFile(broken, []byte("\x7fELF"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, interpreter := range []string{"/nowhere/ld.so", broken} {
		tr.Plan.Loader = ldso.Loader{Interpreter: interpreter}
		problems := checked(tr, check.Options{Jobs: 2})
		if len(problems) != 1 || problems[0].Code != problem.LoaderNotRun || problems[0].Severity != problem.Notice ||
			!strings.Contains(problems[0].Message, "3 objects") {
			t.Error(compiled.Describe(problems))
		}
	}
	if problems := checked(tr, check.Options{Jobs: 2, NoLdd: true}); len(problems) > 0 {
		t.Error(compiled.Describe(problems))
	}
}

// Rule: objects that the loader cannot be asked about are named in one notice.
func TestCheckNamesWhatWasNotAsked(t *testing.T) {
	tr := compiled.Chain(t)
	spaced := tr.File("a folder")
	if err := os.Rename(tr.File("lib"), spaced); err != nil {
		t.Fatal(err)
	}
	tr.Plan.Objects = tr.Plan.Objects[:2]
	for i := range tr.Plan.Objects {
		tr.Plan.Objects[i].File = filepath.Join(spaced, filepath.Base(tr.Plan.Objects[i].File))
	}
	problems := checked(tr, check.Options{Jobs: 2})
	if len(problems) != 1 || problems[0].Code != problem.LoaderNotRun || len(problems[0].Details) != 2 || problems[0].Severity != problem.Notice {
		t.Error(compiled.Describe(problems))
	}
}

// Rule: a library that is needed by a name with a slash is no difference, though
// u-root leaves it out of its answer.
func TestCheckOfANeedWithASlash(t *testing.T) {
	tr := compiled.New(t)
	tr.Compile("lib/libone.so", "int one(void) { return 1; }")
	tr.Compile("lib/libtwo.so", "int one(void); int two(void) { return one(); }", tr.File("lib/libone.so"))
	one := tr.File("lib/libone.so")
	two := tr.Add("lib/libtwo.so", nil)
	two.Closure = []string{one}
	two.Needs = []plan.Need{{Need: ldso.Need{Soname: one, Found: true, Path: one, Real: one, Via: ldso.Direct}, Status: plan.Found}}
	if !slices.Equal(two.ELF.Needed, []string{one}) {
		t.Fatalf("needs %q", two.ELF.Needed)
	}
	if problems := checked(tr, check.Options{Jobs: 1}); len(problems) > 0 {
		t.Error(compiled.Describe(problems))
	}
}

// Rule: the problems do not depend on the number of jobs.
func TestCheckJobsChangeNothing(t *testing.T) {
	tr := compiled.New(t)
	tr.Compile("lib/lib.so", "int f(void) { return 1; }")
	for i := range 20 {
		path := fmt.Sprintf("lib/lib%02d.so", i)
		if err := os.WriteFile(tr.File(path), []byte(tr.Read("lib/lib.so")), 0o755); err != nil {
			t.Fatal(err)
		}
		tr.Add(path, nil).Closure = []string{fmt.Sprintf("/nowhere/%d", i)}
	}
	var said []string
	for _, jobs := range []int{0, 1, 8, 100} {
		text, err := json.Marshal(checked(tr, check.Options{Jobs: jobs}))
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, string(text))
	}
	if slices.Sort(said); said[0] != said[3] || strings.Count(said[0], "loader-disagrees") != 20 {
		t.Errorf("%s\n%s", said[0], said[3])
	}
}

// Rule: numpy's own OpenBLAS, which its maker has relocated, does not survive
// strip; that is said before anything is written, and by a dry run too.
func TestStripDamagesNumpy(t *testing.T) {
	dir := t.TempDir()
	site := testenv.Install(t, testenv.Wheel(t, "numpy"), dir)
	libraries, _ := filepath.Glob(filepath.Join(site, "numpy.libs", "libscipy_openblas64_*.so"))
	if len(libraries) != 1 {
		t.Fatalf("%q", libraries)
	}
	if out, err := exec.Command(testenv.Tool(t, "strip"), "-S", libraries[0]).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	tr := compiled.At(t, dir)
	before := tr.Snapshot()
	for _, dry := range []bool{true, false} {
		out, err := pipeline.Patch(context.Background(), []string{dir}, pipeline.Options{
			Record: record.Off, Jobs: 2, DryRun: dry, StoreDir: "/nix/store", AppendRpaths: []string{"/nix/store/x/lib"},
		})
		if err != nil {
			t.Fatal(err)
		}
		problems := out.Report.Problems
		if len(problems) != 1 || problems[0].Code != problem.ObjectDamaged || !strings.Contains(problems[0].Path, "openblas") ||
			!strings.Contains(problems[0].Hint, "dontStrip = true") {
			t.Errorf("dry %v: %s", dry, compiled.Describe(problems))
		}
	}
	if !maps.Equal(before, tr.Snapshot()) {
		t.Error("a file was changed")
	}
}

// Rule: the loader is asked what it finds for names that objects open. One that it finds
// elsewhere is an error that names the objects, and the other names of the question are none.
func TestCheckOfOpenings(t *testing.T) {
	tr := compiled.Chain(t)
	loader, err := ldso.NewLoader(tr.Plan.Loader.Interpreter)
	if err != nil {
		t.Fatal(err)
	}
	closure := func(names ...string) []string {
		var paths []string
		for _, l := range loader.LoadNames(&ldso.DiskFiles{}, tr.Plan.Objects[0].ELF, names, []string{tr.File("lib")}, false)[1:] {
			if l.Path != loader.Interpreter {
				paths = append(paths, l.Real)
			}
		}
		slices.Sort(paths)
		return paths
	}
	opening := plan.Opening{
		Objects: []string{"lib/a.so", "lib/b.so"}, Names: []string{"libone.so", "libtwo.so"}, Dirs: []string{tr.File("lib")},
		Closure: closure("libone.so", "libtwo.so"), Alone: [][]string{closure("libone.so"), closure("libtwo.so")},
	}
	tr.Plan.Openings = []plan.Opening{opening}
	if problems := checked(tr, check.Options{Jobs: 2}); len(problems) > 0 {
		t.Error(compiled.Describe(problems))
	}
	wrong := opening
	wrong.Closure, wrong.Alone = nil, [][]string{opening.Alone[0], append(slices.Clone(opening.Alone[1]), "/nowhere/libtwo.so")}
	gone := opening
	gone.Dirs = []string{tr.File("none")}
	for what, c := range map[string]struct {
		opening plan.Opening
		names   []string
	}{"another file": {wrong, []string{"libtwo.so"}}, "not found": {gone, []string{"libone.so", "libtwo.so"}}} {
		tr.Plan.Openings = []plan.Opening{c.opening}
		problems := checked(tr, check.Options{Jobs: 2})
		if len(problems) != len(c.names) {
			t.Fatalf("%s: %s", what, compiled.Describe(problems))
		}
		for i, p := range problems {
			if p.Code != problem.LoaderDisagrees || p.Severity != problem.Error || !strings.Contains(p.Message, c.names[i]) || len(p.Objects) != 2 {
				t.Errorf("%s: %s", what, compiled.Describe(problems))
			}
		}
	}
	if problems := checked(tr, check.Options{Jobs: 2, NoLdd: true}); len(problems) > 0 {
		t.Error(compiled.Describe(problems))
	}
}
