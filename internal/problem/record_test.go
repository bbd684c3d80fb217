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
		tree, wheel []string
		want        string
	}{
		{[]string{"a.py"}, nil, `if the derivation changes it on purpose: wheelAutoPatchIgnoreRecord = [ "a.py" ];`},
		{[]string{"b", "a", "b"}, nil, `if the derivation changes them on purpose: wheelAutoPatchIgnoreRecord = [ "a" "b" ];`},
		{nil, []string{"a"}, `to accept the wheel as it is: wheelAutoPatchIgnoreRecord = [ "a" ];`},
		{[]string{"a"}, []string{"a", "b"}, `if the derivation changes it on purpose, or to accept the wheel as it is: wheelAutoPatchIgnoreRecord = [ "a" "b" ];`},
		{many("p/%02d", 9), nil, `if the derivation changes them on purpose: wheelAutoPatchIgnoreRecord = [ "p/*" ];`},
		{many("p/%02d/x", 9), nil, `if the derivation changes them on purpose: wheelAutoPatchIgnoreRecord = [ "p/*" ];`},
		{many("../../../bin/%02d", 9), nil, `if the derivation changes them on purpose: wheelAutoPatchIgnoreRecord = [ "../../../bin/*" ];`},
		{many("%d", 10), nil, `if the derivation changes them on purpose: wheelAutoPatchIgnoreRecord = [ "0" "1" "2" "3" "4" "5" "6" "7" ];  # and 2 more`},
		{[]string{"${x}"}, nil, `if the derivation changes it on purpose: wheelAutoPatchIgnoreRecord = [ "\${x}" ];`},
	} {
		var b strings.Builder
		var problems []Problem
		for _, p := range c.tree {
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
