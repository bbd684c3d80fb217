package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// Rule: an entry that leads out of the store is told once, however often it is there, and an
// empty one by what it means.
func TestImpureRunpath(t *testing.T) {
	got := impureRunpath("a/x.so", []string{"", "/opt/x", "", "/opt/x"}, true).Details
	if want := []string{`"", which is the current directory`, `"/opt/x"`}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Rule: where a library is missing, an object of the tree that has its DT_SONAME under another
// file name is told: a program may have loaded that one before.
func TestMissingUnderAnotherFileName(t *testing.T) {
	for soname, told := range map[string]bool{"libm.so.3": true, "libother.so.3": false} {
		w := newWorld(map[string]*elfobj.Object{"a/s.so": object("needed libm.so.3"), "a/m.so": object("soname " + soname)})
		problems := Make(w.inventory(), w.target(), w.options).Problems
		i := slices.IndexFunc(problems, func(p problem.Problem) bool { return p.Code == problem.LibraryNotFound })
		if i < 0 || slices.ContainsFunc(problems[i].Details, func(line string) bool { return strings.HasPrefix(line, "a/m.so has that DT_SONAME") }) != told {
			t.Errorf("%s: %+v", soname, problems)
		}
	}
}
