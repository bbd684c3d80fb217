package plan

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
)

// A Link is a symbolic link by which objects find a library from outside of the outputs
// in a directory that they search already.
type Link struct {
	Path   string   // absolute, in a directory of an output that is there
	Target string   // absolute, outside of the outputs
	For    []string // the objects that it serves, as problems show them, sorted
}

// maxEdit is the size of the largest object that the layout auto has patchelf rewrite
// where links do as well: patchelf reads and writes the whole file.
const maxEdit = 64 << 20

// A linker finds the links that do for objects what their edits would.
type linker struct {
	*planner
	objects []Object
	edits   []*Edit           // of each object, nil where there is none
	wants   [][]want          // what the edit is for, nil where it does more
	answers map[string]string // DIR/SONAME of an object whose file has another name, to that object
	links   map[string]*placed
	served  map[int][]string // the links that serve an object, by path

	conflicts []problem.Problem
}

func (p *planner) newLinker(objects []Object, wants [][]want) *linker {
	l := &linker{
		planner: p, objects: objects, edits: make([]*Edit, len(objects)), wants: wants,
		answers: map[string]string{}, links: map[string]*placed{}, served: map[int][]string{},
	}
	for i := range objects {
		o := &objects[i]
		l.edits[i] = o.Edit
		if soname := o.ELF.Soname; soname != "" && soname != filepath.Base(o.File) {
			l.answers[filepath.Join(filepath.Dir(o.File), soname)] = o.Path
		}
	}
	return l
}

// mayLink reports whether the layout has links for an object rather than its edit.
func (l *linker) mayLink(i int) bool {
	o := &l.objects[i]
	if o.Edit == nil || l.wants[i] == nil || o.Root.Archive {
		return false
	}
	return l.options.Layout == Links || l.options.Layout == Auto && o.Size > maxEdit
}

// link plans links for these objects in place of their edits, and keeps the edit of those
// that links cannot serve. The objects' own search paths come first. What these do not
// lead to may be found by a path that an object inherits: that is looked at with the
// links in place, until all objects find their libraries.
func (l *linker) link(objects []int) {
	var open []int
	l.place(l.asks(objects, func(i int, own []ask, whole bool) {
		if whole {
			return
		}
		open = append(open, i)
	}, false))
	for len(open) > 0 {
		l.resolve(l.objects)
		before := len(l.links)
		var still []int // that lack something which a link may serve
		edited := false
		l.place(l.asks(open, func(i int, more []ask, whole bool) {
			if !whole {
				l.keepEdit(i)
				edited = true
			} else if len(more) > 0 {
				still = append(still, i)
			}
		}, true))
		if !edited && len(l.links) == before {
			for _, i := range still {
				l.keepEdit(i) // the links that it asked for are there, and do not do
			}
			if len(still) == 0 {
				return
			}
		}
		open = slices.DeleteFunc(open, func(i int) bool { return l.objects[i].Edit != nil })
	}
}

// explain says of the large objects of the layout auto that links serve why these do.
func (l *linker) explain() {
	for i := range l.objects {
		o := &l.objects[i]
		if o.Linked = ""; l.options.Layout == Auto && o.Edit == nil && l.edits[i] != nil && o.Size > maxEdit {
			o.Linked = fmt.Sprintf("patchelf would rewrite %d MB", o.Size/1e6)
		}
	}
}

// An ask is a want of an object and the directories in which a link would serve it, the
// nearest first.
type ask struct {
	object int
	want
	dirs []string
}

// target returns where a link for a want leads: to a library from outside, or to where the
// driver's will be when the object runs. It is "" where a link may not do.
func (w want) target() string {
	switch {
	case w.library != nil && !w.library.Own:
		return w.library.Path
	case w.library == nil && w.entry == providers.DriverDir:
		return filepath.Join(providers.DriverDir, w.soname)
	}
	return ""
}

// asks returns what is asked for the objects that links serve as a whole. It calls each
// with what is asked for every one of them, and whether links serve it as a whole. Where
// the objects are resolved, what they find counts, and the paths that they inherit.
func (l *linker) asks(objects []int, each func(i int, asks []ask, whole bool), resolved bool) []ask {
	var all []ask
	for _, i := range objects {
		o := &l.objects[i]
		o.Edit = nil
		var asks []ask
		whole := true
		for _, w := range l.wants[i] {
			if resolved && l.finds(i, w.soname) {
				continue
			}
			if w.target() == "" {
				whole = false
				break
			}
			a := ask{object: i, want: w, dirs: l.dirsOf(i, w.soname, resolved)}
			if len(a.dirs) == 0 {
				whole = false
				break
			}
			asks = append(asks, a)
		}
		each(i, asks, whole)
		if whole {
			all = append(all, asks...)
		}
	}
	return all
}

// finds reports whether an object that is resolved finds a library, and not in the
// loader's own directories. Where it does by a link that is planned, that serves it.
func (l *linker) finds(i int, soname string) bool {
	o := &l.objects[i]
	var need ldso.Need
	if k := slices.IndexFunc(o.Needs, func(n Need) bool { return n.Soname == soname }); k >= 0 {
		need = o.Needs[k].Need
		need.Found = o.Needs[k].Status == Found
	} else { // it opens it by name
		need = l.loader.Find(l.files, o.ELF, o.File, soname)
	}
	if link := l.driverLink(need); link != "" && providers.IsDriver(soname) {
		l.serve(link, i)
		return true
	}
	if !need.Found || need.Via == ldso.Default && !providers.IsLibc(soname) {
		return false
	}
	l.serve(filepath.Clean(l.dirs.clean(need.Path)), i)
	return true
}

