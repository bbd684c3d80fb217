package plan

import (
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// Rule: the guess is what the plan says then, where a library of outside decides it: the
// object that needs one is edited, the one that needs its own or the C library's is not, nor
// one that an earlier run has edited.
func TestGuessIsWhatThePlanSays(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{
		"outside.so":                 object("needed libz.so.1"),
		"own.so":                     object("needed own2.so", "runpath $ORIGIN"),
		"own2.so":                    object("soname own2.so", "needed libc.so.6"),
		"impure.so":                  object("needed libc.so.6", "runpath /usr/local/lib"),
		"again.so":                   object("needed libz.so.1", "runpath /nix/store/z/lib"),
		"/nix/store/z/lib/libz.so.1": object("soname libz.so.1"),
	})
	w.options.Libs = []string{"/nix/store/z/lib"}
	for _, layout := range []Layout{Origin, Auto} {
		w.options.Layout = layout
		inv := w.inventory()
		planned := w.plan()
		if len(planned.Objects) != 5 {
			t.Fatalf("%d objects", len(planned.Objects))
		}
		for _, o := range planned.Objects {
			if guess := w.options.LikelyEdited(&o.Object, inv.Names); guess != (o.Edit != nil) {
				t.Errorf("%s, %s: guess %t, edit %+v", layout, o.Path, guess, o.Edit)
			}
		}
	}
	large := tree.Object{Size: maxEdit + 1, ELF: object("needed libz.so.1")}
	for layout, want := range map[Layout]bool{Origin: true, Flat: true, Auto: false, Links: false} {
		w.options.Layout = layout
		if w.options.LikelyEdited(&large, nil) != want {
			t.Errorf("a large object in %s", layout)
		}
	}
}
