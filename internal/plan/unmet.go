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
)

// unmetProblems returns the problems of what the closures lack, one for each library
// with all the objects that need it. Needs that a pattern ignores are no problem;
// they are marked in the objects.
func (p *planner) unmetProblems(objects []Object, unmet []unmetNeeds) []problem.Problem {
	var out []problem.Problem
	ignore := newIgnores(p.options.IgnoreMissing, p.options.IgnoreHolders)
	missing := make(map[string]map[string]supply.Requester) // by soname and object
	for i := range objects {
		if err := unmet[i].failed; err != nil {
			out = append(out, *tree.Unreadable(objects[i].Path, objects[i].Mode, err))
		}
		for _, need := range unmet[i].needs {
			path, name, plugin := need.path, "", false
			if need.object >= 0 {
				// It may have been found by a link. What is to be changed is the object.
				by := &objects[need.object]
				path, name, plugin = by.File, by.Path, by.Kind == Plugin
			} else {
				name = p.display(path)
			}
			if ignore.match(name, need.soname) {
				if need.object >= 0 {
					markIgnored(&objects[need.object], need.soname)
				}
				continue
			}
			if missing[need.soname] == nil {
				missing[need.soname] = make(map[string]supply.Requester)
			}
			if _, known := missing[need.soname][path]; !known {
				missing[need.soname][path] = supply.Requester{Path: name, Searched: need.places, Plugin: plugin}
			}
		}
	}
	out = append(out, p.openedProblems(objects, ignore)...)
	context := p.context()
	if len(missing) > 0 {
		context.Found = alternativesFound(objects)
	}
	out = append(out, supply.Problems(p.needs(objects, missing), context)...)
	out = append(out, supply.VersionProblems(p.missingVersions(unmet), context)...)
	return append(out, ignore.unused()...)
}

// needs returns the missing libraries by soname, each with the objects that lack it
// by path.
func (p *planner) needs(objects []Object, missing map[string]map[string]supply.Requester) []supply.Need {
	asking := supply.NewWheel(p.inventory.Dists, p.inventory.Tags)
	damaged := tree.DamagedNames(p.inventory.Problems)
	var out []supply.Need
	for _, soname := range slices.Sorted(maps.Keys(missing)) {
		need := supply.Need{Soname: soname, Wheel: asking, Damaged: damaged[soname]}
		for _, path := range slices.Sorted(maps.Keys(missing[soname])) {
			by := missing[soname][path]
			need.By = append(need.By, by)
			need.Damaged = need.Damaged || slices.ContainsFunc(by.Searched, p.brings)
		}
		need.Unreached = anyUnreached(objects, soname)
		if i := slices.IndexFunc(objects, func(o Object) bool { return o.ELF.Soname == soname && filepath.Base(o.File) != soname }); i >= 0 && need.Unreached == "" {
			need.Renamed = objects[i].Path
		}
		out = append(out, need)
	}
	return out
}

// brings reports whether a search ended at a file of the outputs that is no object, such as an
// empty one.
func (p *planner) brings(at ldso.Place) bool {
	root, _ := p.inventory.Roots.Locate(at.Dir)
	return at.Broken && root != nil
}

// anyUnreached returns the Unreached of the first object that lacks soname and has
// one, or "".
func anyUnreached(objects []Object, soname string) string {
	for _, o := range objects {
		for _, n := range o.Needs {
			if n.Soname == soname && n.Status == Missing && n.Unreached != nil {
				return n.Unreached.Path
			}
		}
	}
	return ""
}

// context returns what the messages of all missing libraries share.
func (p *planner) context() supply.Context {
	var c supply.Context
	if !p.asIs {
		// Nothing leads the loader to these in a tree that nobody patches.
		c.Libs, c.PythonLibs = p.options.Libs, p.options.PythonLibs
	}
	c.Show = p.show
	return c
}

// show returns how a message names a path in the outputs, empty for any other: within a build
// the first output is $out, else a path starts with that which the user gave.
func (p *planner) show(path string) string {
	path = filepath.Clean(path)
	root, rel := p.inventory.Roots.Locate(path)
	switch {
	case root == nil:
		return ""
	case !p.options.InBuild:
		return root.Show(path)
	case root == p.inventory.Roots[0]:
		return filepath.Join("$out", rel)
	}
	return ""
}

// markIgnored sets the status of a need to ignored.
func markIgnored(po *Object, soname string) {
	for i := range po.Needs {
		if po.Needs[i].Soname == soname {
			po.Needs[i].Status = ignored
		}
	}
}

// display returns a path as problems show it: relative to its root, absolute
// outside the outputs.
func (p *planner) display(path string) string {
	if rel, ok := p.shown[path]; ok {
		return rel
	}
	if _, rel := p.inventory.Roots.Locate(filepath.Clean(path)); rel != "" {
		return rel
	}
	return path
}

// missingVersions returns the symbol versions that the found libraries lack, each
// once for an object and library, with objects as problems show them.
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

// objectProblems returns what is wrong with the objects themselves: RUNPATH entries
// that lead out of the store, executable stacks, audit modules.
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
		if len(po.ELF.Audit) > 0 {
			out = append(out, auditModules(po.Object))
		}
	}
	return out
}

// alternativesFound returns the libraries that were found and that several makers
// have under different sonames (see [providers.ResolveAlternatives]).
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
