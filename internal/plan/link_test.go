package plan

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

const (
	linkExt = "sp/p/x.cpython-312-x86_64-linux-gnu.so"
	linkDep = "/nix/store/dep/lib"
)

// linkWorld has the objects in an output whose sp/p and sp/p.libs belong to one
// distribution, and libdep.so.1 and libmore.so.1 among the inputs.
func linkWorld(layout Layout, objects map[string]*elfobj.Object) *planWorld {
	all := map[string]*elfobj.Object{
		linkDep + "/libdep.so.1":  object("soname libdep.so.1", "needed libc.so.6"),
		linkDep + "/libmore.so.1": object("soname libmore.so.1", "needed libc.so.6"),
	}
	maps.Copy(all, objects)
	w := newWorld(all)
	w.options.Layout = layout
	w.options.Libs = []string{linkDep}
	w.owned = []string{"sp/p", "sp/p.libs"}
	return w
}

// linksOf returns the links of a plan as "path target".
func linksOf(links []Link) []string {
	out := []string{}
	for _, l := range links {
		out = append(out, l.Path[len(planOut)+1:]+" "+l.Target)
	}
	return out
}

// linkCase is a world and what is planned for it.
type linkCase struct {
	objects map[string]*elfobj.Object
	change  func(w *planWorld)
	links   []string
	edits   []string // paths of the objects that are edited
	codes   []string // of the problems
}

