package plan

import (
	"debug/elf"
	"slices"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

func i686(o *elfobj.Object) *elfobj.Object {
	o.Class, o.Machine = elf.ELFCLASS32, elf.EM_386
	return o
}

// Rule: each object is resolved by a loader of its own machine and C library, which
// passes over libraries of others, and has the $LIB of its machine. A static
// program is in the plan too.
func TestAsFoundGoesByEachPlatform(t *testing.T) {
	const path = "runpath $ORIGIN/../$LIB:$ORIGIN/../other"
	static := object()
	static.Dynamic, static.Type = false, elf.ET_EXEC
	w := newWorld(map[string]*elfobj.Object{
		"a/arm.so":        object("machine arm", "needed libz.so.1", path),
		"a/i686.so":       i686(object("needed libz.so.1", path)),
		"a/musl.so":       object("needed libz.so.1 libc.musl-x86_64.so.1", path),
		"a/musl2.so":      object("needed libz.so.1 libc.musl-x86_64.so.1", "runpath $ORIGIN/../lib64"),
		"a/x86_64.so":     object("needed libz.so.1 libc.so.6", path),
		"bin/static":      static,
		"lib/libz.so.1":   i686(object()),
		"lib64/libz.so.1": object(),
		"other/libz.so.1": object("machine arm"),
	})
	p := AsFound(w.inventory(), w.options)
	for object, want := range map[string]string{
		"a/arm.so":    planOut + "/other/libz.so.1",
		"a/i686.so":   planOut + "/lib/libz.so.1",
		"a/x86_64.so": planOut + "/lib64/libz.so.1",
		"a/musl.so":   "", // musl ignores a RUNPATH with any token but $ORIGIN
		"a/musl2.so":  planOut + "/lib64/libz.so.1",
	} {
		if got := planned(t, p, object).Needs[0]; got.Real != want || (got.Status == Found) != (want != "") {
			t.Errorf("%s: %s %q, want %q", object, got.Status, got.Real, want)
		}
	}
	if got := planned(t, p, "a/musl.so").Needs[0].Unreached; got == nil || got.Path != planOut+"/lib64/libz.so.1" {
		t.Errorf("no library is said to be unreached: %v", got)
	}
	if got := planned(t, p, "bin/static"); got.Kind != Program || len(got.Needs) > 0 {
		t.Errorf("static program: %s %v", got.Kind, got.Needs)
	}
	if got := planned(t, p, "a/x86_64.so").Needs[1]; got.Status != Missing {
		t.Errorf("a directory of this machine counts: %q", got.Path)
	}
}

// Rule: the objects are in the order of the roots, then of their paths, whatever
// their platforms. There is nothing to write, to say or to check.
func TestAsFoundIsInOrder(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{
		"a.so": object("needed libnone.so"), "b.so": object("machine arm"), "c.so": object(), "d.so": object("machine arm"),
		"/nix/store/dev/z.so": object("machine arm"), "/nix/store/dev/y.so": object("execstack", "runpath /usr/lib"),
	})
	w.roots = append([]string{"/nix/store/dev"}, w.roots...)
	p := AsFound(w.inventory(), w.options)
	var got []string
	for _, o := range p.Objects {
		got = append(got, o.Path)
		if o.Edit != nil || o.Batched {
			t.Errorf("%s: %+v", o.Path, o)
		}
	}
	if want := []string{"y.so", "z.so", "a.so", "b.so", "c.so", "d.so"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(p.Problems)+len(p.Batches)+len(p.Moves) > 0 {
		t.Errorf("%v %v %v", p.Problems, p.Batches, p.Moves)
	}
}
