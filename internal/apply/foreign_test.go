package apply

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// swap puts what make makes at the place of the journal file of a tree.
func swap(tr *compiled.Tree, make func(name string) error) {
	tr.T.Helper()
	name := tr.File(journalName)
	if err := errors.Join(os.Rename(name, name+"-old"), make(name)); err != nil {
		tr.T.Fatal(err)
	}
}

// Rule: a journal file is obeyed only where this program wrote it, as this user: nothing
// else under that name is followed, waited for, obeyed or removed. Each is told.
func TestForeignJournalIsNotObeyed(t *testing.T) {
	text := func(edit func(text string) string) func(string) error {
		return func(name string) error {
			old, err := os.ReadFile(name + "-old")
			return errors.Join(err, os.WriteFile(name, []byte(edit(string(old))), 0o600))
		}
	}
	for what, c := range map[string]struct {
		make func(name string) error
		want string
	}{
		"a copy":                     {text(func(s string) string { return s }), "copied"},
		"nothing in it":              {text(func(string) string { return "" }), "copied"},
		"half of its first line":     {text(func(s string) string { return s[:20] }), "copied"},
		"the format of long ago":     {text(func(string) string { return `{"kept":"` + atomicfile.Prefix + `old-1","names":["a"]}` + "\n" }), "copied"},
		"a link to one":              {func(name string) error { return os.Symlink(name+"-old", name) }, "a symbolic link"},
		"a FIFO":                     {func(name string) error { return syscall.Mkfifo(name, 0o600) }, "a FIFO"},
		"a folder":                   {func(name string) error { return os.Mkdir(name, 0o700) }, "a directory"},
		"a device":                   {func(name string) error { return syscall.Mknod(name, syscall.S_IFCHR|0o600, 0) }, "a device"},
		"one that belongs to others": {func(name string) error { return errors.Join(os.Rename(name+"-old", name), os.Chown(name, 1234, -1)) }, "user 1234"},
	} {
		t.Run(what, func(t *testing.T) {
			tr := compiled.New(t)
			write(tr, map[string]string{"a": "old a", "dir/b": "old b"})
			abandonTwo(tr)
			if os.Geteuid() != 0 && (strings.Contains(what, "device") || strings.Contains(what, "others")) {
				t.Skip("only root can make that")
			}
			swap(tr, c.make)
			before := tr.Snapshot()
			problems, err := Recover(tr.Roots())
			if err != nil || len(problems) != 1 {
				t.Fatal(err, compiled.Describe(problems))
			}
			p := problems[0]
			if p.Code != problem.ArchiveUnsafePath || p.Path != journalName || p.Severity != problem.Error || p.Hint == "" || !strings.Contains(p.Message, c.want) {
				t.Error(compiled.Describe(problems))
			}
			if !maps.Equal(before, tr.Snapshot()) {
				t.Error("a file was changed")
			}
		})
	}
}

// Rule: each number in the first line counts: device, inode, time of birth and user.
func TestJournalIsBoundByEachNumber(t *testing.T) {
	tr := compiled.New(t)
	f, err := createJournal(tr.Root)
	if err != nil {
		t.Fatal(err)
	}
	defer f.file.Close()
	b, err := birthOf(f.file)
	if err != nil {
		t.Fatal(err)
	}
	other := map[string]birth{"device": b, "inode": b, "born": b, "user": b}
	for what, o := range other {
		switch what {
		case "device":
			o.dev++
		case "inode":
			o.ino++
		case "born":
			o.born++
		case "user":
			o.uid++
		}
		if _, err := f.file.WriteAt([]byte(o.headLine()), 0); err != nil {
			t.Fatal(err)
		}
		var foreign *foreignError
		if _, _, err := openJournal(tr.Root); !errors.As(err, &foreign) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := f.file.WriteAt([]byte(b.headLine()), 0); err != nil {
		t.Fatal(err)
	}
	if again, _, err := openJournal(tr.Root); err != nil {
		t.Error(err)
	} else {
		again.file.Close()
	}
}

// Rule: in a copy of a tree that is half done nothing is obeyed, removed or written, and
// a run that would write there does not.
func TestCopyOfATreeIsNotObeyed(t *testing.T) {
	tr := compiled.New(t)
	write(tr, map[string]string{"a": "old a", "dir/b": "old b"})
	abandonTwo(tr)
	to := filepath.Join(t.TempDir(), "copy")
	if out, err := exec.Command("cp", "-a", tr.Root, to).CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	copied := compiled.At(t, to)
	problems, err := Recover(copied.Roots())
	if err != nil || len(problems) != 1 || !maps.Equal(tr.Snapshot(), copied.Snapshot()) {
		t.Error(err, compiled.Describe(problems))
	}
	if err := newJournal(copied.Roots()).rewrite(copied.File("a"), "newest"); !errors.Is(err, os.ErrExist) {
		t.Errorf("%v", err)
	}
}

// Rule: what Recover would say a dry run says too, and it changes nothing: where there
// is something to undo it cannot tell what patch would do.
func TestPendingChangesNothing(t *testing.T) {
	tr := compiled.New(t)
	write(tr, map[string]string{"a": "old a", "dir/b": "old b"})
	if problems, err := Pending(tr.Roots()); err != nil || len(problems) > 0 {
		t.Error(err, compiled.Describe(problems))
	}
	abandonTwo(tr)
	appendTo(tr, "temp \"half") // a run that is at work may have come as far
	before := tr.Snapshot()
	if _, err := Pending(tr.Roots()); err == nil || !strings.Contains(err.Error(), tr.Roots()[0].Path) {
		t.Errorf("%v", err)
	}
	if !maps.Equal(before, tr.Snapshot()) {
		t.Error("a file was changed")
	}
	swap(tr, func(name string) error { return os.Symlink("x", name) })
	if problems, err := Pending(tr.Roots()); err != nil || len(problems) != 1 {
		t.Error(err, compiled.Describe(problems))
	}
	if after := tr.Snapshot(); after["a"] != before["a"] || len(after) != len(before)+1 {
		t.Error("a file was changed")
	}
}

// Rule: a run that works or was killed in a directory below a root, or above it, is seen:
// both would write the same files. A foreign journal file there is a file like any other.
func TestRunElsewhereIsSeen(t *testing.T) {
	outer := compiled.New(t)
	write(outer, map[string]string{"sub/a": "old a", "sub/dir/b": "old b", "sub/sub/x": ""})
	sub := compiled.At(t, outer.File("sub"))
	see := func(root string) error {
		trees, err := tree.Walk(tree.Roots{{Path: root, Abs: root}})
		if err != nil {
			t.Fatal(err)
		}
		return Elsewhere(trees)
	}
	abandonTwo(sub)
	for _, root := range []string{outer.Root, outer.File("sub/sub")} {
		if err := see(root); err == nil || !strings.Contains(err.Error(), sub.Root) {
			t.Errorf("%s: %v", root, err)
		}
	}
	swap(sub, func(name string) error { return os.WriteFile(name, nil, 0o600) })
	for _, root := range []string{outer.Root, outer.File("sub/sub")} {
		if err := see(root); err != nil {
			t.Errorf("%s: %v", root, err)
		}
	}
}
