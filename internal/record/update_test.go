package record_test

import (
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	wheels "github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

const demoRecord = wheels.Site + "/demo-1.0.dist-info/RECORD"

// writeTree makes an installation and returns its prefix.
func writeTree(t *testing.T, installed *wheels.Tree) (out string) {
	t.Helper()
	args, err := installed.Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return args[len(args)-1]
}

func update(t *testing.T, out string, edited []string, all bool) (before, after []string, written []string) {
	t.Helper()
	read := func() []string {
		data, err := os.ReadFile(filepath.Join(out, demoRecord))
		if err != nil {
			t.Fatal(err)
		}
		return strings.SplitAfter(string(data), "\n")
	}
	before = read()
	_, trees := walk(t, out)
	u, err := record.NewUpdate(t.Context(), trees, nil, record.UpdateOptions{Edited: edited, All: all, Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	if written, _, err = u.Write(func(path, text string) error { return os.WriteFile(path, []byte(text), 0) }); err != nil {
		t.Fatal(err)
	}
	return before, read(), written
}

// walk lists the tree at out, which is the one root.
func walk(t *testing.T, out string) (tree.Roots, []*tree.Listing) {
	t.Helper()
	roots := tree.Roots{{Path: out, Abs: out}}
	trees, err := tree.Walk(roots)
	if err != nil {
		t.Fatal(err)
	}
	return roots, trees
}

func overwrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func verifyTree(t *testing.T, out string) []problem.Problem {
	t.Helper()
	roots, trees := walk(t, out)
	verified, err := record.Verify(t.Context(), roots, trees, record.Options{Mode: record.Fail, Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	return verified.Problems
}

// Rule: the row of an edited file gets its hash and size; every other row, the
// order and the line endings stay byte for byte; and then verify is silent.
func TestUpdateRecordsEdited(t *testing.T) {
	made := wheels.Installed()
	made.Replace("demo/__init__.py", `"demo/__init__.py",`+wheels.Hash("answer = 42\n")+",12\r")
	out := writeTree(t, made)
	lib := filepath.Join(out, wheels.Site, "demo/core.so")
	overwrite(t, lib, "\x7fELF patched\n")
	before, after, written := update(t, out, []string{lib}, false)
	if len(written) != 1 {
		t.Errorf("%d RECORDs written", len(written))
	}
	for i := range before {
		want := before[i]
		if strings.HasPrefix(want, "demo/core.so,") {
			want = wheels.Row("demo/core.so", "\x7fELF patched\n") + "\n"
		}
		if after[i] != want {
			t.Errorf("row %q, want %q", after[i], want)
		}
	}
	if problems := verifyTree(t, out); len(problems) > 0 {
		t.Errorf("verify: %v", problems)
	}
}

// Rule: what is known of an edited file is written into its row without a read, whatever
// its size was before; another algorithm than SHA-256 is computed.
func TestUpdateRecordsTakesWhatIsKnown(t *testing.T) {
	for _, alg := range []string{"sha256", "sha512"} {
		made := wheels.Installed()
		if alg == "sha512" {
			sum := sha512.Sum512([]byte("x"))
			made.Replace("demo/core.so", "demo/core.so,sha512="+base64.RawURLEncoding.EncodeToString(sum[:])+",1")
		}
		out := writeTree(t, made)
		lib := filepath.Join(out, wheels.Site, "demo/core.so")
		roots, trees := walk(t, out)
		verified, err := record.Verify(t.Context(), roots, trees, record.Options{Mode: record.Warn, Jobs: 2})
		if err != nil {
			t.Fatal(err)
		}
		overwrite(t, lib, "\x7fELF patched\n")
		known := tree.Sum{SHA256: strings.Repeat("\x01", 32), Size: 12345}
		u, err := record.NewUpdate(t.Context(), trees, verified.Dists, record.UpdateOptions{
			Edited: []string{lib}, Sums: map[string]tree.Sum{lib: known}, Jobs: 2,
		})
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if _, _, err := u.Write(func(_, text string) error { got = text; return nil }); err != nil {
			t.Fatal(err)
		}
		want := "demo/core.so,sha256=" + base64.RawURLEncoding.EncodeToString([]byte(known.SHA256)) + ",12345\n"
		if alg == "sha512" {
			sum := sha512.Sum512([]byte("\x7fELF patched\n"))
			want = "demo/core.so,sha512=" + base64.RawURLEncoding.EncodeToString(sum[:]) + ",13\n"
		}
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

// Rule: a file that was not edited by us keeps its false row, so that verify
// still finds it.
func TestUpdateRecordsHidesNothing(t *testing.T) {
	out := writeTree(t, wheels.Installed())
	overwrite(t, filepath.Join(out, wheels.Site, "demo/data.txt"), "tampered")
	lib := filepath.Join(out, wheels.Site, "demo/core.so")
	overwrite(t, lib, "\x7fELF patched\n")
	update(t, out, []string{lib}, false)
	problems := verifyTree(t, out)
	if !slices.ContainsFunc(problems, func(p problem.Problem) bool { return p.Code == problem.RecordHashMismatch }) {
		t.Errorf("verify: %v", problems)
	}
}

// Rule: with all, every row is brought up to date, those of files that are gone
// are dropped, and those that are true already stay as they are written.
func TestUpdateRecordsAll(t *testing.T) {
	made := wheels.Installed()
	out := writeTree(t, made)
	overwrite(t, filepath.Join(out, "bin/demo"), "#!/nix/store/python\nwrapped\n")
	if err := os.Remove(filepath.Join(out, wheels.Site, "demo/data.txt")); err != nil {
		t.Fatal(err)
	}
	before, after, _ := update(t, out, nil, true)
	var want []string
	for _, row := range before {
		switch {
		case strings.HasPrefix(row, "demo/data.txt,"):
			continue
		case strings.HasPrefix(row, "../../../bin/demo,"):
			row = wheels.Row("../../../bin/demo", "#!/nix/store/python\nwrapped\n") + "\n"
		}
		want = append(want, row)
	}
	if !slices.Equal(after, want) {
		t.Errorf("got %q\nwant %q", after, want)
	}
	if problems := verifyTree(t, out); len(problems) > 0 {
		t.Errorf("verify: %v", problems)
	}
}

// Rule: the row of a file that was moved to another output goes with all, and a notice
// says so once: a row that named that output would be a reference to it. The others stay.
func TestUpdateRecordsMovedAway(t *testing.T) {
	out := writeTree(t, wheels.Installed())
	doc := filepath.Join(t.TempDir(), "doc")
	if err := errors.Join(os.MkdirAll(filepath.Join(doc, "share"), 0o777), os.Rename(filepath.Join(out, "share/demo.txt"), filepath.Join(doc, "share/demo.txt"))); err != nil {
		t.Fatal(err)
	}
	roots := tree.Roots{{Path: "out", Abs: out}, {Path: "doc", Abs: doc}}
	for _, c := range []struct {
		all     bool
		notices int
	}{{false, 0}, {true, 1}, {true, 0}} {
		trees, err := tree.Walk(roots)
		if err != nil {
			t.Fatal(err)
		}
		old, err := os.ReadFile(filepath.Join(out, demoRecord))
		if err != nil {
			t.Fatal(err)
		}
		u, err := record.NewUpdate(t.Context(), trees, nil, record.UpdateOptions{All: c.all, Jobs: 2})
		if err != nil {
			t.Fatal(err)
		}
		text := string(old)
		_, notices, err := u.Write(func(_, s string) error { text = s; return os.WriteFile(filepath.Join(out, demoRecord), []byte(s), 0) })
		if err != nil || len(notices) != c.notices {
			t.Fatalf("%+v: %v, %v", c, notices, err)
		}
		want := string(old)
		if c.notices > 0 {
			want = strings.Replace(want, wheels.Row("../../../share/demo.txt", "shared\n")+"\n", "", 1)
			if n := notices[0]; n.Severity != problem.Notice || !slices.Equal(n.Objects, []string{"../../../share/demo.txt"}) || n.Root != "out" || want == string(old) {
				t.Errorf("%+v", n)
			}
		}
		if text != want {
			t.Errorf("%+v: got %s\nwant %s", c, text, want)
		}
	}
}

// Rule: a row keeps its algorithm; a library that moved out of site-packages is
// found through the link that it left.
func TestUpdateRecordsThroughLink(t *testing.T) {
	made := wheels.Installed()
	made.Link(wheels.Site+"/demo/core.so", "lib/core.so")
	out := writeTree(t, made)
	lib := filepath.Join(out, "lib/core.so")
	overwrite(t, lib, "\x7fELF patched\n")
	_, after, _ := update(t, out, []string{lib}, false)
	if want := wheels.Row("demo/core.so", "\x7fELF patched\n") + "\n"; !slices.Contains(after, want) {
		t.Errorf("no row %q in %q", want, after)
	}
}

// Rule: a second run writes nothing.
func TestUpdateRecordsTwice(t *testing.T) {
	out := writeTree(t, wheels.Installed())
	lib := filepath.Join(out, wheels.Site, "demo/core.so")
	overwrite(t, lib, "\x7fELF patched\n")
	if _, _, written := update(t, out, []string{lib}, false); len(written) != 1 {
		t.Errorf("first run wrote %q", written)
	}
	if _, _, written := update(t, out, []string{lib}, true); len(written) > 0 {
		t.Errorf("second run wrote %q", written)
	}
}

// Rule: a RECORD that cannot be read is left as it is, and stops nothing: the
// user who has come this far has switched verification off.
func TestUpdateRecordsMalformed(t *testing.T) {
	made := wheels.Installed()
	made.Rows[0] = "two,columns"
	out := writeTree(t, made)
	before, after, written := update(t, out, nil, true)
	if len(written) > 0 || !slices.Equal(before, after) {
		t.Errorf("%q written: %q", written, after)
	}
}

// Rule: a true digest with a false size is rewritten, with the size alone
// changed.
func TestUpdateRecordsSize(t *testing.T) {
	const text = "\x7fELF core\n"
	made := wheels.Installed()
	made.Replace("demo/core.so", "demo/core.so,"+wheels.Hash(text)+",7")
	out := writeTree(t, made)
	_, after, written := update(t, out, []string{filepath.Join(out, wheels.Site, "demo/core.so")}, false)
	if want := wheels.Row("demo/core.so", text) + "\n"; len(written) != 1 || !slices.Contains(after, want) {
		t.Errorf("no row %q in %q", want, after)
	}
}