// Rule: in the layout link a library from outside is placed as a link in the nearest
// directory of one distribution that the object searches, one for all that it serves.
// What links cannot do is edited as in the layout origin. Nothing is placed over a file,
// nor beside an object that answers to the name.
func TestLinksArePlacedWhereObjectsSearch(t *testing.T) {
	inLibs := "sp/p.libs/libdep.so.1 " + linkDep + "/libdep.so.1"
	inPackage := "sp/p/libdep.so.1 " + linkDep + "/libdep.so.1"
	for name, c := range map[string]linkCase{
		"nearest first": {
			objects: map[string]*elfobj.Object{
				linkExt:             object("needed libdep.so.1", "runpath $ORIGIN/../p.libs:$ORIGIN"),
				"sp/p.libs/libb.so": object(),
			},
			links: []string{inPackage},
		},
		"one for all that it serves": {
			objects: map[string]*elfobj.Object{
				linkExt:             object("needed libdep.so.1 libb.so", "runpath $ORIGIN:$ORIGIN/../p.libs"),
				"sp/p.libs/libb.so": object("needed libdep.so.1", "runpath $ORIGIN", "soname libb.so"),
			},
			links: []string{inLibs},
		},
		"for what is opened by name, each name": {
			objects: map[string]*elfobj.Object{
				linkExt: object("opens libdep.so libdep.so.1 libmore.so.1", "runpath $ORIGIN"),
			},
			links: []string{inPackage, "sp/p/libmore.so.1 " + linkDep + "/libmore.so.1"},
		},
		"not for what is opened by name and would not load": {
			objects: map[string]*elfobj.Object{
				linkExt:                  object("needed libmore.so.1", "opens libdep.so.1", "runpath $ORIGIN"),
				linkDep + "/libdep.so.1": object("soname libdep.so.1", "needed libgone.so"),
			},
			links: []string{"sp/p/libmore.so.1 " + linkDep + "/libmore.so.1"},
			codes: []string{"notice library-opened-by-name"},
		},
		"opened by name from the output too: edited": {
			objects: map[string]*elfobj.Object{
				linkExt:             object("opens libdep.so.1 libb.so", "runpath $ORIGIN"),
				"sp/p.libs/libb.so": object(),
			},
			edits: []string{linkExt},
		},
		"by a path that is inherited": {
			objects: map[string]*elfobj.Object{
				linkExt:              object("needed libb.so", "rpath $ORIGIN/../p.libs"),
				"sp/p.libs/libb.so":  object("needed libdep.so.1 libc2.so", "soname libb.so"),
				"sp/p.libs/libc2.so": object("soname libc2.so"),
			},
			links: []string{inLibs},
		},
		"an interpreter": {
			objects: map[string]*elfobj.Object{"sp/p/prog": object("interp /lib64/ld.so", "needed libdep.so.1", "runpath $ORIGIN")},
			edits:   []string{"sp/p/prog"},
		},
		"an impure entry": {
			objects: map[string]*elfobj.Object{linkExt: object("needed libdep.so.1", "runpath $ORIGIN:/build/lib")},
			edits:   []string{linkExt},
			codes:   []string{"notice impure-runpath"},
		},
		"an object that searches nowhere": {
			objects: map[string]*elfobj.Object{linkExt: object("needed libdep.so.1")},
			edits:   []string{linkExt},
		},
		"a directory that others share": {
			objects: map[string]*elfobj.Object{"sp/x.cpython-312-x86_64-linux-gnu.so": object("needed libdep.so.1", "runpath $ORIGIN")},
			edits:   []string{"sp/x.cpython-312-x86_64-linux-gnu.so"},
		},
		"a directory of another output": {
			objects: map[string]*elfobj.Object{
				"/nix/store/two/sp/p/x.cpython-312-x86_64-linux-gnu.so": object("needed libdep.so.1", "runpath "+planOut+"/sp/p"),
				"sp/p/libb.so": object(),
			},
			change: func(w *planWorld) { w.roots = append(w.roots, "/nix/store/two") },
			edits:  []string{"sp/p/x.cpython-312-x86_64-linux-gnu.so"},
		},
		"a directory without an object, be it a link": {
			objects: map[string]*elfobj.Object{linkExt: object("needed libdep.so.1", "runpath $ORIGIN/../p.libs")},
			edits:   []string{linkExt},
		},
		"the subdirectories for processors": {
			objects: map[string]*elfobj.Object{
				linkExt:                               object("needed libdep.so.1", "runpath $ORIGIN/glibc-hwcaps/x86-64-v3"),
				"sp/p/glibc-hwcaps/x86-64-v3/libb.so": object(),
			},
			edits: []string{linkExt},
		},
		"a name that is taken": {
			objects: map[string]*elfobj.Object{linkExt: object("needed libdep.so.1", "runpath $ORIGIN")},
			change:  func(w *planWorld) { w.taken = []string{"sp/p/libdep.so.1"} },
			edits:   []string{linkExt},
		},
		"a name that is taken in the nearest": {
			objects: map[string]*elfobj.Object{
				linkExt:             object("needed libdep.so.1", "runpath $ORIGIN:$ORIGIN/../p.libs"),
				"sp/p.libs/libb.so": object(),
			},
			change: func(w *planWorld) { w.taken = []string{"sp/p/libdep.so.1"} },
			links:  []string{inLibs},
		},
		"a name that another library answers to": {
			objects: map[string]*elfobj.Object{
				linkExt:            object("needed libdep.so.1", "runpath $ORIGIN"),
				"sp/p/libother.so": object("soname libdep.so.1"),
			},
			edits: []string{linkExt},
			codes: []string{"error soname-conflict"},
		},
		"a library of the output": {
			objects: map[string]*elfobj.Object{
				linkExt:            object("needed libb.so libdep.so.1", "runpath $ORIGIN"),
				"sp/p/sub/libb.so": object("soname libb.so"),
			},
			edits: []string{linkExt},
		},
		"a library of the driver": {
			objects: map[string]*elfobj.Object{linkExt: object("needed libcuda.so.1", "runpath $ORIGIN")},
			links:   []string{"sp/p/libcuda.so.1 /run/opengl-driver/lib/libcuda.so.1"},
		},
		"a library of the driver that it opens": {
			objects: map[string]*elfobj.Object{
				linkExt:             object("dlopen libcuda.so.1", "needed libb.so", "runpath $ORIGIN/../p.libs"),
				"sp/p.libs/libb.so": object("soname libb.so", "needed libcuda.so.1"),
			},
			links: []string{"sp/p.libs/libcuda.so.1 /run/opengl-driver/lib/libcuda.so.1"},
			edits: []string{"sp/p.libs/libb.so"},
		},
		"a directory that only another package has": {
			objects: map[string]*elfobj.Object{linkExt: object("needed libcuda.so.1", "runpath $ORIGIN/../../other")},
			edits:   []string{linkExt},
		},
	} {
		t.Run(name, func(t *testing.T) { c.check(t, Links) })
	}
}

