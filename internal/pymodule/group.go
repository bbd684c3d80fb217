package pymodule

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A group is the modules of one wheel. Where no RECORD lists them, it is those of one
// site-packages.
type group struct {
	modules []module
	own     []pyname.Pythons // brought along
	dist    wheel.Dist       // without a name where it is not known
}

// groupModules returns the modules by wheel, in the order in which the first of each
// comes. It reads no RECORD where all modules can be loaded.
func groupModules(found []module, own []library, trees []*tree.Listing) []*group {
	dists := newDists(trees)
	if !slices.ContainsFunc(found, func(m module) bool { return !m.loads || dists.tooNew(m) }) {
		return nil
	}
	dists.readRecords(found)
	var groups []*group
	byKey := map[string]*group{}
	for _, m := range found {
		dist := dists.of(m.file)
		key := m.site
		if dist != nil {
			key = dist.path
		}
		g := byKey[key]
		if g == nil {
			g = &group{}
			if dist != nil {
				g.dist = dist.Dist
			}
			byKey[key] = g
			groups = append(groups, g)
		}
		g.modules = append(g.modules, m)
	}
	for _, l := range own {
		key := ""
		if dist := dists.of(l.file); dist != nil {
			key = dist.path
		} else if root := archiveOf(found, l.file); root != "" {
			key = root
		}
		if g := byKey[key]; g != nil {
			g.own = append(g.own, l.pythons)
		}
	}
	return groups
}

// archiveOf returns the path of the archive that holds the file, or "".
func archiveOf(found []module, file string) string {
	for _, m := range found {
		if r := m.object.Root; r.Archive && tree.Within(r.Abs, file) {
			return r.Abs
		}
	}
	return ""
}

// fails reports whether the group has modules for the Python of its site-packages, and
// that one can load none of them. Files of a bare name are looked into only where those of
// other names fail: many are plugins of something else.
func (g *group) fails() bool {
	tagged := g.tagged()
	return len(tagged) > 0 && !slices.ContainsFunc(tagged, g.loads) &&
		!slices.ContainsFunc(g.modules, func(m module) bool { return m.isBare() && m.hasInit() })
}

// tagged returns the modules whose names say a Python, but for those that the wheel has for
// a Python of its own.
func (g *group) tagged() []module {
	return slices.DeleteFunc(slices.Clone(g.modules), func(m module) bool { return m.isBare() || g.isOwn(m) })
}

// isOwn reports whether a module is for the Python that the wheel brings along.
func (g *group) isOwn(m module) bool {
	return m.Pythons.Exact() && slices.ContainsFunc(g.own, m.Pythons.Meets)
}

// loads reports whether the Python before a module loads it. A module of the stable ABI
// needs the version that the wheel was built for (PEP 384), which only its tags say.
func (g *group) loads(m module) bool { return m.loads && !tooNew(m, stableSince(g.dist.Tags)) }

// stableSince returns the Pythons of those tags that are of the stable ABI. There are none
// where another tag could be meant for the same modules.
func stableSince(tags []string) []pyname.Pythons {
	var out []pyname.Pythons
	for _, tag := range tags {
		parts := strings.Split(tag, "-")
		if len(parts) != 3 || parts[1] != "abi3" && parts[1] != "abi3t" {
			return nil
		}
		if p, ok := pyname.TagPythons(parts[0], parts[1]); ok {
			out = append(out, p)
		}
	}
	return out
}

// tooNew reports whether a module of the stable ABI is for later Pythons only than those
// that it lies before.
func tooNew(m module, since []pyname.Pythons) bool {
	return m.Pythons.Later && len(since) > 0 && !m.object.Root.Archive && !slices.ContainsFunc(since, func(p pyname.Pythons) bool {
		p.Threads = pyname.AnyThreads // .abi3t.so is for both, its tag for one (PEP 803)
		return slices.ContainsFunc(m.before, p.Meets)
	})
}

// dists are the distributions of the trees.
type dists struct {
	all    []installed
	bySite map[string][]int // indices in all, by the folder that the dist-info lies in
	byFile map[string]int   // index in all, of the files in ".so" that a RECORD lists
}

type installed struct {
	wheel.Dist        // once it is read
	path       string // of the dist-info folder, absolute
}

func newDists(trees []*tree.Listing) *dists {
	d := &dists{bySite: map[string][]int{}, byFile: map[string]int{}}
	for _, l := range trees {
		for _, dir := range l.Dists {
			path := filepath.Join(l.Root.Abs, dir)
			d.bySite[filepath.Dir(path)] = append(d.bySite[filepath.Dir(path)], len(d.all))
			d.all = append(d.all, installed{path: path})
		}
	}
	return d
}

// tooNew reports whether a module may be too new for its Python: a distribution beside it
// is of a newer stable ABI.
func (d *dists) tooNew(m module) bool {
	if !m.Pythons.Later || m.object.Root.Archive {
		return false
	}
	return slices.ContainsFunc(d.bySite[m.site], func(i int) bool { return tooNew(m, stableSince(d.read(i).Tags)) })
}

// read reads a dist-info folder, once.
func (d *dists) read(i int) wheel.Dist {
	if d.all[i].Name == "" {
		dir, base := filepath.Split(d.all[i].path)
		d.all[i].Dist = wheel.ReadDistInfo(dir, base)
		d.all[i].Name = cmp.Or(d.all[i].Name, base)
	}
	return d.all[i].Dist
}

// readRecords reads the RECORD of each distribution that lies in a folder from which a
// module may be: its own one, or an outer one. A RECORD that cannot be read lists nothing,
// verification reports it.
func (d *dists) readRecords(found []module) {
	done := map[string]bool{}
	for _, m := range found {
		for dir := filepath.Dir(m.file); len(dir) > 1 && !done[dir]; dir = filepath.Dir(dir) {
			done[dir] = true
			for _, i := range d.bySite[dir] {
				d.readRecord(i)
			}
		}
	}
}

func (d *dists) readRecord(i int) {
	text, err := wheel.ReadSmall(filepath.Join(d.all[i].path, "RECORD"), wheel.MaxRecord)
	if err != nil {
		return
	}
	record, _ := wheel.ParseRecord(text)
	if record == nil {
		return
	}
	for _, row := range record.Rows {
		if !strings.Contains(row.Path, ".so") {
			continue
		}
		file := filepath.Join(filepath.Dir(d.all[i].path), row.Path)
		if _, listed := d.byFile[file]; !listed {
			d.byFile[file] = i
		}
	}
}

// of returns the distribution whose RECORD lists a file, or nil.
func (d *dists) of(file string) *installed {
	i, ok := d.byFile[file]
	if !ok {
		return nil
	}
	d.read(i)
	return &d.all[i]
}
