package compiled

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
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

// The names that each library of HalfDone has.
const (
	libraries = 5
	moreNames = 20
)

// HalfDone is a tree with what can be half done: several edits, files of many
// names, and libraries under move/, to be moved.
func HalfDone(t testing.TB) *Tree {
	t.Helper()
	tr := New(t)
	for i := range libraries {
		name := fmt.Sprintf("lib%d.so", i)
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

// A Killing kills a program at many moments of its work on a tree. Whatever the
// moment, every file must be old or new then, and the next run must complete the
// work and leave nothing behind.
type Killing struct {
	Tree    *Tree // as HalfDone makes it
	Test    string
	Moments int
	Reading float64 // the part of a run in which nothing is written: it is not killed there
}

// Killed is what came of it.
type Killed struct {
	Early   int               // runs killed before their end
	Between int               // that left some files old and some new
	Litter  int               // that left something to undo or to remove
	Done    map[string]string // the tree when the work is done
}

// Run kills.
func (k Killing) Run(t *testing.T) Killed {
	t.Helper()
	old := k.Tree.Snapshot()
	done := k.copy(t)
	took := min(k.complete(t, done), k.complete(t, k.copy(t)), k.complete(t, k.copy(t)))
	killed := Killed{Done: done.Snapshot()}
	for i := range k.Moments {
		tr := k.copy(t)
		cmd := Child(os.Args[0], k.Test, tr.Root)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		part := k.Reading + (1-k.Reading)*float64(i)/float64(k.Moments)
		time.Sleep(time.Duration(part * float64(took)))
		_ = cmd.Process.Kill()
		if cmd.Wait() != nil {
			killed.Early++
		}
		if oldOrNew(t, i, tr.Snapshot(), old, killed.Done) {
			killed.Between++
		}
		if len(tr.Litter()) > 0 {
			killed.Litter++
		}
		k.complete(t, tr)
		completed(t, i, tr, killed.Done)
		os.RemoveAll(tr.Root)
	}
	return killed
}

func (k Killing) copy(t *testing.T) *Tree { return k.Tree.CopyTo(filepath.Join(t.TempDir(), "tree")) }

// complete lets the program do its work, and returns how long that took.
func (k Killing) complete(t *testing.T, tr *Tree) time.Duration {
	t.Helper()
	start := time.Now()
	if out, err := Child(os.Args[0], k.Test, tr.Root).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return time.Since(start)
}

// oldOrNew looks at each name that is not a temporary one, and reports whether
// some were old and some new.
func oldOrNew(t *testing.T, moment int, now, old, done map[string]string) bool {
	t.Helper()
	olds, news := 0, 0
	for name, text := range old {
		switch now[name] {
		case done[name]:
			news++
		case text:
			olds++
		default:
			t.Fatalf("moment %d: %s is neither old nor new (%d bytes)", moment, name, len(now[name]))
		}
	}
	for name, text := range done {
		got, ok := now[name]
		if _, was := old[name]; !was && ok && got != text && got != old["move/"+filepath.Base(name)] {
			t.Fatalf("moment %d: %s is wrong", moment, name)
		}
	}
	return olds > 0 && news > 0
}

// completed looks whether the work was done, the names of one file are still
// names of one file, and nothing is left.
func completed(t *testing.T, moment int, tr *Tree, done map[string]string) {
	t.Helper()
	now := tr.Snapshot()
	for name, text := range done {
		if now[name] != text {
			t.Fatalf("moment %d: %s was not completed", moment, name)
		}
	}
	for i := range libraries {
		one, err := os.Stat(tr.File(fmt.Sprintf("pkg/lib%d.so", i)))
		if err != nil {
			t.Fatal(err)
		}
		if got := one.Sys().(*syscall.Stat_t).Nlink; got != 1+moreNames {
			t.Fatalf("moment %d: lib%d.so has %d names, not %d", moment, i, got, 1+moreNames)
		}
	}
	if litter := tr.Litter(); len(litter) > 0 {
		t.Fatalf("moment %d: litter %q", moment, litter)
	}
}
