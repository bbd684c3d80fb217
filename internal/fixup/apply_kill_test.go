package fixup

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
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
	took := min(runChild(t, done.root), runChild(t, copyTree(t, pristine).root), runChild(t, copyTree(t, pristine).root))
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
		checkLinks(t, i, tr)
		if litter := tr.litter(); len(litter) > 0 {
			t.Fatalf("moment %d: litter %q", i, litter)
		}
		os.RemoveAll(tr.root)
	}
	t.Logf("%d of %d runs killed before their end, %d with some files new and some old", killed, moments, between)
	if killed < moments/10 {
		t.Errorf("only %d of %d runs were killed before their end: the test shows nothing", killed, moments)
	}
}

// Rule: killed at any moment, the whole of patch leaves a tree that the next run
// accepts and completes, though RECORD is verified first.
func TestKilledPatchIsTakenUpAgain(t *testing.T) {
	const moments = 60
	pristine := killTree(t)
	writeRecord(t, pristine)
	old := relative(pristine)
	t.Setenv(childAll, "1")
	done := copyTree(t, pristine)
	took := runChild(t, done.root)
	want := relative(done)
	if record := recordPath(); want[record] == old[record] {
		t.Fatal("RECORD was not rewritten")
	}
	recovered := 0
	for i := range moments {
		tr := copyTree(t, pristine)
		cmd := childCommand(os.Args[0], tr.root)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The first third of a run reads only.
		time.Sleep(took/4 + took*time.Duration(i)/moments*3/4)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		checkOldOrNew(t, i, relative(tr), old, want)
		if len(tr.litter()) > 0 {
			recovered++
		}
		runChild(t, tr.root)
		compareTrees(t, i, relative(tr), want)
		checkLinks(t, i, tr)
		if litter := tr.litter(); len(litter) > 0 {
			t.Fatalf("moment %d: litter %q", i, litter)
		}
		os.RemoveAll(tr.root)
	}
	t.Logf("%d of %d runs left something to undo or to remove", recovered, moments)
}

func recordPath() string { return "pkg-1.0.dist-info/RECORD" }

// writeRecord makes the tree one that an installer made of a wheel.
func writeRecord(t testing.TB, tr *tree) {
	t.Helper()
	var rows strings.Builder
	for name, text := range relative(tr) {
		sum := sha256.Sum256([]byte(text))
		fmt.Fprintf(&rows, "%s,sha256=%s,%d\n", name, base64.RawURLEncoding.EncodeToString(sum[:]), len(text))
	}
	rows.WriteString(recordPath() + ",,\n")
	file := tr.file(recordPath())
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(rows.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

// checkLinks looks whether the names of one file are still names of one file.
func checkLinks(t *testing.T, moment int, tr *tree) {
	t.Helper()
	for i := range 5 {
		one, err := os.Stat(tr.file(fmt.Sprintf("pkg/lib%d.so", i)))
		if err != nil {
			t.Fatal(err)
		}
		if got := one.Sys().(*syscall.Stat_t).Nlink; got != 21 {
			t.Fatalf("moment %d: lib%d.so has %d names, not 21", moment, i, got)
		}
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
