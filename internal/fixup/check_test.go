package fixup

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

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

const hostLibc = "/lib/x86_64-linux-gnu/libc.so.6"

// checkTree is a library, one that needs it, and a program that needs both, with
// a plan that is right.
func checkTree(t testing.TB) *tree {
	tr := newTree(t)
	tr.compile("lib/libone.so", "int puts(const char *); int one(void) { return puts(\"1\"); }")
	tr.compile("lib/libtwo.so", "int one(void); int two(void) { return one(); }", "-Llib", "-lone", "-Wl,-rpath,$ORIGIN")
	tr.compile("bin/three", "int two(void); int main(void) { return two(); }", "-Llib", "-ltwo", "-Wl,-rpath-link,lib", "-Wl,-rpath,$ORIGIN/../lib",
		"-Wl,-dynamic-linker,"+hostLoader)
	libc, err := filepath.EvalSymlinks(hostLibc)
	if err != nil {
		testenv.Lacks(t, "%v", err)
	}
	closures := [][]string{{libc}, {tr.file("lib/libone.so"), libc}, {tr.file("lib/libone.so"), tr.file("lib/libtwo.so"), libc}}
	for i, path := range []string{"lib/libone.so", "lib/libtwo.so", "bin/three"} {
		slices.Sort(closures[i])
		tr.add(path, nil).Closure = closures[i]
	}
	return tr
}

func (tr *tree) check(o Options) []problem.Problem {
	tr.t.Helper()
	return Check(context.Background(), tr.plan, o)
}

// Rule: where loader and plan agree about libraries and programs, there is
// nothing to say.
func TestCheckAgrees(t *testing.T) {
	if problems := checkTree(t).check(Options{Jobs: 2}); len(problems) > 0 {
		t.Error(describe(problems))
	}
}

// Rule: each path that only one of plan and loader has is named, with who has
// it, under the object.
func TestCheckNamesEachDifference(t *testing.T) {
	tr := checkTree(t)
	two := &tr.plan.Objects[1]
	two.Closure = append(slices.Clone(two.Closure[1:]), "/nowhere/libthree.so")
	problems := tr.check(Options{Jobs: 2})
	if len(problems) != 1 || problems[0].Code != problem.LoaderDisagrees || problems[0].Path != "lib/libtwo.so" || problems[0].Severity != problem.Error {
		t.Fatal(describe(problems))
	}
	details := strings.Join(problems[0].Details, "\n")
	for _, want := range []string{`planned:  "/nowhere/libthree.so"`, `reported: "`} {
		if !strings.Contains(details, want) {
			t.Errorf("no %q in %s", want, details)
		}
	}
}

// Rule: a loader that fails where the plan found everything is a problem with
// the loader's own words; where the plan misses something itself, it is not
// said again.
func TestCheckTellsFailures(t *testing.T) {
	tr := checkTree(t)
	if err := os.Remove(tr.file("lib/libone.so")); err != nil {
		t.Fatal(err)
	}
	tr.plan.Objects = tr.plan.Objects[1:]
	problems := tr.check(Options{Jobs: 2})
	if len(problems) != 2 {
		t.Fatal(describe(problems))
	}
	for _, p := range problems {
		if p.Code != problem.LoaderDisagrees || !strings.Contains(p.Details[0], "libone.so: cannot open shared object file") {
			t.Error(describe(problems))
		}
	}
	for i := range tr.plan.Objects {
		tr.plan.Objects[i].Closure = nil
	}
	if problems := tr.check(Options{Jobs: 2}); len(problems) > 0 {
		t.Error(describe(problems))
	}
}

