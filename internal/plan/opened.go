package plan

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// Opened says which libraries that objects open by name count. The zero value is all of
// them.
type Opened struct {
	None  bool
	Globs []string // where there are any, only names that one matches
}

// Counts reports whether a name counts.
func (o Opened) Counts(name string) bool {
	return !o.None && (len(o.Globs) == 0 || slices.ContainsFunc(o.Globs, func(glob string) bool {
		ok, err := path.Match(glob, name)
		return err == nil && ok
	}))
}

// An Open is a library that an object opens by itself while it runs: by dlopen(3), which
// searches as for a DT_NEEDED of that object. Where it has several names, any one serves.
type Open struct {
	ldso.Need                // of the name that serves; of the first one where none does
	Names     []string       // those of a note in its order; else of strings, which differ in the version alone
	Note      *elfobj.Dlopen // that names it; nil where strings of the object's data do
	Status    Status
	// Unreached is a file that would serve a missing one, but that the object's search does
	// not reach: patching would write a RUNPATH. Only AsIs and AsFound set it.
	Unreached *Candidate
	// Unfit says why a file that has a name of it was not taken, or is empty.
	Unfit string
}

// required reports whether the object does not work without it.
func (o *Open) required() bool { return o.Note != nil && o.Note.Priority == "required" }

// opened returns what an object opens by name, as far as it counts. Of the strings in its
// data those are left out that no library is looked for by: its own name, the C library's, those
// that it holds for something else,
// and names that bundled libraries had before they were renamed.
func (p *planner) opened(o *tree.Object) []Open {
	if p.options.Opened.None {
		return nil
	}
	var out []Open
	noted := map[string]bool{}
	for i, d := range o.ELF.Dlopen {
		open := Open{Note: &o.ELF.Dlopen[i]}
		for _, name := range d.Sonames {
			noted[name] = true
			if p.options.Opened.Counts(name) && !strings.Contains(name, "/") {
				open.Names = append(open.Names, name)
			}
		}
		if open.Names != nil {
			out = append(out, open)
		}
	}
	own := map[string]bool{stemOf(o.ELF.Soname): true, stemOf(filepath.Base(o.File)): true}
	at := map[string]int{} // of each stem
	for _, name := range slices.Backward(o.ELF.Names) {
		stem := stemOf(name)
		switch {
		case noted[name], own[stem], providers.IsLibc(name), p.renamed[stem], !p.options.Opened.Counts(name),
			providers.OnlyHeld(name, o.ELF.Soname, o.ELF.Names):
			continue
		}
		i, ok := at[stem]
		if !ok {
			i = len(out)
			at[stem] = i
			out = append(out, Open{})
		}
		out[i].Names = append(out[i].Names, name)
	}
	for i := range out {
		out[i].Need, out[i].Status = ldso.Need{Soname: out[i].Names[0]}, Missing
	}
	slices.SortStableFunc(out[len(out)-len(at):], func(a, b Open) int { return strings.Compare(a.Names[0], b.Names[0]) })
	return out
}

// renamedLibrary is a name that auditwheel gives to a library that it bundles: with a part
// of its hash.
var renamedLibrary = lazyregexp.New(`^(lib.+)[-.][0-9a-f]{6,}(\.so.*)$`)

// stemOf returns what all versions of a library share in their names, of one that was
// renamed what it was called before.
func stemOf(name string) string {
	if m := renamedLibrary.FindStringSubmatch(name); m != nil {
		name = m[1] + m[2]
	}
	stem, _, _ := strings.Cut(name, ".so")
	return stem
}

// renamedStems returns the stems of the names that renamed libraries had.
func renamedStems(names map[string][]string) map[string]bool {
	out := map[string]bool{}
	for name := range maps.Keys(names) {
		if renamedLibrary.MatchString(name) {
			out[stemOf(name)] = true
		}
	}
	return out
}

// wantOpened returns the entries that are missing for what the object opens by name. Of a
// note one name is enough. Each name in a string counts by itself, for nothing says in
// which order the object tries them.
func (b *pathBuilder) wantOpened() []want {
	var wants []want
	for _, open := range b.p.opened(b.o) {
		if open.Note != nil {
			wants = append(wants, b.wantAny(open.Names)...)
			continue
		}
		for _, name := range open.Names {
			if b.p.unfit[opening{b.o.File, name}] == "" {
				wants = append(wants, b.wantAny([]string{name})...)
			}
		}
	}
	for i := range wants {
		wants[i].opened = true
	}
	return wants
}

// An opening is a name that the object at a path opens.
type opening struct{ file, name string }

