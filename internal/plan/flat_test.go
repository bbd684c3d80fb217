package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// Rule: the flat layout gathers needed libraries in lib/ and searches there first.
func TestPlanFlat(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{
		"sp/x.cpython-312-x86_64-linux-gnu.so": object("needed libz.so.1", "runpath $ORIGIN/../p.libs"),
		"p.libs/libz.so.1":                     object("needed libq.so.2"),
		"q.libs/libq.so.2":                     object(),
		"sp/plugin.so":                         object("needed libc.so.6"),
	})
	w.options.Layout = Flat
	p := w.plan()
	want := []Move{
		{From: planOut + "/q.libs/libq.so.2", To: planOut + "/lib/libq.so.2"},
		{From: planOut + "/p.libs/libz.so.1", To: planOut + "/lib/libz.so.1"},
	}
	if diff := cmp.Diff(want, p.Moves); diff != "" {
		t.Errorf("moves (-want +got):\n%s", diff)
	}
	checkEdit(t, p, "sp/x.cpython-312-x86_64-linux-gnu.so", runpath(planOut+"/lib", "$ORIGIN/../p.libs"))
	checkEdit(t, p, "p.libs/libz.so.1", runpath(planOut+"/lib"))
	checkEdit(t, p, "sp/plugin.so", nil)
	got := planned(t, p, "sp/x.cpython-312-x86_64-linux-gnu.so")
	closure := []string{planOut + "/lib/libq.so.2", planOut + "/lib/libz.so.1"}
	if diff := cmp.Diff(closure, got.Closure); diff != "" {
		t.Errorf("closure after the moves (-want +got):\n%s", diff)
	}
	if len(p.Problems) != 0 {
		t.Errorf("problems: %v", p.Problems)
	}
}

// Rule: a moved library is planned for where it will be: its $ORIGIN is lib/ then. One
// that can be run, as libQtCore, is a library all the same.
func TestPlanFlatFromTheNewPlace(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{
		"sp/x.cpython-312-x86_64-linux-gnu.so": object("needed libgui.so.4", "rpath $ORIGIN/.libs"),
		"sp/.libs/libgui.so.4":                 object("needed libcore.so.4", "soname libgui.so.4", "rpath $ORIGIN/."),
		"sp/.libs/libcore.so.4":                object("soname libcore.so.4", "interp "+planLoad),
	})
	w.options.Layout = Flat
	p := w.plan()
	if len(p.Moves) != 2 {
		t.Errorf("moves: %v", p.Moves)
	}
	checkEdit(t, p, "sp/.libs/libgui.so.4", &Edit{SetRunpath: true, Runpath: []string{planOut + "/lib", "$ORIGIN/."}, ForceRpath: true})
	gui := planned(t, p, "sp/.libs/libgui.so.4")
	if got := gui.Needs[0].Path; got != planOut+"/lib/libcore.so.4" {
		t.Errorf("libcore.so.4 is found as %s", got)
	}
}

// Rule: two files of one name are one library where they are equal, else a conflict.
func TestPlanFlatSameName(t *testing.T) {
	for _, c := range []struct {
		digests [2]string
		moves   int
		want    []string
	}{
		{[2]string{"1", "1"}, 2, []string{}},
		{[2]string{"1", "2"}, 0, []string{"error soname-conflict"}},
	} {
		w := newWorld(map[string]*elfobj.Object{
			"x.so": object("needed libg.so"), "a/libg.so": object(), "b/libg.so": object(),
		})
		w.options.Layout = Flat
		w.digests = map[string]string{"a/libg.so": c.digests[0], "b/libg.so": c.digests[1]}
		p := w.plan()
		if len(p.Moves) != c.moves {
			t.Errorf("digests %v: %d moves, want %d", c.digests, len(p.Moves), c.moves)
		}
		if diff := cmp.Diff(c.want, planCodes(p)); diff != "" {
			t.Errorf("digests %v: %s", c.digests, diff)
		}
	}
}

// Rule: an extension module stays where Python imports it from, though another
// object needs it by its file name.
func TestFlatLeavesExtensionModules(t *testing.T) {
	for _, name := range []string{"a.cpython-312-x86_64-linux-gnu.so", "a.abi3.so", "a.abi3t.so", "a.pypy310-pp73-x86_64-linux-gnu.so"} {
		w := newWorld(map[string]*elfobj.Object{
			"sp/" + name: object("needed libq.so"),
			"sp/b.so":    object("needed " + name),
			"q/libq.so":  object(),
		})
		w.options.Layout = Flat
		want := []Move{{From: planOut + "/q/libq.so", To: planOut + "/lib/libq.so"}}
		if diff := cmp.Diff(want, w.plan().Moves); diff != "" {
			t.Errorf("%s: moves (-want +got):\n%s", name, diff)
		}
	}
}

// Rule: of equal libraries the one that lies in lib/ already is kept, and nothing
// is moved over it.
func TestFlatKeepsWhatLiesInLib(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{
		"x.so": object("needed libg.so"), "a/libg.so": object(), "lib/libg.so": object(), "z/libg.so": object(),
	})
	w.options.Layout = Flat
	w.digests = map[string]string{"a/libg.so": "1", "lib/libg.so": "1", "z/libg.so": "1"}
	want := []Move{
		{From: planOut + "/a/libg.so", To: planOut + "/lib/libg.so", Equal: true},
		{From: planOut + "/z/libg.so", To: planOut + "/lib/libg.so", Equal: true},
	}
	if diff := cmp.Diff(want, w.plan().Moves); diff != "" {
		t.Errorf("moves (-want +got):\n%s", diff)
	}
}
