package record

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// maxAlike returns how many problems of one code, severity and root are listed one by
// one: a hostile wheel could have any number. Errors are what somebody must look at.
func maxAlike(s problem.Severity) int {
	if s == problem.Error {
		return 10_000
	}
	return 200
}

// findings gathers the problems of one verification, without those that the user waives.
type findings struct {
	ignore []string // globs of --ignore-record
	flat   []string // the globs, by flatten
	used   []bool   // by glob: it matched a file
	all    []finding
	seen   map[findingKey]bool
	alike  map[findingKey]*alike // by root, code and severity
}

type findingKey struct {
	root, path string
	code       problem.Code
	severity   problem.Severity
}

// alike are the problems of one kind.
type alike struct {
	count int
	cure  problem.Cure // of those that are not listed
}

// A finding is a problem and the root in which it lies.
type finding struct {
	problem.Problem
	root string
}

func newFindings(ignore []string) *findings {
	flat := make([]string, len(ignore))
	for i, glob := range ignore {
		flat[i] = flatten(glob)
	}
	return &findings{
		ignore: ignore,
		flat:   flat,
		used:   make([]bool, len(ignore)),
		seen:   map[findingKey]bool{},
		alike:  map[findingKey]*alike{},
	}
}

// part returns empty findings with the same globs, for one of several wheels.
func (f *findings) part() *findings { return newFindings(f.ignore) }

// take adds what was found in a part, whose roots have no other findings.
func (f *findings) take(part *findings) {
	f.all = append(f.all, part.all...)
	maps.Copy(f.seen, part.seen)
	maps.Copy(f.alike, part.alike)
	for i, used := range part.used {
		f.used[i] = f.used[i] || used
	}
}

// ignored reports whether a glob of --ignore-record waives a file. The paths are its
// names: that in RECORD, that below the root.
func (f *findings) ignored(paths ...string) bool {
	if len(f.ignore) == 0 {
		return false
	}
	waived := false
	for _, p := range paths {
		p = flatten(p)
		for i, glob := range f.flat {
			if ok, err := path.Match(glob, p); ok && err == nil {
				f.used[i], waived = true, true
			}
		}
	}
	return waived
}

// flatten returns a glob or a path without slashes: a star matches them too, as in
// Python's fnmatch.
func flatten(s string) string { return strings.ReplaceAll(s, "/", "\x00") }

// add adds a problem, unless one with its root, code, path and severity was added before.
func (f *findings) add(root string, p problem.Problem) {
	key := findingKey{root, p.Path, p.Code, p.Severity}
	if f.seen[key] {
		return
	}
	f.seen[key] = true
	kind := findingKey{root: root, code: p.Code, severity: p.Severity}
	a := f.alike[kind]
	if a == nil {
		a = &alike{}
		f.alike[kind] = a
	}
	if a.count++; a.count <= maxAlike(p.Severity) {
		f.all = append(f.all, finding{p, root})
		return
	}
	a.cure.Advice = p.Cure.Advice
	a.cure.Records = append(a.cure.Records, p.Cure.Records...)
	a.cure.WheelRecords = append(a.cure.WheelRecords, p.Cure.WheelRecords...)
	a.cure.TreeRecords = append(a.cure.TreeRecords, p.Cure.TreeRecords...)
}

// withoutVain takes the hints to ignore rows out of the problems of roots that have an
// error which no such hint helps.
func withoutVain(all []finding) {
	vain := map[string]bool{}
	for _, p := range all {
		if p.Severity == problem.Error && len(p.Cure.Records)+len(p.Cure.WheelRecords)+len(p.Cure.TreeRecords) == 0 {
			vain[p.root] = true
		}
	}
	for i := range all {
		if vain[all[i].root] {
			all[i].Cure.WheelRecords = nil
		}
	}
}

// problems returns the sorted problems. With warn, errors become warnings; with several,
// there are several roots and each problem names its own.
func (f *findings) problems(warn, several bool) []problem.Problem {
	for kind, a := range f.alike {
		if more := a.count - maxAlike(kind.severity); more > 0 {
			f.all = append(f.all, finding{problem.Problem{
				Code: kind.code, Severity: kind.severity, Cure: a.cure, Many: more,
				Message: fmt.Sprintf("%d more like these", more),
			}, kind.root})
		}
	}
	withoutVain(f.all)
	for i, glob := range f.ignore {
		if !f.used[i] {
			f.all = append(f.all, finding{problem.Problem{
				Code: problem.IgnoreUnused, Severity: problem.Warning,
				Message: fmt.Sprintf("the RECORD glob %q matched no file", glob),
				Hint:    "take it out of wheelAutoPatchIgnoreRecord",
				ByHand:  "take away --ignore-record " + words.ShellWord(glob),
			}, ""})
		}
	}
	slices.SortStableFunc(f.all, func(a, b finding) int { return cmp.Compare(a.root, b.root) })
	out := make([]problem.Problem, 0, len(f.all))
	for _, found := range f.all {
		p := found.Problem
		if warn && p.Severity == problem.Error {
			p.Severity = problem.Warning
		}
		if (several || p.Path == "") && found.root != "" {
			p.Root = found.root
		}
		out = append(out, p)
	}
	problem.Sort(out)
	return out
}

func compareSummaries(a, b Summary) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Rows, b.Rows))
}

// sameFile reports whether two paths lead to one file.
func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