// own returns what the object's own search leads to for what it opens.
func (p *planner) openAlone(o *tree.Object) []Open {
	opened := p.opened(o)
	if len(opened) == 0 {
		return nil
	}
	file := p.at(o.File)
	f, err := p.files.Open(file)
	if err != nil {
		return opened
	}
	for i := range opened {
		opened[i].try(func(name string) ldso.Need {
			return p.met(ldso.Loaded{Path: file}, p.loader.Find(p.files, f.Object, file, name)).Need
		})
		for _, name := range opened[i].Names {
			if why := p.unfit[opening{o.File, name}]; why != "" {
				opened[i].Unfit = why
			}
		}
	}
	return opened
}

// try looks for each of the names until one is found.
func (o *Open) try(find func(name string) ldso.Need) {
	for i, name := range o.Names {
		need := find(name)
		if need.Found {
			o.Need, o.Status = need, Found
			return
		}
		if i == 0 {
			o.Need = need
		}
	}
}

// openInClosures fills in what the closures say of what objects open and do not find by
// themselves: each object is looked at in that of the first root that leads to it.
func (r *resolver) openInClosures() {
	byRoot := map[int][]int{}
	var roots []int
	for i := range r.objects {
		missing := slices.ContainsFunc(r.objects[i].Opens, func(o Open) bool { return o.Status == Missing })
		root := r.first[i]
		if !missing || root < 0 {
			continue
		}
		if byRoot[root] == nil {
			roots = append(roots, root)
		}
		byRoot[root] = append(byRoot[root], i)
	}
	r.each(len(roots), func(k int) {
		closure, err := r.loads.Load(r.at(r.objects[roots[k]].File))
		if err != nil {
			return
		}
		for at, loaded := range closure {
			i, ok := r.index[loaded.Real]
			if !ok || !slices.Contains(byRoot[roots[k]], i) {
				continue
			}
			for n := range r.objects[i].Opens {
				if open := &r.objects[i].Opens[n]; open.Status == Missing {
					open.try(func(name string) ldso.Need { return r.loader.Open(r.files, closure, at, name) })
				}
			}
		}
	})
}

// completeOpens fills in what would serve the libraries that an object opens in vain.
func (r *resolver) completeOpens(po *Object) {
	for k := range po.Opens {
		open := &po.Opens[k]
		for _, name := range open.Names {
			if r.asIs && open.Status == Missing && open.Unreached == nil {
				open.Unreached = r.unreached(&po.Object, name)
			}
		}
	}
}

// declineUnfit plans anew without those libraries that objects open by name and that would
// not load: they lack a library or a symbol version, in the process of the object. It reports
// whether there were any. The objects must be resolved. What a build needs depends on none.
func (p *planner) declineUnfit(objects []Object) bool {
	unfit := make([]map[string]string, len(objects))
	p.each(len(objects), func(i int) {
		po := &objects[i]
		for _, open := range po.Opens {
			if open.Status != Found || open.Loaded || open.Via == ldso.Driver || open.Note != nil || p.own(open.Real) {
				continue
			}
			if why := p.unfitFor(po, open.Path); why != "" {
				if unfit[i] == nil {
					unfit[i] = map[string]string{}
				}
				unfit[i][open.Soname] = why
			}
		}
	})
	any := false
	for i, names := range unfit {
		for name, why := range names {
			if p.unfit == nil {
				p.unfit = map[opening]string{}
			}
			p.unfit[opening{objects[i].File, name}], any = why, true
		}
	}
	if any {
		p.linker.reset()
		clear(p.files.edited)
		p.planEdits(objects)
	}
	return any
}

// unfitFor says why a library that an object opens does not load beside it, or is empty.
func (p *planner) unfitFor(po *Object, library string) string {
	alone, err := p.loader.Load(p.files, p.at(po.File))
	if err != nil {
		return ""
	}
	both := p.loader.LoadAll(p.files, po.ELF, []string{p.at(po.File), library})
	known := map[string]bool{}
	for _, l := range alone {
		known[l.Real] = true
	}
	for _, l := range both[1:] {
		for _, need := range l.Needs() {
			if !need.Found && !known[l.Real] && !providers.IsDriver(need.Soname) {
				return fmt.Sprintf("%s needs %s", l.Path, need.Soname)
			}
		}
	}
	for _, v := range ldso.CheckVersions(both) {
		if f, err := p.files.Open(v.Object); err == nil && !known[f.Real] {
			return fmt.Sprintf("%s wants %s of %s", v.Object, v.Want, v.Soname)
		}
	}
	return ""
}
