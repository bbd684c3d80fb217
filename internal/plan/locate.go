package plan

import (
	"cmp"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// A Candidate is a file that could serve a need that the loader's search does not
// find.
type Candidate struct {
	Path string
	Own  bool // it lies in one of the outputs
	rank int  // place in the order of the search
}

// rankLast is behind all candidates.
const rankLast = math.MaxInt

// candidates returns the files that could serve soname for an object, best first:
// in the outputs, the nearest first; in --lib, and where nixpkgs has a library in a known
// folder below that, there; in the Python dependencies; where links
// lead that another layout placed. Those of another class or machine are left out, as the
// loader passes them over.
func (p *planner) candidates(o *tree.Object, soname string) []Candidate {
	var out []Candidate
	rank := 0
	add := func(own bool, paths ...string) {
		for _, path := range paths {
			f, err := p.files.Open(path)
			if err == nil && o.ELF.Kind().Same(f.Object.Kind()) {
				out = append(out, Candidate{path, own, rank})
			}
		}
		rank++
	}
	add(true, p.nearest(o, p.names[soname])...)
	for _, dir := range p.options.Libs {
		add(false, filepath.Join(dir, soname))
	}
	if known, ok := providers.Lookup(soname); ok && known.Below != "" && !known.OtherVersion {
		for _, dir := range p.options.Libs {
			add(false, filepath.Join(dir, known.Below, soname))
		}
	}
	add(false, p.inventory.PythonNames[soname]...)
	for _, dir := range p.options.PythonLibs {
		add(false, filepath.Join(DataLib(dir), soname))
	}
	add(false, p.undone[soname]...)
	return out
}

// nearest returns paths sorted by how near they are to an object: its own root
// before others, then by distance, then by name.
func (p *planner) nearest(o *tree.Object, paths []string) []string {
	if len(paths) < 2 {
		return paths
	}
	dir := filepath.Dir(o.File)
	elsewhere := func(path string) int {
		if p.inventory.Roots.Of(path) == o.Root {
			return 0
		}
		return 1
	}
	out := slices.Clone(paths)
	slices.SortStableFunc(out, func(a, b string) int {
		return cmp.Or(
			cmp.Compare(elsewhere(a), elsewhere(b)),
			cmp.Compare(distance(dir, filepath.Dir(a)), distance(dir, filepath.Dir(b))),
			strings.Compare(a, b),
		)
	})
	return out
}

// distance returns the number of steps up and down from one clean absolute
// directory to another.
func distance(a, b string) int {
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	common := 0
	for common < len(as) && common < len(bs) && as[common] == bs[common] {
		common++
	}
	return len(as) + len(bs) - 2*common
}

// own reports whether path lies in one of the outputs.
func (p *planner) own(path string) bool {
	return p.inventory.Roots.Of(path) != nil
}

// An overlay is a file system in which some objects already have their edit
// and some files their new place, and links are placed or removed, though nothing has
// been written.
type overlay struct {
	ldso.Files
	edited map[string]*elfobj.Object // by File.Real
	moved  map[string]string         // absolute path to the path that its content comes from
	gone   map[string]string         // absolute paths where nothing will be
	real   map[string]string         // File.Real to what it will be after the moves
}

// Open implements ldso.Files.
func (v *overlay) Open(path string) (ldso.File, error) {
	from := path
	if len(v.moved)+len(v.gone) > 0 {
		clean := filepath.Clean(path)
		if m, ok := v.moved[clean]; ok {
			from = m
		} else if _, ok := v.gone[clean]; ok {
			return ldso.File{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
	}
	f, err := v.Files.Open(from)
	if err != nil {
		return f, err
	}
	if e, ok := v.edited[f.Real]; ok {
		f.Object = e
	}
	if to, ok := v.real[f.Real]; ok {
		f.Real = to
	}
	return f, nil
}

// move makes the overlay show at a path what another leads to.
func (v *overlay) move(path, from string) {
	if v.moved == nil {
		v.moved = map[string]string{}
	}
	v.moved[path] = from
}

// apply makes the overlay show an object as its edit leaves it.
func (v *overlay) apply(po *Object) {
	if po.Edit == nil {
		return
	}
	f, err := v.Files.Open(po.File)
	if err != nil {
		return // the object itself could not be read: Scan has said so
	}
	e := *po.ELF
	if po.Edit.SetRunpath {
		e = *e.WithSearchPath(po.Edit.Runpath, po.Edit.ForceRpath)
	}
	if po.Edit.Interpreter != "" {
		e.Interp = po.Edit.Interpreter
	}
	v.edited[f.Real] = &e
}
