package record_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	wheels "github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// Rule: what a row costs does not grow with their number, be it true, false, without a
// file or named by many globs, and a file without a row costs no more. Steps are counted
// in allocations, of which each step makes some.
func TestCostOfARow(t *testing.T) {
	ignore := make([]string, 50)
	for i := range ignore {
		ignore[i] = fmt.Sprintf("never/%d/*", i)
	}
	for name, add := range map[string]func(made *wheels.Tree, p string){
		"true": func(made *wheels.Tree, p string) { made.Add(p+".txt", "x") },
		"false": func(made *wheels.Tree, p string) {
			made.Rows = append(made.Rows, wheels.Row(p+".txt", "x"))
			made.Files[wheels.Site+"/"+p+".txt"] = "y"
		},
		"gone":     func(made *wheels.Tree, p string) { made.Rows = append(made.Rows, wheels.Row(p+".txt", "x")) },
		"unlisted": func(made *wheels.Tree, p string) { made.Files[wheels.Site+"/"+p+".py"] = "x" },
		"twice": func(made *wheels.Tree, p string) {
			made.Rows = append(made.Rows, wheels.Row("/etc/"+p, "x"), wheels.Row("/etc/./"+p, "x"))
		},
	} {
		cost := func(n int) float64 {
			made := wheels.Installed()
			for i := range n {
				add(made, fmt.Sprintf("demo/d%d/f%d", i/100, i))
			}
			roots, trees := walk(t, writeTree(t, made))
			return testing.AllocsPerRun(1, func() {
				if _, err := record.Verify(t.Context(), roots, trees, record.Options{Mode: record.Fail, Jobs: 1, Ignore: ignore}); err != nil {
					t.Fatal(err)
				}
			}) / float64(n)
		}
		few, many := cost(200), cost(1200)
		t.Logf("%s: %.1f, then %.1f", name, few, many)
		if many > few*1.2+5 || many > 60 {
			t.Errorf("%s: %.1f allocations a row of 200, %.1f of 1200", name, few, many)
		}
	}
}

// Rule: a wheel is compared with so many installations of its release, and no more: the
// error names the bound.
func TestWheelsOfManyInstallations(t *testing.T) {
	for _, n := range []int{16, 17} {
		made := wheels.Installed()
		made.Wheel = wheels.Good()
		for i := range n - 1 {
			dir := fmt.Sprintf("%s/p%d/demo-1.0.dist-info/", wheels.Site, i)
			made.Files[dir+"METADATA"] = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
			made.Files[dir+"RECORD"] = "demo-1.0.dist-info/RECORD,,\n"
		}
		args, err := made.Write(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		out := args[len(args)-1]
		whl := args[slices.Index(args, "--wheel")+1]
		roots, trees := walk(t, out)
		verified, err := record.Verify(t.Context(), roots, trees, record.Options{Mode: record.Fail, Jobs: 2, Wheels: []string{whl}})
		if err != nil {
			t.Fatal(err)
		}
		told := slices.ContainsFunc(verified.Problems, func(p problem.Problem) bool {
			return p.Severity == problem.Error && strings.Contains(p.Message, "more than the 16 that are compared")
		})
		if told != (n > 16) {
			t.Errorf("%d: %v", n, told)
		}
	}
}
