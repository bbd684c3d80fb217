package trace

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyload"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
)

// answer returns what is told of all requests, and the problems of what is missing.
func (r *reports) answer() ([]report.AskedReport, []problem.Problem) {
	a := gathering{index: map[[3]string]int{}}
	keys := make([]*request, 0, len(r.requests))
	for _, q := range r.requests {
		keys = append(keys, q)
	}
	// By pid, so that of many searches for one name the same is told each time.
	slices.SortFunc(keys, func(x, y *request) int {
		return cmp.Or(
			cmp.Compare(x.pid, y.pid), cmp.Compare(x.name, y.name), cmp.Compare(x.by, y.by),
			cmp.Compare(x.status, y.status), cmp.Compare(x.path, y.path),
		)
	})
	for _, q := range keys {
		if !q.told() {
			continue
		}
		at := a.add(report.AskedReport{Name: q.name, Status: q.status, Path: q.path})
		if q.status != report.AskedFound && a.list[at].places == nil {
			a.list[at].places = q.passed()
		}
		for _, by := range r.askers(q) {
			a.by(at, by)
		}
	}
	for _, pid := range sortedKeys(r.notes) {
		for _, n := range r.notes[pid] {
			r.addNote(&a, pid, n)
		}
	}
	a.finish()
	return a.reports(), a.problems()
}

// addNote adds what the loader did not search for: find_library may find nothing to open,
// and what is loaded already is opened without a search.
func (r *reports) addNote(a *gathering, pid int, n pyNote) {
	switch n.kind {
	case string(report.FindLibrary):
		if !pyload.Foreign(n.name) && !r.opened(pid, n) {
			at := a.add(report.AskedReport{Name: n.library(), Status: report.AskedMissing})
			a.by(at, report.AskerReport{How: report.FindLibrary, File: n.file, Line: n.line})
		}
	case string(report.Ctypes), string(report.Cffi):
		file, ok := r.loaded[n.name]
		if ok && !r.searched[pidName{pid, n.name}] {
			at := a.add(report.AskedReport{Name: n.name, Status: report.AskedFound, Path: file})
			a.by(at, report.AskerReport{How: report.How(n.kind), File: n.file, Line: n.line})
		}
	}
}

// opens reports whether a note says that Python code opened a library.
func (n pyNote) opens() bool {
	return n.kind == string(report.Ctypes) || n.kind == string(report.Cffi)
}

// told reports whether a request is part of the answer: a library was opened by its
// name, or was not loaded. A module that Python imports, and what an object opens by a
// path, is found without a search.
func (q *request) told() bool {
	return q.status != report.AskedFound || !q.needed && !strings.Contains(q.name, "/")
}

// opened reports whether a process opened what find_library was asked for: then that
// found it. A library that is loaded already is opened without a search.
func (r *reports) opened(pid int, n pyNote) bool {
	missing := map[string]bool{}
	for key := range r.requests {
		if key.pid != pid || key.needed || !strings.HasPrefix(key.name, n.library()) {
			continue
		}
		if key.status != report.AskedMissing {
			return true
		}
		missing[key.name] = true
	}
	return slices.ContainsFunc(r.notes[pid], func(other pyNote) bool {
		return other.opens() && strings.HasPrefix(other.name, n.library()) && !missing[other.name]
	})
}

// askers returns who made a request: the lines of Python that did, where they are
// known.
func (r *reports) askers(q *request) []report.AskerReport {
	how := report.Dlopen
	if q.needed {
		how = report.Needed
	}
	by := report.AskerReport{How: how, Object: q.by}
	var out []report.AskerReport
	for _, n := range r.notes[q.pid] {
		switch {
		case n.opens() && n.name == q.name && !q.needed:
			out = append(out, report.AskerReport{How: report.How(n.kind), Object: q.by, File: n.file, Line: n.line})
		case n.kind == "import" && n.name == q.by:
			by.File, by.Line = n.file, n.line
		case n.kind == "import" && n.name == q.name:
			// The module itself was not loaded.
			out = append(out, report.AskerReport{How: how, Object: q.by, File: n.file, Line: n.line})
		}
	}
	if out == nil {
		out = append(out, by)
	}
	return out
}

// An asked is a library with the search for it.
type asked struct {
	report.AskedReport
	places []ldso.Place
}

// A gathering puts together what is the same for several processes.
type gathering struct {
	list   []asked
	reader codeReader
	index  map[[3]string]int
}

func (g *gathering) add(a report.AskedReport) int {
	key := [3]string{a.Name, string(a.Status), a.Path}
	at, ok := g.index[key]
	if !ok {
		at = len(g.list)
		g.index[key] = at
		g.list = append(g.list, asked{AskedReport: a})
	}
	return at
}

func (g *gathering) by(at int, by report.AskerReport) {
	if !slices.Contains(g.list[at].By, by) {
		g.list[at].By = append(g.list[at].By, by)
	}
}

// finish sorts, and says who has what is missing.
func (g *gathering) finish() {
	for i := range g.list {
		a := &g.list[i]
		slices.SortFunc(a.By, func(x, y report.AskerReport) int {
			return cmp.Or(cmp.Compare(x.How, y.How), cmp.Compare(x.Object, y.Object), cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line))
		})
		a.Searched = []report.PlaceReport{}
		for _, p := range a.places {
			a.Searched = append(a.Searched, report.PlaceReport{Via: string(p.Via), Object: p.Object, Path: p.Dir, Reason: p.Reason})
		}
		if a.Status == report.AskedMissing {
			answer := supply.FindOpened(path.Base(a.Name), supply.Wheel{})
			a.Supplier, a.Attribute = string(answer.From), answer.Attr
		}
	}
	slices.SortFunc(g.list, func(x, y asked) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Status, y.Status), cmp.Compare(x.Path, y.Path))
	})
}

func (g *gathering) reports() []report.AskedReport {
	out := make([]report.AskedReport, 0, len(g.list))
	for _, a := range g.list {
		out = append(out, a.AskedReport)
	}
	return out
}

// problems returns a notice for each library that is missing.
func (g *gathering) problems() []problem.Problem {
	var opened []supply.Opened
	for _, a := range g.list {
		if a.Status != report.AskedMissing {
			continue
		}
		o := supply.Opened{Names: []string{a.Name}, Searched: a.places, Needed: true, Python: true}
		for _, by := range a.By {
			o.By = append(o.By, Said(by))
			o.Needed = o.Needed && by.How == report.Needed
			o.Python = o.Python && (by.How == report.Ctypes || by.How == report.Cffi || by.How == report.FindLibrary)
			for _, load := range g.reader.loads(by.File) {
				if slices.Contains(load.Names, a.Name) {
					o.Loads = append(o.Loads, load)
				}
			}
		}
		opened = append(opened, o)
	}
	return supply.OpenedProblems(opened, supply.Context{})
}

// Said returns an asker in the words of a message.
func Said(by report.AskerReport) string {
	place := ""
	if by.File != "" {
		place = fmt.Sprintf("%s:%d", by.File, by.Line)
	}
	switch {
	case by.How == report.FindLibrary:
		return cmp.Or(place, "Python code") + ", by find_library"
	case by.How == report.Ctypes, by.How == report.Cffi:
		return cmp.Or(place, "Python code") + ", by " + string(by.How)
	case place != "":
		return by.Object + ", imported at " + place
	}
	return by.Object
}
