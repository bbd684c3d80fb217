package plan

// This file turns what the closures lack into problems, one for each library
// and not one for each object that needs it.

import (
	"maps"
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// unmetProblems drops what is ignored, groups the rest by library, and marks
// ignored needs in the objects.
func (p *planner) unmetProblems(objects []Object, unmet []unmetNeeds) []problem.Problem {
	var out []problem.Problem
	ignore := newIgnores(p.options.IgnoreMissing)
	missing := make(map[string]map[string]supply.NeedingObject) // by soname and object
	leaf := p.leaves(objects)
	for i := range objects {
		if err := unmet[i].failed; err != nil {
			out = append(out, *tree.Unreadable(objects[i].Path, objects[i].Mode, err))
		}
		for _, need := range unmet[i].needs {
			name := p.display(need.path)
			if ignore.match(name, need.soname) {
				p.markIgnored(&objects[i], need)
				continue
			}
			if missing[need.soname] == nil {
				missing[need.soname] = make(map[string]supply.NeedingObject)
			}
			missing[need.soname][name] = supply.NeedingObject{Path: name, Searched: need.places, Leaf: leaf[need.path]}
		}
	}
	var needs []supply.MissingNeed
	for _, soname := range slices.Sorted(maps.Keys(missing)) {
		need := supply.MissingNeed{Soname: soname, RequiresDist: p.requiresDist()}
		for _, name := range slices.Sorted(maps.Keys(missing[soname])) {
			need.Objects = append(need.Objects, missing[soname][name])
		}
		need.Have = p.unreached(objects, need)
		needs = append(needs, need)
	}
	context := p.messageContext()
	if len(needs) > 0 {
		context.Have = alternativesFound(objects)
	}
	out = append(out, supply.Missing(needs, context)...)
	out = append(out, supply.Versions(p.missingVersions(unmet), p.messageContext())...)
	return append(out, ignore.unused()...)
}

// unreached gives a library that patching would lead to, where a tree is only
// looked at.
func (p *planner) unreached(objects []Object, need supply.MissingNeed) string {
	if !p.asIs {
		return ""
	}
	for i := range objects {
		if objects[i].Path != need.Objects[0].Path {
			continue
		}
		if c := p.candidates(&objects[i].Object, need.Soname); len(c) > 0 {
			return c[0].path
		}
	}
	return ""
}

// messageContext is what all messages of a run shorten paths by.
func (p *planner) messageContext() supply.Context {
	c := supply.Context{Libc: p.loader.Libc}
	if !p.asIs {
		// The loader searches nothing of these in a tree that nobody patches.
		c.Libs, c.PythonLibs = p.options.Libs, p.options.PythonLibs
	}
	if len(p.inventory.Roots) > 0 {
		c.Out = p.inventory.Roots[0].Abs
	}
	return c
}

// requiresDist gives the names of Requires-Dist of every dist.
func (p *planner) requiresDist() []string {
	var out []string
	for _, d := range p.inventory.Dists {
		for _, r := range d.Requires {
			out = append(out, wheel.RequirementName(r))
		}
	}
	return out
}

// leaves tells by absolute path which objects no other one needs, and that are
// no extension modules: plugins, which fail alone.
func (p *planner) leaves(objects []Object) map[string]bool {
	needed := make(map[string]bool)
	for _, po := range objects {
		for _, n := range po.Needs {
			needed[n.Real] = true
		}
	}
	out := make(map[string]bool)
	for _, po := range objects {
		f, err := p.files.Open(po.File)
		if err == nil && !needed[f.Real] && !po.ELF.IsProgram() && !isExtensionModule(po.File) {
			out[po.File] = true
		}
	}
	return out
}

// markIgnored sets the status of an object's own need.
func (p *planner) markIgnored(po *Object, need unmetNeed) {
	if need.path != p.at(po.File) {
		return
	}
	for i := range po.Needs {
		if po.Needs[i].Soname == need.soname {
			po.Needs[i].Status = Ignored
		}
	}
}

// display shortens a path of the outputs to the one relative to its root.
func (p *planner) display(path string) string {
	if rel, ok := p.shown[path]; ok {
		return rel
	}
	if root := p.inventory.Roots.Of(path); root != nil {
		if rel, err := filepath.Rel(root.Abs, path); err == nil {
			return rel
		}
	}
	return path
}

// missingVersions lists the symbol versions that the resolved libraries lack,
// each once for an object and library.
func (p *planner) missingVersions(unmet []unmetNeeds) []supply.MissingVersion {
	seen := make(map[ldso.MissingVersion]bool)
	var out []supply.MissingVersion
	for _, u := range unmet {
		for _, v := range u.versions {
			if seen[v] {
				continue
			}
			seen[v] = true
			m := supply.MissingVersion{Object: p.display(v.Object), Library: v.Soname, Found: v.Library, Version: v.Want}
			if v.Highest != "" {
				m.Defined = []string{v.Highest}
			}
			out = append(out, m)
		}
	}
	return out
}

// objectProblems says what is wrong with the objects themselves: entries of
// their search path that lead out of the store, executable stacks.
func (p *planner) objectProblems(objects []Object) []problem.Problem {
	var out []problem.Problem
	for _, po := range objects {
		entries, _ := SearchPath(po.ELF)
		if _, impure := p.filterRunpath(entries); len(impure) > 0 {
			out = append(out, impureRunpath(po.Path, impure, p.asIs))
		}
		if po.ELF.ExecStack && (po.Edit == nil || !po.Edit.ClearExecstack) {
			out = append(out, executableStack(po.Path))
		}
	}
	return out
}

// alternativesFound gives the libraries that the objects found and of which
// there are several makers.
func alternativesFound(objects []Object) []providers.Asked {
	var out []providers.Asked
	at := make(map[string]int)
	for _, po := range objects {
		for _, n := range po.Needs {
			if n.Status != Found {
				continue
			}
			i, seen := at[n.Soname]
			if !seen {
				i = -1
				if m, ok := providers.Lookup(n.Soname); ok && m.Alternative {
					i = len(out)
					out = append(out, providers.Asked{Soname: n.Soname, Have: true})
				}
				at[n.Soname] = i
			}
			if i >= 0 {
				out[i].By = append(out[i].By, po.Path)
			}
		}
	}
	return out
}
