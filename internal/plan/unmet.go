package plan

import (
	"cmp"
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

// unmetProblems drops what is ignored, groups the rest by library and not by the
// objects that need it, and marks ignored needs in the objects.
func (p *planner) unmetProblems(objects []Object, unmet []unmetNeeds) []problem.Problem {
	var out []problem.Problem
	ignore := newIgnores(p.options.IgnoreMissing)
	missing := make(map[string]map[string]supply.Requester) // by soname and object
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
				missing[need.soname] = make(map[string]supply.Requester)
			}
			plugin := need.path == p.at(objects[i].File) && objects[i].Kind == Plugin
			missing[need.soname][need.path] = supply.Requester{Path: name, Searched: need.places, Plugin: plugin}
		}
	}
	context := p.context()
	if len(missing) > 0 {
		context.Found = alternativesFound(objects)
	}
	out = append(out, supply.Problems(p.needs(objects, missing), context)...)
	out = append(out, supply.VersionProblems(p.missingVersions(unmet), context)...)
	return append(out, ignore.unused()...)
}

// needs lists the missing libraries, each with the objects that lack it by their
// paths.
func (p *planner) needs(objects []Object, missing map[string]map[string]supply.Requester) []supply.Need {
	asker := Asker(p.inventory.Dists, p.inventory.Tags)
	var out []supply.Need
	for _, soname := range slices.Sorted(maps.Keys(missing)) {
		need := supply.Need{Soname: soname, Wheel: asker}
		for _, path := range slices.Sorted(maps.Keys(missing[soname])) {
			need.By = append(need.By, missing[soname][path])
		}
		need.Unreached = unreached(objects, soname)
		out = append(out, need)
	}
	return out
}

// Asker returns what is known of distributions as one that asks for libraries.
func Asker(dists []wheel.Dist, tags []wheel.Platform) supply.Wheel {
	var w supply.Wheel
	if len(dists) == 1 {
		w.Name = dists[0].Name
	}
	for _, d := range dists {
		for _, line := range d.Requires {
			if name := wheel.RequirementName(line); name != "" {
				w.Requires = append(w.Requires, name)
			}
		}
	}
	slices.Sort(w.Requires)
	w.Requires = slices.Compact(w.Requires)
	for _, t := range tags {
		w.Platforms = append(w.Platforms, t.Tag)
	}
	return w
}

// unreached returns a library that patching would lead to, where a tree is only
// looked at.
func unreached(objects []Object, soname string) string {
	for _, o := range objects {
		for _, n := range o.Needs {
			if n.Soname == soname && n.Status == Missing && n.Unreached != nil {
				return n.Unreached.Path
			}
		}
	}
	return ""
}

// context is what all messages of a run shorten paths by.
func (p *planner) context() supply.Context {
	var c supply.Context
	if !p.asIs {
		// The loader searches nothing of these in a tree that nobody patches.
		c.Libs, c.PythonLibs = p.options.Libs, p.options.PythonLibs
	}
	if len(p.inventory.Roots) > 0 {
		c.Out = p.inventory.Roots[0].Abs
	}
	return c
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
// each once for an object and library, objects as problems show them.
func (p *planner) missingVersions(unmet []unmetNeeds) []ldso.MissingVersion {
	seen := make(map[ldso.MissingVersion]bool)
	var out []ldso.MissingVersion
	for _, u := range unmet {
		for _, v := range u.versions {
			if !seen[v] {
				seen[v] = true
				v.Object = p.display(v.Object)
				out = append(out, v)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b ldso.MissingVersion) int { return cmp.Compare(a.Object, b.Object) })
	return out
}

// objectProblems says what is wrong with the objects themselves: entries of
// their search path that lead out of the store, executable stacks.
func (p *planner) objectProblems(objects []Object) []problem.Problem {
	var out []problem.Problem
	for _, po := range objects {
		entries, _ := po.ELF.SearchPath()
		if _, impure := p.filterRunpath(entries); len(impure) > 0 {
			out = append(out, impureRunpath(po.Path, impure, p.asIs))
		}
		if po.ELF.ExecStack && (po.Edit == nil || !po.Edit.ClearExecstack) {
			out = append(out, executableStack(po.Path))
		}
	}
	return out
}

// alternativesFound returns the libraries that the objects found and of which
// there are several makers.
func alternativesFound(objects []Object) []providers.Request {
	var out []providers.Request
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
					out = append(out, providers.Request{Soname: n.Soname, Satisfied: true})
				}
				at[n.Soname] = i
			}
			if i >= 0 {
				out[i].Requesters = append(out[i].Requesters, po.Path)
			}
		}
	}
	return out
}
