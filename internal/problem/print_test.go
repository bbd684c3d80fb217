package problem

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

func printed(t *testing.T, problems []Problem, opt PrintOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Fprint(&b, problems, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The first line names severity, code, path and message; details are indented; a
// hint that several problems of a code share is said once, after the last.
func TestFprintShape(t *testing.T) {
	hash := func(path string) Problem {
		return Problem{Code: RecordHashMismatch, Severity: Error, Path: path, Message: "hash differs", Details: []string{"RECORD a", "file b"}, Hint: "fetch it again"}
	}
	got := printed(t, []Problem{hash("b.py"), hash("a.py"), {Code: IgnoreUnused, Severity: Warning, Message: `"x" matched nothing`, Hint: "remove it"}}, PrintOptions{Outcome: "nothing was changed"})
	want := `wheel-auto-patch: error: record-hash-mismatch: a.py: hash differs
  RECORD a
  file b
wheel-auto-patch: error: record-hash-mismatch: b.py: hash differs
  RECORD a
  file b
hint: fetch it again
wheel-auto-patch: warning: ignore-unused: "x" matched nothing
hint: remove it
wheel-auto-patch: 2 errors; nothing was changed
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Nothing wrong prints nothing.
func TestFprintNothing(t *testing.T) {
	if got := printed(t, nil, PrintOptions{Outcome: "nothing was changed"}); got != "" {
		t.Errorf("%q", got)
	}
}

// However many problems there are, of whatever kinds, all that a reader of the
// last 20 lines needs is there: the summary begins within them.
func TestSummaryFits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	codes := []Code{LibraryNotFound, RecordHashMismatch, VersionNotFound, SonameConflict, ImpureRunpath, ExecutableStack, IgnoreUnused, ObjectDamaged, PatchelfFailed, WrongLibc, RecordAbsent, ArchiveDamaged}
	for range 300 {
		var problems []Problem
		for i := range 1 + rng.IntN(120) {
			p := Problem{
				Code: codes[rng.IntN(len(codes))], Severity: Severity(rng.IntN(3)), Path: fmt.Sprintf("dir/f%d.so", i),
				Message: fmt.Sprintf("lib%d.so", i), Details: []string{"one", "two"}, Hint: fmt.Sprintf("hint %d", i),
			}
			if p.Code == LibraryNotFound {
				soname := p.Message
				p.Subject = soname
				p.Cure = [...]Cure{{Inputs: []string{soname}}, {Locate: []string{soname}}, {Advice: []string{soname}}, {Plugins: []Pattern{{"a.so", soname}}}, {Dists: []string{soname}, Ignore: []string{soname}}}[rng.IntN(5)]
			}
			problems = append(problems, p)
		}
		lines := strings.Split(strings.TrimSuffix(printed(t, problems, PrintOptions{Objects: 9, Outcome: "nothing was changed"}), "\n"), "\n")
		if len(lines) <= SummaryLines {
			continue
		}
		tail := strings.Join(lines[len(lines)-SummaryLines:], "\n")
		if !strings.Contains(tail, "wheel-auto-patch: summary") {
			t.Fatalf("no summary in the last %d lines:\n%s", SummaryLines, tail)
		}
	}
}

// The summary counts each problem once: those that it names, and after them all others of
// the code, those that are only counted too.
func TestSummaryCountsAll(t *testing.T) {
	for named, want := range map[int]string{30: "record-missing-file, 40\n", 400: "record-missing-file, 410\n"} {
		problems := []Problem{{Code: RecordMissingFile, Severity: Error, Message: "10 more like these", Many: 10}}
		for i := range named {
			problems = append(problems, Problem{Code: RecordMissingFile, Severity: Error, Path: fmt.Sprintf("f%03d", i), Message: "gone"})
		}
		got := printed(t, problems, PrintOptions{})
		got = got[strings.Index(got, "summary"):]
		var more int
		if _, err := fmt.Sscanf(got[strings.Index(got, "(+"):], "(+%d more)", &more); err != nil || !strings.Contains(got, want) || len(regexp.MustCompile(" f[0-9]+").FindAllString(got, -1))+more != named+10 {
			t.Errorf("%d are counted, %v: %s", more, err, got)
		}
	}
}

// Libraries of the inputs can lack others, too: they are no part of the objects
// that were looked at.
func TestCountsNoMoreThanThereAre(t *testing.T) {
	missing := Problem{Code: LibraryNotFound, Severity: Error, Message: "libc.so.6", Cure: Cure{Ignore: []string{"libc.so.6"}, Objects: []string{"a", "b", "c"}}}
	for objects, want := range map[int]string{2: "1 library missing for 3 objects\n", 3: "1 library missing for 3 of 3 objects\n"} {
		if got := printed(t, []Problem{missing}, PrintOptions{Objects: objects}); !strings.Contains(got, want) {
			t.Errorf("%d: %q", objects, got)
		}
	}
}

// A file name cannot write to the terminal.
func TestFprintIsSafe(t *testing.T) {
	got := printed(t, []Problem{{Code: ObjectDamaged, Path: "a\x1b[2Jb", Message: "c\rd", Details: []string{"e\x07f"}, Hint: "g\u009bh"}}, PrintOptions{})
	if strings.ContainsAny(got, "\x1b\r\x07\u009b") {
		t.Errorf("%q", got)
	}
}

// Colour comes only when it was asked for.
func TestFprintColor(t *testing.T) {
	problems := []Problem{{Code: ObjectDamaged, Severity: Error, Message: "m", Hint: "h"}}
	if got := printed(t, problems, PrintOptions{Color: true}); !strings.Contains(got, "\x1b[1;31merror\x1b[0m") {
		t.Errorf("%q", got)
	}
	if got := printed(t, problems, PrintOptions{}); strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
}

// Severities, codes, paths, messages and details decide the order, in that order.
func TestSortIsTotal(t *testing.T) {
	a := []Problem{{Code: "b", Severity: Error}, {Code: "a", Severity: Notice}, {Code: "a", Severity: Error, Path: "y"}, {Code: "a", Severity: Error, Path: "x"}}
	Sort(a)
	if got := fmt.Sprint(a[0].Path, a[1].Path, a[2].Code, a[3].Severity); got != "xybnotice" && got != "x y b notice" {
		t.Error(got)
	}
}

// Rule: JSON says what the text says; lists are never null, and what is no
// character of markup in the one is none in the other.
func TestMarshalJSON(t *testing.T) {
	p := Problem{
		Code: LibraryNotFound, Severity: Error, Path: "a.so", PathSaid: true, Message: "libz.so.1", NeededBy: []string{"a.so", "b.so", "c.so", "d.so"},
		Searched: &Search{Steps: []Step{{"RUNPATH", []string{"/1", "/2", "/3", "/4", "/5"}}}, Passed: []Passed{{"/1", "<x>"}, {"/1", "<x>"}}},
		Details:  []string{"in nixpkgs: zlib"}, Root: "w.whl", Cure: Cure{Inputs: []string{"zlib"}, Ignore: []string{"libz.so.1"}},
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode([]Problem{p, {Code: RecordAbsent}}); err != nil {
		t.Fatal(err)
	}
	want := `[{"code":"library-not-found","root":"w.whl","path":"a.so","message":"libz.so.1","details":["needed by a.so","      and b.so","      and c.so (+1 more)",` +
		`"searched, in order:","  RUNPATH    /1, /2, /3, /4 (+1 more)","  passed over in /1: <x>","in nixpkgs: zlib","in w.whl"],` +
		`"hint":"buildInputs = [ zlib ];\nor, if it is never loaded: wheelAutoPatchIgnoreMissingDeps = [ \"libz.so.1\" ];","severity":"error"},` +
		`{"code":"record-absent","root":"","path":"","message":"","details":[],"hint":"","severity":"notice"}]` + "\n"
	if got := b.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Rule: one hint is said once only within one code.
func TestHintIsSharedWithinOneCode(t *testing.T) {
	problems := []Problem{
		{Code: ObjectDamaged, Severity: Error, Path: "a", Message: "m", Hint: "h"},
		{Code: PatchelfFailed, Severity: Error, Path: "b", Message: "m", Hint: "h"},
	}
	if got := printed(t, problems, PrintOptions{}); strings.Count(got, "hint: h\n") != 2 {
		t.Error(got)
	}
}

// Rule: the path is named unless the maker of the problem has said it, whatever
// words the rest holds.
func TestPathIsNamed(t *testing.T) {
	for name, want := range map[string]bool{"list": true, "other": true} {
		got := printed(t, []Problem{{Code: RecordHashMismatch, Path: name, Message: "its contents are not those that RECORD lists"}}, PrintOptions{})
		if strings.Contains(got, ": "+name+": ") != want {
			t.Error(got)
		}
	}
	if got := printed(t, []Problem{{Code: LibraryNotFound, Path: "a.so", PathSaid: true, Message: "libz.so.1", NeededBy: []string{"a.so"}}}, PrintOptions{}); strings.Contains(got, "a.so: libz") {
		t.Error(got)
	}
}