// Rule: damage is named as such, once an object, with what does it and what
// prevents it; with --no-ldd too.
func TestCheckRecognisesDamage(t *testing.T) {
	tr := checkTree(t)
	f, err := os.OpenFile(tr.file("lib/libtwo.so"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{8}, 64+56+8); err != nil {
		t.Fatal(err)
	}
	f.Close()
	for _, noLdd := range []bool{true, false} {
		// The program that needs the damaged library fails as well, which says
		// nothing new.
		problems := tr.check(Options{Jobs: 2, NoLdd: noLdd})
		if len(problems) != 1 || problems[0].Code != problem.ObjectDamaged || problems[0].Path != "lib/libtwo.so" ||
			!strings.Contains(problems[0].Hint, "dontStrip = true") {
			t.Errorf("no-ldd %v: %s", noLdd, describe(problems))
		}
	}
	tr.plan.Objects = tr.plan.Objects[2:]
	problems := tr.check(Options{Jobs: 2})
	if len(problems) != 1 || problems[0].Code != problem.ObjectDamaged || !strings.Contains(problems[0].Details[0], "libtwo.so: ELF load command") {
		t.Errorf("by the loader's words: %s", describe(problems))
	}
}

// Rule: a loader that cannot be run is one notice, not an error: the static
// answer stands.
func TestCheckWithoutALoader(t *testing.T) {
	tr := checkTree(t)
	broken := tr.file("ld.so")
	if err := os.WriteFile(broken, []byte("\x7fELF"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, interpreter := range []string{"/nowhere/ld.so", broken} {
		tr.plan.Loader = ldso.Loader{Interpreter: interpreter}
		problems := tr.check(Options{Jobs: 2})
		if len(problems) != 1 || problems[0].Code != problem.LoaderNotRun || problems[0].Severity != problem.Notice ||
			!strings.Contains(problems[0].Message, "3 objects") {
			t.Error(describe(problems))
		}
	}
	if problems := tr.check(Options{Jobs: 2, NoLdd: true}); len(problems) > 0 {
		t.Error(describe(problems))
	}
}

// Rule: objects that cannot be put to the loader are named in one notice.
func TestCheckNamesWhatWasNotAsked(t *testing.T) {
	tr := checkTree(t)
	spaced := tr.file("a folder")
	if err := os.Rename(tr.file("lib"), spaced); err != nil {
		t.Fatal(err)
	}
	tr.plan.Objects = tr.plan.Objects[:2]
	for i := range tr.plan.Objects {
		tr.plan.Objects[i].File = filepath.Join(spaced, filepath.Base(tr.plan.Objects[i].File))
	}
	problems := tr.check(Options{Jobs: 2})
	if len(problems) != 1 || problems[0].Code != problem.LoaderNotRun || len(problems[0].Details) != 2 || problems[0].Severity != problem.Notice {
		t.Error(describe(problems))
	}
}

// Rule: a library that is named with a slash is mapped though u-root leaves it
// out; that is no difference.
func TestCheckOfANeedWithASlash(t *testing.T) {
	tr := newTree(t)
	tr.compile("lib/libone.so", "int one(void) { return 1; }")
	tr.compile("lib/libtwo.so", "int one(void); int two(void) { return one(); }", tr.file("lib/libone.so"))
	one := tr.file("lib/libone.so")
	two := tr.add("lib/libtwo.so", nil)
	two.Closure = []string{one}
	two.Needs = []PlannedNeed{{Need: ldso.Need{Soname: one, Found: true, Path: one, Real: one, Via: ldso.Direct}, Status: Found}}
	if !slices.Equal(two.ELF.Needed, []string{one}) {
		t.Fatalf("needs %q", two.ELF.Needed)
	}
	if problems := tr.check(Options{Jobs: 1}); len(problems) > 0 {
		t.Error(describe(problems))
	}
}

// Rule: what is said does not depend on the number of jobs.
func TestCheckJobsChangeNothing(t *testing.T) {
	tr := newTree(t)
	tr.compile("lib/lib.so", "int f(void) { return 1; }")
	for i := range 20 {
		path := fmt.Sprintf("lib/lib%02d.so", i)
		if err := copyExecutable(tr.file("lib/lib.so"), tr.file(path)); err != nil {
			t.Fatal(err)
		}
		tr.add(path, nil).Closure = []string{fmt.Sprintf("/nowhere/%d", i)}
	}
	var said []string
	for _, jobs := range []int{0, 1, 8, 100} {
		text, err := json.Marshal(tr.check(Options{Jobs: jobs}))
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
	tr := &tree{t: t, root: dir}
	before := tr.snapshot()
	for _, dry := range []bool{true, false} {
		out, err := RunPatch(context.Background(), []string{dir}, Options{
			Record: RecordOff, Jobs: 2, DryRun: dry, StoreDir: "/nix/store", AppendRpaths: []string{"/nix/store/x/lib"},
		})
		if err != nil {
			t.Fatal(err)
		}
		problems := out.Report.Problems
		if len(problems) != 1 || problems[0].Code != problem.ObjectDamaged || !strings.Contains(problems[0].Path, "openblas") ||
			!strings.Contains(problems[0].Hint, "dontStrip = true") {
			t.Errorf("dry %v: %s", dry, describe(problems))
		}
	}
	if !maps.Equal(before, tr.snapshot()) {
		t.Error("a file was changed")
	}
}
