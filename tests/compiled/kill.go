package compiled

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// childRoot is the environment variable that makes a test binary a program that
// works on one tree, to be killed or run as another user.
const childRoot = "WHEEL_AUTO_PATCH_TEST_ROOT"

// Child returns the command that runs one test of a test binary as a program
// that works on the tree at root.
func Child(binary, test, root string) *exec.Cmd {
	cmd := exec.Command(binary, "-test.run=^"+test+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), childRoot+"="+root)
	return cmd
}

// ChildRoot returns the root that this process was started for by Child, or "".
func ChildRoot() string { return os.Getenv(childRoot) }

// moreNames is how many further names each library in pkg/ of HalfDone has.
const moreNames = 3

// HalfDone is a tree with what can be half done: several edits, files of many names,
// and libraries under move/, to be moved; for each of the names one here and one there.
func HalfDone(t testing.TB, names ...string) *Tree {
	t.Helper()
	tr := New(t)
	for i, name := range names {
		source := fmt.Sprintf("int f%d(void) { return %d; }", i, i)
		tr.Compile("pkg/"+name, source, "-Wl,-rpath,/build")
		for n := range moreNames {
			if err := os.Link(tr.File("pkg/"+name), tr.File(fmt.Sprintf("pkg/%s.%02d", name, n))); err != nil {
				t.Fatal(err)
			}
		}
		tr.Compile("move/m"+name, source, "-Wl,-rpath,/build")
	}
	return tr
}

// A Killing kills a program at its steps: right before a system call that changes a
// file system (see Steps). Whatever the step, every file must be old or new then, and
// the next run must complete the work and leave nothing behind.
type Killing struct {
	Tree  *Tree                           // as HalfDone makes it
	Test  string                          // does Work on ChildRoot
	Work  func(t testing.TB, root string) // the work, from whatever was left
	Every int                             // 1: it is killed at each step, 2: at each second one
}

// Killed is what came of it.
type Killed struct {
	Early   int               // runs killed before their end
	Between int               // that left some files old and some new
	Litter  int               // that left something to undo or to remove
	Again   int               // runs that were killed while they undid that
	Done    map[string]string // the tree when the work is done
}

// Run kills.
func (k Killing) Run(t *testing.T) Killed {
	t.Helper()
	old := k.Tree.Snapshot()
	done := k.copy(t)
	steps, _ := k.start(t, done.Root, 0)
	killed := Killed{Done: done.Snapshot()}
	for n := 1; n <= steps; n += k.Every {
		tr := k.copy(t)
		if _, early := k.start(t, tr.Root, n); early {
			killed.Early++
		}
		if oldOrNew(t, n, tr.Snapshot(), old, killed.Done) {
			killed.Between++
		}
		if len(tr.Litter()) > 0 {
			killed.Litter++
		}
		if n%3 == 0 && len(tr.Litter()) > 0 {
			cutShort(t, tr)
			k.start(t, tr.Root, 1+n/3%12)
			oldOrNew(t, n, tr.Snapshot(), old, killed.Done)
			killed.Again++
		}
		k.Work(t, tr.Root)
		completed(t, n, tr, killed.Done)
		os.RemoveAll(tr.Root)
	}
	return killed
}

// cutShort appends half a line to the journal file that a killed run left: the kernel
// may have written no more of it.
func cutShort(t *testing.T, tr *Tree) {
	t.Helper()
	f, err := os.OpenFile(tr.File(atomicfile.Prefix+"journal"), os.O_WRONLY|os.O_APPEND, 0)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err == nil {
		_, err = f.WriteString("temp \"" + strings.Repeat("x", 300))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func (k Killing) copy(t *testing.T) *Tree { return k.Tree.CopyTo(filepath.Join(t.TempDir(), "tree")) }

// start runs the program as far as step n, or to its end, and returns how many steps
// it made and whether it was killed.
func (k Killing) start(t *testing.T, root string, n int) (int, bool) {
	t.Helper()
	output, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	cmd := Child(os.Args[0], k.Test, root)
	cmd.Stdout, cmd.Stderr = output, output
	end, err := Steps(cmd, n, syscall.SIGKILL)
	if errors.Is(err, syscall.EPERM) {
		testenv.Lacks(t, "ptrace(2): %v", err)
	}
	if err != nil || !end.Sent && end.Status != 0 {
		text, _ := os.ReadFile(output.Name())
		t.Fatalf("step %d: %v, status %x: %s", n, err, end.Status, text)
	}
	return end.Steps, end.Sent
}

// oldOrNew looks at each name that is not a temporary one, and reports whether
// some were old and some new.
func oldOrNew(t *testing.T, step int, now, old, done map[string]string) bool {
	t.Helper()
	olds, news := 0, 0
	for name, text := range old {
		switch now[name] {
		case done[name]:
			news++
		case text:
			olds++
		default:
			t.Fatalf("step %d: %q is neither old nor new (%d bytes)", step, name, len(now[name]))
		}
	}
	for name, text := range done {
		got, ok := now[name]
		if _, was := old[name]; !was && ok && got != text && got != old["move/"+filepath.Base(name)] {
			t.Fatalf("step %d: %q is wrong", step, name)
		}
	}
	return olds > 0 && news > 0
}

// completed looks whether the work was done, the names of one file are still
// names of one file, and nothing is left.
func completed(t *testing.T, step int, tr *Tree, done map[string]string) {
	t.Helper()
	now := tr.Snapshot()
	for name, text := range done {
		if now[name] != text {
			t.Fatalf("step %d: %q was not completed", step, name)
		}
	}
	for name := range now {
		if _, ok := done[name]; !ok {
			t.Fatalf("step %d: %q is left", step, name)
		}
	}
	for name := range done {
		if !strings.HasPrefix(name, "pkg/") {
			continue
		}
		one, err := os.Stat(tr.File(name))
		if err != nil {
			t.Fatal(err)
		}
		if got := one.Sys().(*syscall.Stat_t).Nlink; got != 1+moreNames {
			t.Fatalf("step %d: %q has %d names, not %d", step, name, got, 1+moreNames)
		}
	}
	if litter := tr.Litter(); len(litter) > 0 {
		t.Fatalf("step %d: litter %q", step, litter)
	}
}
