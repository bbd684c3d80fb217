package plan

import (
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// Rule: what an object is for shows in its name, its interpreter, and whether
// another object wants it.
func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		path, interp string
		wanted       bool
		want         Kind
	}{
		{"cv2/cv2.abi3.so", "", false, Extension},
		{"cv2/cv2.abi3.so", "", true, Extension},
		{"numpy/_core.cpython-312-x86_64-linux-gnu.so", "", false, Extension},
		{"jaxlib/_native.so", "", false, Extension},
		{"p/libx.cpython-312-x86_64-linux-gnu.so", "", false, Extension},
		{"pkg.libs/libz-1.so.1", "", true, Library},
		{"pkg.libs/libz-1.so.1", "", false, Library},
		{"p/lib/libp.so", "", false, Library},
		{"PySide6/Qt/lib/libQt6Core.so.6", "/lib64/ld.so", false, Library},
		{"PySide6/Qt/plugins/platforms/libqxcb.so", "", false, Plugin},
		{"PySide6/Qt/plugins/platforms/libqxcb.so", "", true, Library},
		{"p.libs/codec.so", "", false, Plugin},
		{"mpich.data/data/lib/ucx/libuct_ib.so.0", "", false, Plugin},
		{"p-1.data/scripts/ruff", "/lib64/ld.so", false, Program},
		{"p/bin/static", "", false, Program},
	} {
		o := &Object{Object: tree.Object{Path: c.path, ELF: &elfobj.Object{Interp: c.interp}}}
		if got := kindOf(o, c.wanted); got != c.want {
			t.Errorf("%s, wanted %v: %s instead of %s", c.path, c.wanted, got, c.want)
		}
	}
}

// Rule: what another object needs is no plugin, even if its RUNPATH does not lead
// there, and neither is what any object names in .note.dlopen. What an object
// needs of itself does not count.
func TestKindOfWhatIsWanted(t *testing.T) {
	w := newWorld(map[string]*elfobj.Object{
		"p/mod.abi3.so":          object("needed libneeded.so libfar.so", "runpath $ORIGIN/plugins", "dlopen libnone.so libnamed.so"),
		"p/plugins/libneeded.so": object(),
		"p/far/libfar.so":        object(),
		"p/plugins/libnamed.so":  object(),
		"p/plugins/libself.so":   object("needed libself.so", "runpath $ORIGIN"),
		"p/plugins/libalone.so":  object(),
	})
	p := AsFound(w.inventory(), w.options)
	for path, want := range map[string]Kind{
		"p/mod.abi3.so":          Extension,
		"p/plugins/libneeded.so": Library,
		"p/far/libfar.so":        Library,
		"p/plugins/libnamed.so":  Library,
		"p/plugins/libself.so":   Plugin,
		"p/plugins/libalone.so":  Plugin,
	} {
		if got := planned(t, p, path).Kind; got != want {
			t.Errorf("%s: %s instead of %s", path, got, want)
		}
	}
}
