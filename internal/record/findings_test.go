package record_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	wheels "github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// Rule: of one kind 10,000 errors and 200 notices are listed one by one, and only what
// goes beyond is counted, with its severity. Notices do not fill the list of errors.
func TestProblemsAlikeAreCounted(t *testing.T) {
	for _, c := range []struct {
		notices, errors int
		want            map[string]int // how many of each, by severity and what counts them
	}{
		{200, 250, map[string]int{"notice": 200, "error": 250}},
		{201, 10_000, map[string]int{"notice": 200, "notice 1 more like these": 1, "error": 10_000}},
		{209, 10_002, map[string]int{"notice": 200, "notice 9 more like these": 1, "error": 10_000, "error 2 more like these": 1}},
	} {
		made := wheels.Installed()
		for i := range c.notices {
			made.Files[fmt.Sprintf("%s/demo/a%03d.txt", wheels.Site, i)] = "x"
		}
		for i := range c.errors {
			made.Rows = append(made.Rows, wheels.Row(fmt.Sprintf("demo/gone-%05d.py", i), ""))
		}
		problems := verifyTree(t, writeTree(t, made))
		if n, m := problem.Count(problems, problem.Notice), problem.Count(problems, problem.Error); n != c.notices || m != c.errors {
			t.Errorf("%d notices, %d errors", n, m)
		}
		got := map[string]int{}
		for i, p := range problems {
			switch {
			case p.Path != "":
				got[p.Severity.String()]++
			case i+1 < len(problems) && problems[i+1].Code == p.Code && problems[i+1].Severity == p.Severity:
				t.Errorf("%q stands before what it counts", p.Message)
			default:
				got[p.Severity.String()+" "+p.Message]++
			}
		}
		if !maps.Equal(got, c.want) {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}

// Rule: a problem that is found twice counts once, listed or not.
func TestCountsAreTrue(t *testing.T) {
	made := wheels.Installed()
	for range 2 {
		for i := range 10_010 {
			made.Rows = append(made.Rows, fmt.Sprintf("/gone-%05d,%s,1", i, wheels.Hash("x")))
		}
	}
	for _, p := range verifyTree(t, writeTree(t, made)) {
		if p.Path == "" && p.Message != "10 more like these" {
			t.Errorf("%s: %s", p.Code, p.Message)
		}
	}
}

// Rule: the hint to ignore rows has all names, those of what is only counted too, and is
// not there where it cannot help.
func TestIgnoringIsNoVainHint(t *testing.T) {
	hints := func(edit func(w *wheels.Wheel)) string { return printedOf(t, edit) }
	unlisted := func(w *wheels.Wheel) {
		for i := range 250 {
			w.Members = append(w.Members, wheels.Member{Name: fmt.Sprintf("%c/%03d", 'a'+i/125, i), Data: "x"})
		}
	}
	const hint = `to accept the wheel as it is: wheelAutoPatchIgnoreRecord = [ "a/*" "b/*" ];`
	if text := hints(unlisted); strings.Count(text, hint) != 1 || strings.Count(text, "IgnoreRecord") != 1 {
		t.Errorf("no %s in %s", hint, text)
	}
	for name, edit := range map[string]func(w *wheels.Wheel){
		"a member twice": func(w *wheels.Wheel) { w.Members = append(w.Members, w.Members[0]) },
		"a row outside":  func(w *wheels.Wheel) { w.Rows = append(w.Rows, wheels.Row("/etc/passwd", "x")) },
	} {
		if text := hints(func(w *wheels.Wheel) { unlisted(w); edit(w) }); strings.Contains(text, "IgnoreRecord") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// printedOf verifies a good wheel after an edit and returns what is printed.
func printedOf(t *testing.T, edit func(w *wheels.Wheel)) string {
	t.Helper()
	w := wheels.Good()
	edit(w)
	path := filepath.Join(t.TempDir(), w.File)
	overwrite(t, path, string(w.Bytes()))
	var b strings.Builder
	roots := tree.Roots{{Path: path, Abs: "/" + w.File, Archive: true}}
	verified, err := record.Verify(t.Context(), roots, nil, record.Options{Mode: record.Fail, Jobs: 2})
	if err == nil {
		err = problem.Fprint(&b, verified.Problems, problem.PrintOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Rule: a file that is in the archive twice can be accepted where it is all the same which
// of the two an installer takes, and only there.
func TestMemberTwice(t *testing.T) {
	for contents, accepted := range map[string]bool{"some data\n": true, "some date\n": false, "": false} {
		for _, copies := range []int{1, 2} {
			text := printedOf(t, func(w *wheels.Wheel) {
				m := *w.Member("demo/data.txt")
				for range copies - 1 {
					w.Members = append(w.Members, m)
				}
				m.Data = contents
				w.Members = append(w.Members, m)
			})
			warn, refetch := strings.Contains(text, `wheelAutoPatchRecord = "warn";`), strings.Contains(text, tree.ArchiveHint)
			if warn != accepted || refetch == accepted || strings.Count(text, "error: ") != 1 {
				t.Errorf("%q, %d: %s", contents, copies, text)
			}
		}
	}
	if text := printedOf(t, func(w *wheels.Wheel) {
		m := *w.Member("demo/data.txt")
		m.CRC = func(c uint32) uint32 { return c + 1 }
		w.Members = append(w.Members, m)
	}); strings.Contains(text, "warn") {
		t.Errorf("one that cannot be read: %s", text)
	}
}
