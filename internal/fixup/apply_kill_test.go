package fixup

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// killTree has what can be half done: several edits, files of many names, and
// libraries to move.
func killTree(t testing.TB) *tree {
	tr := newTree(t)
	for i := range 5 {
		name := fmt.Sprintf("lib%d.so", i)
		source := fmt.Sprintf("int f%d(void) { return %d; }", i, i)
		tr.compile("pkg/"+name, source, "-Wl,-rpath,/build")
		for n := range 20 {
			if err := os.Link(tr.file("pkg/"+name), tr.file(fmt.Sprintf("pkg/%s.%02d", name, n))); err != nil {
				t.Fatal(err)
			}
		}
		tr.compile("move/m"+name, source, "-Wl,-rpath,/build")
	}
	return tr
}

// Rule: killed at any moment, a run leaves every file old or new, and the next
// one completes the work and leaves nothing behind.
func TestKilledAtAnyMoment(t *testing.T) {
	const moments = 200
	pristine := killTree(t)
	old := relative(pristine)
	done := copyTree(t, pristine)
	took := runChild(t, done.root)
	want := relative(done)

	killed, between := 0, 0
	for i := range moments {
		tr := copyTree(t, pristine)
		cmd := childCommand(os.Args[0], tr.root)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(took * time.Duration(i) / moments)
		_ = cmd.Process.Kill()
		if cmd.Wait() != nil {
			killed++
		}
		if checkOldOrNew(t, i, relative(tr), old, want) {
			between++
		}
		runChild(t, tr.root)
		compareTrees(t, i, relative(tr), want)
		if litter := tr.litter(); len(litter) > 0 {
			t.Fatalf("moment %d: litter %q", i, litter)
		}
		os.RemoveAll(tr.root)
	}
	t.Logf("%d of %d runs killed before their end, %d with some files new and some old", killed, moments, between)
	if killed < moments/2 {
		t.Errorf("only %d of %d runs were killed in time", killed, moments)
	}
}

// checkOldOrNew looks at each name that is not a temporary one, and tells
// whether some were old and some new.
func checkOldOrNew(t *testing.T, moment int, now, old, want map[string]string) bool {
	t.Helper()
	olds, news := 0, 0
	for name, text := range old {
		switch now[name] {
		case want[name]:
			news++
		case text:
			olds++
		default:
			t.Fatalf("moment %d: %s is neither old nor new (%d bytes)", moment, name, len(now[name]))
		}
	}
	for name, text := range want {
		got, ok := now[name]
		if _, was := old[name]; !was && ok && got != text && got != old["move/"+filepath.Base(name)] {
			t.Fatalf("moment %d: %s is wrong", moment, name)
		}
	}
	return olds > 0 && news > 0
}

func compareTrees(t *testing.T, moment int, got, want map[string]string) {
	t.Helper()
	for name, text := range want {
		if got[name] != text {
			t.Fatalf("moment %d: %s was not completed", moment, name)
		}
	}
}

// relative gives a tree's files by their paths below its root.
func relative(tr *tree) map[string]string {
	files := map[string]string{}
	for name, text := range tr.snapshot() {
		name, _ = filepath.Rel(tr.root, name)
		files[name] = text
	}
	return files
}

// copyTree copies a tree, hard links and all.
func copyTree(t testing.TB, from *tree) *tree {
	t.Helper()
	to := &tree{t: t, root: filepath.Join(t.TempDir(), "tree"), plan: from.plan}
	if out, err := exec.Command("cp", "-a", from.root, to.root).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return to
}

func runChild(t testing.TB, root string) time.Duration {
	t.Helper()
	start := time.Now()
	if out, err := childCommand(os.Args[0], root).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return time.Since(start)
}
