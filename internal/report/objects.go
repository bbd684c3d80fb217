package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// New returns a report without objects, records and problems.
func New(command string, roots []string) Report {
	return Report{
		Version:  1,
		Command:  command,
		Roots:    append([]string{}, roots...),
		Wheels:   []WheelReport{},
		Objects:  []ObjectReport{},
		Outside:  []OutsideReport{},
		Opened:   []OpenedReport{},
		Records:  []record.Summary{},
		Problems: []problem.Problem{},
	}
}

// ObjectReports returns every object of the inventory, sorted by root and path.
// Objects that are not in the plan have no needs.
func ObjectReports(inv tree.Inventory, planned plan.Plan) []ObjectReport {
	byFile := make(map[string]*plan.Object, len(planned.Objects))
	for i := range planned.Objects {
		byFile[planned.Objects[i].File] = &planned.Objects[i]
	}
	own := make(map[string]FileReport, len(inv.Objects))
	for _, o := range inv.Objects {
		own[o.File] = FileReport{o.Root.Path, o.Path}
	}
	for _, m := range planned.Moves {
		own[m.To] = own[m.From]
	}
	out := []ObjectReport{}
	for _, o := range inv.Objects {
		runpath, rpath := o.ELF.SearchPath()
		r := ObjectReport{
			Root:        o.Root.Path,
			Path:        o.Path,
			Class:       o.ELF.Kind().ClassName(),
			Machine:     o.ELF.Kind().Name(),
			Interpreter: o.ELF.Interp,
			Soname:      o.ELF.Soname,
			Runpath:     append([]string{}, runpath...),
			Rpath:       rpath,
			Needed:      []NeedReport{},
		}
		if po, ok := byFile[o.File]; ok {
			r.Kind, r.Needed, r.Edit = po.Kind, needReports(po.Needs, own), editReport(po)
		}
		out = append(out, r)
	}
	// The inventory is not sorted like this: a walk comes to a/x before a.libs/x.
	rank := func(root string) int {
		return slices.IndexFunc(inv.Roots, func(r *tree.Root) bool { return r.Path == root })
	}
	slices.SortStableFunc(out, func(a, b ObjectReport) int {
		return cmp.Or(cmp.Compare(rank(a.Root), rank(b.Root)), cmp.Compare(a.Path, b.Path))
	})
	return out
}

// needReports returns the needs of one object; own are the objects under the roots by
// their real paths.
func needReports(needs []plan.Need, own map[string]FileReport) []NeedReport {
	out := []NeedReport{}
	for _, n := range needs {
		r := NeedReport{Soname: n.Soname, Status: n.Status}
		if n.Status == plan.Found {
			r.Path, r.Via = n.Path, string(n.Via)
			if file, ok := own[n.Real]; ok {
				r.Object = &file
			}
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b NeedReport) int { return strings.Compare(a.Soname, b.Soname) })
	return out
}

// editReport returns what the object will hold after the edit: where the edit sets
// no RUNPATH, the one that it has.
func editReport(po *plan.Object) *EditReport {
	if po.Edit == nil {
		return nil
	}
	r := EditReport{Interpreter: po.Edit.Interpreter, Runpath: po.Edit.Runpath}
	if !po.Edit.SetRunpath {
		r.Runpath, _ = po.ELF.SearchPath()
	}
	if r.Runpath == nil {
		r.Runpath = []string{}
	}
	return &r
}
