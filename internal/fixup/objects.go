package fixup

// This file makes the object part of a report of what was found and planned.

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// newReport is an empty report: its lists are never nil.
func newReport(command string, roots []string) Report {
	return Report{
		Version:  1,
		Command:  command,
		Roots:    append([]string{}, roots...),
		Objects:  []ObjectReport{},
		Records:  []RecordReport{},
		Problems: []problem.Problem{},
	}
}

// objectReports lists every object of the inventory by root and path, those that
// the plan passed over without any needs resolved.
func objectReports(inv Inventory, plan Plan) []ObjectReport {
	planned := make(map[string]*PlannedObject, len(plan.Objects))
	for i := range plan.Objects {
		planned[plan.Objects[i].File] = &plan.Objects[i]
	}
	out := []ObjectReport{}
	for _, o := range inv.Objects {
		r := ObjectReport{
			Root:        o.Root,
			Path:        o.Path,
			Class:       className(o.ELF.Class),
			Machine:     MachineName(o.ELF.Machine),
			Interpreter: o.ELF.Interp,
			Soname:      o.ELF.Soname,
			Needed:      []NeedReport{},
		}
		if po, ok := planned[o.File]; ok {
			r.Needed, r.Edit = needReports(po.Needs), editReport(po)
		}
		out = append(out, r)
	}
	// A walk goes by folders, and so gives a/x before a.libs/x.
	order := func(root string) int {
		return slices.IndexFunc(inv.Roots, func(r Root) bool { return r.Path == root })
	}
	slices.SortStableFunc(out, func(a, b ObjectReport) int {
		return cmp.Or(cmp.Compare(order(a.Root), order(b.Root)), cmp.Compare(a.Path, b.Path))
	})
	return out
}

func needReports(needs []PlannedNeed) []NeedReport {
	out := []NeedReport{}
	for _, n := range needs {
		r := NeedReport{Soname: n.Soname, Status: n.Status}
		if n.Status == Found {
			r.Path, r.Via = n.Path, string(n.Via)
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b NeedReport) int { return strings.Compare(a.Soname, b.Soname) })
	return out
}

// editReport gives what the object will hold, also where patchelf keeps it.
func editReport(po *PlannedObject) *EditReport {
	if po.Edit == nil {
		return nil
	}
	r := EditReport{Interpreter: po.Edit.Interpreter, Runpath: po.Edit.Runpath}
	if !po.Edit.SetRunpath {
		r.Runpath, _ = searchPath(po.ELF)
	}
	if r.Runpath == nil {
		r.Runpath = []string{}
	}
	return &r
}

// className is the class as the gABI spells it.
func className(c elf.Class) string { return "ELF" + strings.TrimPrefix(c.String(), "ELFCLASS") }

// machineNames are the names of uname(1) and of platform tags (PEP 425).
var machineNames = map[elf.Machine]string{
	elf.EM_X86_64: "x86_64", elf.EM_386: "i686", elf.EM_AARCH64: "aarch64", elf.EM_ARM: "armv7l",
	elf.EM_RISCV: "riscv64", elf.EM_PPC64: "ppc64le", elf.EM_S390: "s390x",
}

// MachineName is the name of a machine in platform tags, or that of debug/elf.
func MachineName(m elf.Machine) string {
	if name, ok := machineNames[m]; ok {
		return name
	}
	return strings.ToLower(strings.TrimPrefix(m.String(), "EM_"))
}
