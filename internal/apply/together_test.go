package apply

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: one call of patchelf is for small files that are edited alike, so many and no more;
// what the user's flags do to several is not known.
func TestTogether(t *testing.T) {
	var edits []*edit
	add := func(name string, size int64, e plan.Edit) {
		edits = append(edits, &edit{object: &plan.Object{Object: tree.Object{Path: name, Size: size}, Edit: &e}})
	}
	own := plan.Edit{SetRunpath: true, Runpath: []string{"$ORIGIN"}}
	add("large", maxTogether+1, own)
	for i := range 5 {
		add(fmt.Sprintf("four%d", i), maxTogether, own)
	}
	add("other", 1, plan.Edit{SetRunpath: true})
	add("stack", 1, plan.Edit{SetRunpath: true, ClearExecstack: true})
	for i := range maxTogetherFiles {
		add(fmt.Sprintf("small%d", i), 1, own)
	}
	add("stack alone", 1, plan.Edit{ClearExecstack: true})
	add("stack alone too", 1, plan.Edit{ClearExecstack: true})
	names := func(groups [][]*edit) (all []string) {
		for _, group := range groups {
			var of []string
			for _, e := range group {
				of = append(of, e.object.Path)
			}
			all = append(all, strings.Join(of, " "))
		}
		return all
	}
	want := []string{
		"large", "four0 four1 four2 four3",
		"four4 small0 small1 small2 small3 small4 small5 small6 small7 small8 small9 small10 small11 small12 small13 small14",
		"other", "stack", "small15", "stack alone", "stack alone too",
	}
	if diff := cmp.Diff(want, names((&writer{}).together(edits))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if alone := (&writer{flags: []string{"--no-sort"}}).together(edits); len(alone) != len(edits) {
		t.Errorf("%q", names(alone))
	}
}

// Rule: where a call for several files fails, the file whose fault it is is reported, by a
// call for it alone; so is one that only that call damages, if it is damaged alone too.
func TestOneOfSeveralIsToBlame(t *testing.T) {
	for name, c := range map[string]struct {
		lines string
		bad   bool
	}{
		"fails":          {`for file; do if [ -f "$file" ] && grep -q "this is two" "$file"; then echo "not two" >&2; exit 1; fi; done`, true},
		"damages":        {`for file; do case $file in /*new-*) grep -q "this is two" "$file" && truncate -s 4096 "$file" ;; esac; done; true`, true},
		"only in a call": {`[ -n "$out" ] || for file; do case $file in /*new-*) truncate -s 4096 "$file" ;; esac; done`, false},
	} {
		t.Run(name, func(t *testing.T) {
			tr := compiled.New(t)
			for _, word := range []string{"one", "two", "three"} {
				tr.Compile("lib"+word+".so", fmt.Sprintf("const char *is = %q;", "this is "+word))
				tr.Add("lib"+word+".so", compiled.SetRunpath("$ORIGIN"))
			}
			calls := filepath.Join(t.TempDir(), "calls")
			program := wrapped(t, c.lines)
			text, err := os.ReadFile(program)
			if err != nil {
				t.Fatal(err)
			}
			logged := strings.Replace(string(text), "for word", "echo \"$@\" >>"+calls+"\nfor word", 1)
			if err := os.WriteFile(program, []byte(logged), 0o755); err != nil {
				t.Fatal(err)
			}
			testenv.Tool(t, "truncate")
			applied, problems := applyTo(tr, Options{Patchelf: program, Jobs: 1})
			if log, _ := os.ReadFile(calls); strings.Count(strings.SplitN(string(log), "\n", 2)[0], "new-") != 3 {
				t.Fatalf("the first call is not for all:\n%s", log)
			}
			if !c.bad && (len(problems) > 0 || len(applied.Edited) != 3) {
				t.Errorf("%+v", problems)
			}
			if c.bad && (len(problems) != 1 || problems[0].Path != "libtwo.so" || problems[0].Severity != problem.Error || !strings.Contains(problems[0].Details[0], "--output")) {
				t.Errorf("%+v", problems)
			}
		})
	}
}
