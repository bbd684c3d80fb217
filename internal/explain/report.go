package explain

import (
	"cmp"
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// Report returns the model in the form that all commands share (docs/json.md). A
// missing library is a notice here, since explain may not have been told of the
// inputs.
func (m Model) Report() report.Report {
	r := report.New("explain", nil)
	r.Problems = m.allProblems()
	r.Wheels, r.Outside, r.Opened = m.wheelReports(), m.outsideReports(), m.openedReports()
	for _, w := range m.wheels {
		r.Roots = append(r.Roots, w.Path)
		if w.Record.Present {
			r.Records = append(r.Records, record.Summary{Path: w.Record.Path, Source: "wheel", Rows: w.Record.Rows})
		}
	}
	planned := make(map[[2]string]report.ObjectReport, len(m.planned))
	for _, p := range m.planned {
		planned[[2]string{p.Root, p.Path}] = p
	}
	for _, o := range m.objects {
		obj := report.ObjectReport{
			Root: m.wheels[o.Wheel].Path, Path: o.Path, Kind: o.Kind, Class: o.Class, Machine: o.Machine,
			Interpreter: o.Interp, Soname: o.Soname, Runpath: append([]string{}, o.Runpath...), Rpath: o.Rpath,
			Needed: []report.NeedReport{},
		}
		for _, n := range o.Needs {
			need := needReport(n)
			if n.Object >= 0 {
				serves := m.file(n.Object)
				need.Object = &serves
			}
			obj.Needed = append(obj.Needed, need)
		}
		slices.SortStableFunc(obj.Needed, func(a, b report.NeedReport) int { return cmp.Compare(a.Soname, b.Soname) })
		fillIn(&obj, planned[[2]string{obj.Root, obj.Path}])
		r.Objects = append(r.Objects, obj)
	}
	return r
}

// file returns the object of index i as a file of its root.
func (m Model) file(i int) report.FileReport {
	return report.FileReport{Root: m.wheels[m.objects[i].Wheel].Path, Path: m.objects[i].Path}
}

// outsideReports returns the libraries from outside, and what to write for each.
func (m Model) outsideReports() []report.OutsideReport {
	out := []report.OutsideReport{}
	for _, e := range m.external {
		r := report.OutsideReport{
			Soname: e.Soname, From: string(e.From), Hook: e.handedIn(), Attribute: e.Attr, Dists: append([]string{}, e.Dists...),
			Instead: e.Instead, Optional: e.Optional, Note: e.Note, Path: e.File,
			Versions: []string{}, By: []report.FileReport{},
		}
		for _, versions := range e.Versions {
			r.Versions = append([]string{}, highest(slices.Concat(versions, r.Versions))...)
		}
		if e.From == supply.Nixpkgs || e.From == supply.Dist || e.From == supply.Unknown {
			r.Write = e.write()
		}
		for _, obj := range e.NeededBy {
			r.By = append(r.By, m.file(obj))
		}
		out = append(out, r)
	}
	return out
}

// handedIn reports whether the library is there without a word in the derivation: the
// hook hands in what the platform tag promises, and the directory of the driver; the C
// library comes with the interpreter.
func (e external) handedIn() bool {
	return e.From == supply.Promise || e.From == supply.Libc || e.From == supply.Driver
}

// fillIn adds to an object what only the preview of its edit has: the edit itself,
// and where the C library lies.
func fillIn(obj *report.ObjectReport, planned report.ObjectReport) {
	obj.Edit = planned.Edit
	paths := make(map[string]string, len(planned.Needed))
	for _, n := range planned.Needed {
		paths[n.Soname] = n.Path
	}
	for i, n := range obj.Needed {
		if n.Status == plan.Found && n.Path == "" {
			obj.Needed[i].Path = paths[n.Soname]
		}
	}
}

// needReport returns a need as it will be once the object is patched.
func needReport(n needInfo) report.NeedReport {
	r := report.NeedReport{Soname: n.Soname, Status: plan.Found, Path: n.Path, Via: string(n.Via), From: string(n.From)}
	switch n.From {
	case supply.Self, supply.Sibling, supply.Input:
		if r.Via == "" {
			r.Via = string(ldso.Runpath) // patching writes one
		}
	case supply.Libc:
		r.Path, r.Via = "", string(ldso.Default)
	case supply.Driver:
		r.Path, r.Via = filepath.Join(providers.DriverDir, n.Soname), string(ldso.Driver)
	default:
		r.Status, r.Path, r.Via = plan.Missing, "", ""
	}
	return r
}

// allProblems returns what keeps a wheel from being packaged as it is: damage, files that
// RECORD and archive do not agree on, tags that do not fit, missing libraries. Only a .whl
// that cannot be read is an error.
func (m Model) allProblems() []problem.Problem {
	out := []problem.Problem{} // never null in JSON
	out = append(out, m.problems...)
	for i, w := range m.wheels {
		for _, c := range []struct {
			code  problem.Code
			paths []string
			msg   string
		}{
			{problem.RecordMissingFile, w.Record.Missing, "listed in RECORD, not in the archive"},
			{problem.RecordUnlistedFile, w.Record.Unlisted, "not listed in RECORD"},
		} {
			for _, p := range c.paths {
				out = append(out, problem.Problem{Code: c.code, Path: p, Message: c.msg, Root: w.Path, Hint: "wheel-auto-patch verify tells more", Severity: problem.Warning})
			}
		}
		if w.Misfit != "" && m.hasObjects(i) {
			code := problem.WrongArchitecture
			if w.File.IsMusl() {
				code = problem.WrongLibc
			}
			out = append(out, problem.Problem{Code: code, Path: w.Path, Message: w.Misfit, Severity: problem.Warning})
		}
	}
	for _, p := range supply.Problems(m.missing(), supply.Context{Found: m.found()}) {
		p.Severity = problem.Notice
		out = append(out, p)
	}
	for i := range m.wheels {
		for _, p := range supply.OpenedProblems(m.pythonOpens(i), supply.Context{}) {
			if len(m.wheels) > 1 {
				p.Root = m.wheels[i].Path
			}
			out = append(out, p)
		}
	}
	problem.Sort(out)
	return out
}

// missing returns the libraries that were not found and that a packager must see to.
func (m Model) missing() []supply.Need {
	var out []supply.Need
	damaged := tree.DamagedNames(m.problems)
	for _, e := range m.external {
		if e.handedIn() || e.From == supply.Input {
			continue
		}
		need := supply.Need{Soname: e.Soname, Damaged: damaged[e.Soname]}
		for k, obj := range e.NeededBy {
			o := m.objects[obj]
			need.By = append(need.By, supply.Requester{Path: o.Path, Plugin: o.Kind == plan.Plugin, Searched: searchedFor(o, e.Soname)})
			need.Wheel = joined(need.Wheel, m.wheels[o.Wheel].Wheel, k == 0)
		}
		out = append(out, need)
	}
	return out
}

// joined returns what is known of two wheels together, of b alone if it is the first.
func joined(a, b supply.Wheel, first bool) supply.Wheel {
	if first {
		return b
	}
	if a.Name != b.Name {
		a.Name = ""
	}
	a.Requires = append(slices.Clone(a.Requires), b.Requires...)
	a.Platforms = append(slices.Clone(a.Platforms), b.Platforms...)
	return a
}

// found returns the libraries that were found in named directories.
func (m Model) found() []providers.Request {
	var out []providers.Request
	for _, e := range m.external {
		if e.From == supply.Input {
			out = append(out, m.request(e))
		}
	}
	return out
}

// searchedFor returns where the loader looks for a library that an object needs.
func searchedFor(o objectInfo, soname string) []ldso.Place {
	for _, n := range o.Needs {
		if n.Soname == soname {
			return n.Searched
		}
	}
	return nil
}
