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

// Rule: of one kind 200 problems are listed one by one, and only what goes beyond
// is counted.
func TestProblemsAlikeAreCounted(t *testing.T) {
	const listed = 200
	for gone, more := range map[int]string{
		listed - 1: "",
		listed:     "",
		listed + 1: "1 more like these",
		listed + 9: "9 more like these",
	} {
		made := wheels.Installed()
		for i := range gone {
			made.Rows = append(made.Rows, wheels.Row(fmt.Sprintf("demo/gone-%03d.py", i), ""))
		}
		single, last := 0, ""
		for _, p := range verifyTree(t, writeTree(t, made)) {
			if p.Path == "" {
				last = p.Message
			} else {
				single++
			}
		}
		if single != min(gone, listed) || last != more {
			t.Errorf("%d files gone: %d listed, then %q", gone, single, last)
		}
	}
}

// Rule: what counts has the severity of what it counts, and notices do not fill the list
// of errors: each error stands there though two hundred notices came first.
func TestCountsHaveTheirSeverity(t *testing.T) {
	const notices, errors = 203, 205
	made := wheels.Installed()
	for i := range notices {
		made.Files[fmt.Sprintf("%s/demo/a%03d.txt", wheels.Site, i)] = "x"
	}
	for i := range errors {
		made.Files[fmt.Sprintf("%s/demo/b%03d.py", wheels.Site, i)] = "x"
	}
	got := map[string]int{}
	problems := verifyTree(t, writeTree(t, made))
	if n, m := problem.Count(problems, problem.Notice), problem.Count(problems, problem.Error); n != notices || m != errors {
		t.Errorf("%d notices, %d errors", n, m)
	}
	for _, p := range problems {
		if p.Path == "" {
			got[p.Severity.String()+" "+p.Message]++
		} else {
			got[p.Severity.String()]++
		}
	}
	want := map[string]int{"notice": 200, "error": 200, "notice 3 more like these": 1, "error 5 more like these": 1}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Rule: a problem that is found twice counts once, listed or not.
func TestCountsAreTrue(t *testing.T) {
	made := wheels.Installed()
	for range 2 {
		for i := range 210 {
			made.Rows = append(made.Rows, fmt.Sprintf("/gone-%03d,%s,1", i, wheels.Hash("x")))
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
	hints := func(edit func(w *wheels.Wheel)) string {
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
