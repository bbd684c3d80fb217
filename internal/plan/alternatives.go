package plan

import (
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
)

// alternatives fills in the links that do as well as the edits of the layout auto: what
// the layout link would have for these objects. Those that links of an earlier run serve are
// left as they are, and those that the links of large objects do for.
func (l *linker) alternatives() {
	var objects []int
	for i := range l.objects {
		if o := &l.objects[i]; l.options.Layout == Auto && o.Edit != nil && !o.Root.Archive && o.Size <= maxEdit && l.wantsOutside(i) {
			objects = append(objects, i)
			delete(l.files.edited, l.real(o.File))
		}
	}
	if len(objects) == 0 {
		return
	}
	before, served := l.links, l.served
	l.links, l.served = map[string]*placed{}, map[int][]string{}
	for path, link := range before {
		l.links[path] = &placed{target: link.target, beside: link.beside, served: map[int]bool{}}
	}
	l.link(objects)
	for _, i := range objects {
		if o := &l.objects[i]; o.Edit == nil {
			paths := l.served[i]
			if len(paths) == 0 && l.servedBefore(i) {
				l.edits[i] = nil
				continue
			}
			if len(paths) > 0 && l.leadsItself(i) && !slices.ContainsFunc(paths, func(path string) bool { return before[path] == nil }) {
				for _, path := range paths {
					before[path].served[i] = true
				}
				served[i] = paths
				continue
			}
			slices.Sort(paths)
			for _, path := range paths {
				l.edits[i].Instead = append(l.edits[i].Instead, Link{Path: path, Target: l.links[path].target, For: []string{o.Path}})
			}
		}
		l.objects[i].Edit = l.edits[i]
		l.files.apply(&l.objects[i])
	}
	for path := range l.links {
		if before[path] == nil {
			delete(l.files.moved, path)
		}
	}
	l.links, l.served = before, served
}

// leadsItself reports whether the object's own search path leads to all that its edit is for,
// and not one that it inherits: Python may load it by itself.
func (l *linker) leadsItself(i int) bool {
	o := &l.objects[i]
	return !slices.ContainsFunc(l.wants[i], func(w want) bool {
		need := l.loader.Find(l.files, o.ELF, o.File, w.soname)
		return (!need.Found || need.Via == ldso.Default && !providers.IsLibc(w.soname)) && l.driverLink(need) == ""
	})
}

// wantsOutside reports whether the edit of an object is for a library from outside, and
// links could do for all that it is for.
func (l *linker) wantsOutside(i int) (any bool) {
	for _, w := range l.wants[i] {
		if w.library == nil && w.target() == "" {
			return false
		}
		any = any || w.target() != ""
	}
	return any
}

// servedBefore reports whether links of an earlier run serve an object that is resolved in
// all that it wants from outside.
func (l *linker) servedBefore(i int) (any bool) {
	for _, w := range l.wants[i] {
		if w.target() == "" {
			continue
		}
		n := slices.IndexFunc(l.objects[i].Needs, func(n Need) bool { return n.Soname == w.soname })
		if n < 0 || l.inventory.Placed[filepath.Clean(l.dirs.clean(l.objects[i].Needs[n].Path))] == "" {
			return false
		}
		any = true
	}
	return any
}

// ServeByLinks makes an object one that is not edited, for this reason, and that finds
// libraries by links.
func (o *Object) ServeByLinks(links []Link, why string) {
	o.Edit, o.Linked = nil, why
	for i := range o.Needs {
		for _, link := range links {
			if n := &o.Needs[i]; n.Soname == filepath.Base(link.Path) && n.Status == Found && !n.Loaded {
				n.Path, n.Via = link.Path, ldso.Link
			}
		}
	}
}
