package problem

import (
	"fmt"
	"path"
	"strings"
	"testing"
)

// Rule: files that differ from RECORD make one line with one attribute, which names each
// of them: by its path where they are few, else by its folder, at most eight in all; what
// is not named is counted.
func TestRecordsAreOneAttribute(t *testing.T) {
	many := func(format string, n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf(format, i))
		}
		return list
	}
	for _, c := range []struct {
		changed, wheel []string
		want           string
	}{
		{[]string{"a.py"}, nil, `if the derivation changes it on purpose: wheelAutoPatchIgnoreRecord = [ "a.py" ];`},
		{[]string{"b", "a", "b"}, nil, `if the derivation changes them on purpose: wheelAutoPatchIgnoreRecord = [ "a" "b" ];`},
		{nil, []string{"a"}, `to accept the wheel as it is: wheelAutoPatchIgnoreRecord = [ "a" ];`},
		{[]string{"a"}, []string{"a", "b"}, `if the derivation changes it on purpose, or to accept the wheel as it is: wheelAutoPatchIgnoreRecord = [ "a" "b" ];`},
		{many("p/%02d", 9), nil, `if the derivation changes them on purpose: wheelAutoPatchIgnoreRecord = [ "p/*" ];`},
		{many("p/%02d/x", 9), nil, `if the derivation changes them on purpose: wheelAutoPatchIgnoreRecord = [ "p/*" ];`},
		{many("p/%02d.so", 9), nil, `if the derivation changes them on purpose: wheelAutoPatchIgnoreRecord = [ "p/*.so" ];`},
		{many("p/%02d/x.so", 9), nil, `if the derivation changes them on purpose: wheelAutoPatchIgnoreRecord = [ "p/*.so" ];`},
		{many("p/%02d/x.%[1]d", 9), nil, `if the derivation changes them on purpose: wheelAutoPatchIgnoreRecord = [ "p/*" ];`},
		{many("../../../bin/%02d", 9), nil, `if the derivation changes them on purpose: wheelAutoPatchIgnoreRecord = [ "../../../bin/*" ];`},
		{many("%d", 10), nil, `if the derivation changes them on purpose: wheelAutoPatchIgnoreRecord = [ "0" "1" "2" "3" "4" "5" "6" "7" ];  # and 2 more`},
		{[]string{"${x}"}, nil, `if the derivation changes it on purpose: wheelAutoPatchIgnoreRecord = [ "\${x}" ];`},
	} {
		var b strings.Builder
		var problems []Problem
		for _, p := range c.changed {
			problems = append(problems, Problem{Code: RecordHashMismatch, Path: p, Cure: Cure{Records: []string{p}}})
		}
		for _, p := range c.wheel {
			problems = append(problems, Problem{Code: RecordHashMismatch, Path: p, Cure: Cure{WheelRecords: []string{p}}})
		}
		if err := Fprint(&b, problems, PrintOptions{}); err != nil {
			t.Fatal(err)
		}
		if strings.Count(b.String(), "wheelAutoPatchIgnoreRecord") != 1 || !strings.Contains(b.String(), "hint: "+c.want+"\n") {
			t.Errorf("want %s\nin %s", c.want, b.String())
		}
	}
}

// Rule: only files that were right in their wheel can have been changed by a derivation.
// Of others the line says what it accepts.
func TestRecordLineSaysWhoseItIs(t *testing.T) {
	for want, cure := range map[string]Cure{
		"if the derivation changes it on purpose":                                 {Records: []string{"a"}},
		"to accept the wheel as it is":                                            {WheelRecords: []string{"a"}, TreeRecords: []string{"a"}},
		"to accept the tree as it is":                                             {TreeRecords: []string{"a"}},
		"if the derivation changes it on purpose, or to accept the tree as it is": {Records: []string{"a"}, TreeRecords: []string{"b"}},
	} {
		if got, _, _ := strings.Cut(cure.recordLine(Reader{}), ": "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Rule: the glob that is printed for a path matches it, and has nothing in it at which a
// list of the hook would be split.
func TestRecordGlobMatches(t *testing.T) {
	names := []string{"a", "a b", "*", "[x]", `\`, "?", "[", "é", "a\nb\tc", "\u202e", "\xff", "${x}"}
	for _, name := range names {
		glob := recordGlob(name)
		if ok, err := path.Match(glob, name); !ok || err != nil || strings.ContainsAny(glob, " \n\t") {
			t.Errorf("%q does not match %q: %v", glob, name, err)
		}
	}
}