// dirsOf returns the directories in which an object searches for a library, and in which
// a link may be placed, the nearest first.
func (l *linker) dirsOf(i int, soname string, resolved bool) []string {
	o := &l.objects[i]
	searched := l.loader.Find(l.files, o.ELF, o.File, soname).Searched
	if resolved {
		for _, n := range o.Needs {
			if n.Soname == soname {
				searched = append(searched, n.Searched...)
			}
		}
	}
	return l.usable(o, o.File, searched)
}

// place plans the links that are asked for, one for all objects that it serves: objects
// that search fewer directories come first. An object that cannot be served is edited.
func (l *linker) place(asks []ask) {
	slices.SortStableFunc(asks, func(a, b ask) int {
		return cmp.Or(cmp.Compare(len(a.dirs), len(b.dirs)), cmp.Compare(a.object, b.object))
	})
	for _, a := range asks {
		if l.objects[a.object].Edit != nil || l.join(a) {
			continue
		}
		if !slices.ContainsFunc(a.dirs, func(dir string) bool {
			path := filepath.Join(dir, a.soname)
			if !l.try(&l.objects[a.object], path, a.target()) {
				return false
			}
			l.serve(path, a.object)
			return true
		}) {
			l.refuse(a)
		}
	}
}

// join has a link that is planned serve one object more, and reports whether there was
// one.
func (l *linker) join(a ask) bool {
	return slices.ContainsFunc(a.dirs, func(dir string) bool {
		path := filepath.Join(dir, a.soname)
		if l.links[path] == nil || !l.same(l.links[path].target, a.target()) {
			return false
		}
		l.serve(path, a.object)
		return true
	})
}

// serve notes that a link, and those beside it, serve an object.
func (l *linker) serve(path string, object int) {
	link := l.links[path]
	if link == nil || link.served[object] {
		return
	}
	link.served[object] = true
	l.served[object] = append(l.served[object], path)
	for _, other := range link.beside {
		l.serve(other, object)
	}
}

// refuse has an object edited since no link serves what is asked for. In the layout link
// it is a problem where an object of the directory answers to the name.
func (l *linker) refuse(a ask) {
	l.keepEdit(a.object)
	for _, dir := range a.dirs {
		if other := l.answers[filepath.Join(dir, a.soname)]; other != "" && l.options.Layout == Links {
			l.conflicts = append(l.conflicts, linkConflict(l.objects[a.object].Path, a.soname, a.target(), other))
			return
		}
	}
}

// keepEdit has an object edited after all.
func (l *linker) keepEdit(i int) {
	l.objects[i].Edit = l.edits[i]
	l.files.apply(&l.objects[i])
	for _, path := range l.served[i] {
		link := l.links[path]
		if delete(link.served, i); len(link.served) == 0 {
			delete(l.links, path)
			delete(l.files.moved, path)
		}
	}
	delete(l.served, i)
}

// broken has those objects edited whose links lead to a library that lacks something
// where it is found. It reports whether there were any. The objects must be resolved.
func (l *linker) broken(unmet []unmetNeeds) (any bool) {
	for i := range unmet {
		for _, need := range unmet[i].needs {
			link := l.links[filepath.Clean(l.dirs.clean(need.path))]
			if need.object >= 0 || link == nil {
				continue
			}
			for _, object := range slices.Sorted(maps.Keys(link.served)) {
				l.keepEdit(object)
				any = true
			}
		}
	}
	return any
}

// reset takes back all links.
func (l *linker) reset() {
	for path := range l.links {
		delete(l.files.moved, path)
	}
	clear(l.links)
	clear(l.served)
}

// driverLink returns the link in a directory to which a search for a library of the driver
// went, that leads to where it will be when the object runs, or "".
func (p *planner) driverLink(need ldso.Need) string {
	for _, place := range need.Searched {
		path := filepath.Join(p.dirs.clean(place.Dir), need.Soname)
		target, ok := p.files.moved[path]
		if _, gone := p.files.gone[path]; !ok && !gone {
			target = p.inventory.Placed[path]
		}
		if filepath.Dir(target) == providers.DriverDir {
			return path
		}
	}
	return ""
}

// list returns the links that are planned, sorted.
func (l *linker) list() []Link {
	var all []Link
	for _, path := range slices.Sorted(maps.Keys(l.links)) {
		link := Link{Path: path, Target: l.links[path].target}
		for object := range l.links[path].served {
			link.For = append(link.For, l.objects[object].Path)
		}
		slices.Sort(link.For)
		all = append(all, link)
	}
	return all
}

// unlink shows the planner the outputs without the links that another layout has placed,
// and returns these. Where they lead is looked at last.
func (p *planner) unlink() []string {
	p.undone = map[string][]string{}
	p.files.gone = p.inventory.Placed
	paths := slices.Sorted(maps.Keys(p.inventory.Placed))
	for _, path := range paths {
		name := filepath.Base(path)
		p.undone[name] = append(p.undone[name], p.inventory.Placed[path])
	}
	return paths
}
