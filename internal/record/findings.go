package record

// Gathering what verification finds: faults become problems, some are waived,
// and a hostile wheel cannot make the list endless.

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// maxAlike is how many problems of one code and root are listed one by one.
const maxAlike = 200

type findings struct {
	ignore []string
	used   []bool
	list   []finding
	seen   map[findingKey]bool
	alike  map[findingKey]int // by root and code
}

type findingKey struct {
	root, path string
	code       problem.Code
}

type finding struct {
	problem.Problem
	root string
}

func newFindings(ignore []string) *findings {
	return &findings{
		ignore: ignore,
		used:   make([]bool, len(ignore)),
		seen:   map[findingKey]bool{},
		alike:  map[findingKey]int{},
	}
}

// ignored tells whether a glob of --ignore-record waives a file, by its path in
// RECORD or below the root. A star matches slashes too, as in Python's fnmatch.
func (f *findings) ignored(paths ...string) bool {
	hit := false
	for i, glob := range f.ignore {
		for _, p := range paths {
			if matchRecordGlob(glob, p) {
				f.used[i], hit = true, true
			}
		}
	}
	return hit
}

func matchRecordGlob(glob, p string) bool {
	flat := func(s string) string { return strings.ReplaceAll(s, "/", "\x00") }
	ok, err := path.Match(flat(glob), flat(p))
	return ok && err == nil
}

// add takes one problem, the first of each code and path.
func (f *findings) add(root string, p problem.Problem) {
	key := findingKey{root, p.Path, p.Code}
	kind := findingKey{root: root, code: p.Code}
	if f.seen[key] {
		return
	}
	if f.alike[kind]++; f.alike[kind] > maxAlike {
		return
	}
	f.seen[key] = true
	f.list = append(f.list, finding{p, root})
}

// fault takes a fault of an archive.
func (f *findings) fault(root string, fault *wheel.Fault) {
	if fault.Kind == wheel.DuplicateFold && f.ignored(fault.Path) {
		return
	}
	f.add(root, tree.FaultProblem(fault))
}

// problems gives the list in its final order. With warn nothing is an error;
// with several, each says in which root it lies.
func (f *findings) problems(warn, several bool) []problem.Problem {
	for kind, n := range f.alike {
		if n > maxAlike {
			f.list = append(f.list, finding{problem.Problem{
				Code: kind.code, Severity: problem.Error,
				Message: fmt.Sprintf("%d more like these", n-maxAlike),
			}, kind.root})
		}
	}
	for i, glob := range f.ignore {
		if !f.used[i] {
			f.list = append(f.list, finding{problem.Problem{
				Code: problem.IgnoreUnused, Severity: problem.Warning,
				Message: fmt.Sprintf("the RECORD glob %q matched no file", glob),
				Hint:    "take it out of wheelAutoPatchIgnoreRecord (--ignore-record)",
			}, ""})
		}
	}
	slices.SortStableFunc(f.list, func(a, b finding) int { return cmp.Compare(a.root, b.root) })
	out := make([]problem.Problem, 0, len(f.list))
	for _, one := range f.list {
		p := one.Problem
		if warn && p.Severity == problem.Error {
			p.Severity = problem.Warning
		}
		if (several || p.Path == "") && one.root != "" {
			p.Root = wheel.Quote(one.root)
		}
		out = append(out, p)
	}
	problem.Sort(out)
	return out
}

func compareRecords(a, b Summary) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Rows, b.Rows))
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