func (c linkCase) check(t *testing.T, layout Layout) {
	t.Helper()
	w := linkWorld(layout, c.objects)
	if c.change != nil {
		c.change(w)
	}
	p := w.plan()
	if diff := cmp.Diff(append([]string{}, c.links...), linksOf(p.Links)); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	edits := []string{}
	for _, o := range p.Objects {
		if o.Edit != nil {
			edits = append(edits, o.Path)
			continue
		}
		for _, n := range o.Needs {
			if n.Status != Found {
				t.Errorf("%s does not find %s", o.Path, n.Soname)
			}
		}
	}
	if diff := cmp.Diff(append([]string{}, c.edits...), edits); diff != "" {
		t.Errorf("edits (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(append([]string{}, c.codes...), planCodes(p)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// Rule: a library that is found by a link has its $ORIGIN beside the link: what it finds by
// that at its own place is linked too. Where it would come to another file there, or to
// none, the object is edited.
func TestLibrariesFindTheirOwnBesideALink(t *testing.T) {
	const wheel = "/nix/store/wheel/sp/q/lib"
	python := func(w *planWorld) {
		w.python = []string{wheel + "/libq.so.1", wheel + "/libq2.so.1", wheel + "/deep/libq3.so"}
	}
	needsQ := object("needed libq.so.1", "runpath $ORIGIN")
	for name, c := range map[string]linkCase{
		"needs": {
			objects: map[string]*elfobj.Object{
				linkExt: needsQ, wheel + "/libq.so.1": object("needed libq2.so.1", "runpath $ORIGIN"),
				wheel + "/libq2.so.1": object("needed libdep.so.1", "runpath $ORIGIN:"+linkDep),
			},
			change: python,
			links:  []string{"sp/p/libq.so.1 " + wheel + "/libq.so.1", "sp/p/libq2.so.1 " + wheel + "/libq2.so.1"},
		},
		"what it opens": {
			objects: map[string]*elfobj.Object{
				linkExt: needsQ, wheel + "/libq.so.1": object("dlopen libq2.so.1", "rpath $ORIGIN"), wheel + "/libq2.so.1": object(),
			},
			change: python,
			links:  []string{"sp/p/libq.so.1 " + wheel + "/libq.so.1", "sp/p/libq2.so.1 " + wheel + "/libq2.so.1"},
		},
		"two that need each other": {
			objects: map[string]*elfobj.Object{
				linkExt: needsQ, wheel + "/libq.so.1": object("needed libq2.so.1", "runpath $ORIGIN"),
				wheel + "/libq2.so.1": object("needed libq.so.1", "runpath $ORIGIN"),
			},
			change: python,
			links:  []string{"sp/p/libq.so.1 " + wheel + "/libq.so.1", "sp/p/libq2.so.1 " + wheel + "/libq2.so.1"},
		},
		"another file is there": {
			objects: map[string]*elfobj.Object{
				linkExt: needsQ, wheel + "/libq.so.1": object("needed libq2.so.1", "runpath $ORIGIN"),
				wheel + "/libq2.so.1": object(), "sp/p/libq2.so.1": object(),
			},
			change: python,
			edits:  []string{linkExt},
		},
		"no such directory": {
			objects: map[string]*elfobj.Object{
				linkExt: needsQ, wheel + "/libq.so.1": object("needed libq3.so", "runpath $ORIGIN/deep"), wheel + "/deep/libq3.so": object(),
			},
			change: python,
			edits:  []string{linkExt},
		},
		"a path that is inherited": {
			objects: map[string]*elfobj.Object{
				linkExt: object("needed libq.so.1", "rpath $ORIGIN"), wheel + "/libq.so.1": object("needed libq2.so.1"), wheel + "/libq2.so.1": object(),
			},
			change: python,
			edits:  []string{linkExt},
		},
	} {
		t.Run(name, func(t *testing.T) { c.check(t, Links) })
	}
}

// Rule: what is found by a link says so.
func TestViaLink(t *testing.T) {
	w := linkWorld(Links, map[string]*elfobj.Object{linkExt: object("needed libdep.so.1", "runpath $ORIGIN")})
	n := planned(t, w.plan(), linkExt).Needs[0]
	if n.Via != "link" || n.Path != planOut+"/sp/p/libdep.so.1" || n.Real != linkDep+"/libdep.so.1" {
		t.Errorf("%+v", n)
	}
}

// Rule: the layout auto places links for an object of more than 64 MiB and says why; any
// other is edited, and the plan has the links that do as well.
func TestAutoLinksLargeObjects(t *testing.T) {
	for size, large := range map[int64]bool{64 << 20: false, 64<<20 + 1: true} {
		w := linkWorld(Auto, map[string]*elfobj.Object{linkExt: object("needed libdep.so.1", "runpath $ORIGIN")})
		w.sizes = map[string]int64{linkExt: size}
		p := w.plan()
		o := planned(t, p, linkExt)
		want := []string{"sp/p/libdep.so.1 " + linkDep + "/libdep.so.1"}
		links := p.Links
		if !large {
			checkEdit(t, p, linkExt, &Edit{SetRunpath: true, Runpath: []string{"$ORIGIN", linkDep}, Instead: []Link{
				{Path: planOut + "/sp/p/libdep.so.1", Target: linkDep + "/libdep.so.1", For: []string{linkExt}},
			}})
			links = o.Edit.Instead
			if len(p.Links) > 0 {
				t.Error("links are placed for a small object")
			}
		} else if o.Edit != nil || o.Linked != "patchelf would rewrite 67 MB" {
			t.Errorf("%+v %q", o.Edit, o.Linked)
		}
		if diff := cmp.Diff(want, linksOf(links)); diff != "" {
			t.Errorf("size %d (-want +got):\n%s", size, diff)
		}
	}
}

// Rule: the layout auto edits no object for which the links of a large one do; one that
// wants a library besides is edited for all, and the log does not speak of either.
func TestAutoLinksServeSmallObjectsToo(t *testing.T) {
	const served, asksMore = "sp/p/libserved.so", "sp/p/libmore2.so"
	w := linkWorld(Auto, map[string]*elfobj.Object{
		linkExt:  object("needed libdep.so.1", "runpath $ORIGIN"),
		served:   object("needed libdep.so.1", "runpath $ORIGIN"),
		asksMore: object("needed libdep.so.1 libmore.so.1", "runpath $ORIGIN"),
	})
	w.sizes = map[string]int64{linkExt: 64<<20 + 1}
	p := w.plan()
	checkEdit(t, p, linkExt, nil)
	checkEdit(t, p, served, nil)
	if e := planned(t, p, asksMore).Edit; e == nil || !slices.Equal(e.Runpath, []string{"$ORIGIN", linkDep}) {
		t.Errorf("%+v", e)
	}
	if len(p.Links) != 1 || !slices.Equal(p.Links[0].For, []string{served, linkExt}) {
		t.Errorf("%+v", p.Links)
	}
	if o := planned(t, p, served); o.Linked != "" || o.Needs[0].Via != "link" {
		t.Errorf("%q %+v", o.Linked, o.Needs)
	}
}

// Rule: the layout auto gives a library its own path where the link of a large object serves
// it by a path that it inherits alone: Python may load it by itself.
func TestAutoEditsWhatOnlyInherits(t *testing.T) {
	const bundled = "sp/p.libs/libb.so"
	w := linkWorld(Auto, map[string]*elfobj.Object{
		linkExt: object("needed libdep.so.1 libb.so", "rpath $ORIGIN/../p.libs"),
		bundled: object("needed libdep.so.1"),
	})
	w.sizes = map[string]int64{linkExt: 64<<20 + 1}
	p := w.plan()
	checkEdit(t, p, linkExt, nil)
	if planned(t, p, bundled).Edit == nil || len(p.Links) != 1 {
		t.Errorf("%+v %+v", planned(t, p, bundled), p.Links)
	}
}

// Rule: the layouts origin and flat plan no link, and undo those of another layout: the
// objects get the directories to which these lead.
func TestOtherLayoutsUndoLinks(t *testing.T) {
	for _, layout := range []Layout{Origin, Flat, Links, Auto} {
		w := linkWorld(layout, map[string]*elfobj.Object{linkExt: object("needed libdep.so.1", "runpath $ORIGIN")})
		w.options.Libs = nil
		link := planOut + "/sp/p/libdep.so.1"
		w.placed = map[string]string{link: linkDep + "/libdep.so.1"}
		w.real[link] = linkDep + "/libdep.so.1"
		p := w.plan()
		if len(p.Links) > 0 || len(p.Problems) > 0 {
			t.Errorf("%s: %v %v", layout, p.Links, p.Problems)
		}
		if layout == Links || layout == Auto {
			checkEdit(t, p, linkExt, nil)
			continue
		}
		checkEdit(t, p, linkExt, runpath("$ORIGIN", linkDep))
		if !slices.Equal(p.Unlinks, []string{link}) {
			t.Errorf("%s removes %q", layout, p.Unlinks)
		}
	}
}
