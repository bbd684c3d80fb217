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
		{"p-1.data/scripts/ruff", "/lib64/ld.so", false, Program},
		{"p/bin/static", "", false, Program},
	} {
		o := &Object{Object: tree.Object{Path: c.path, ELF: &elfobj.Object{Interp: c.interp}}}
		if got := kindOf(o, c.wanted); got != c.want {
			t.Errorf("%s, wanted %v: %s instead of %s", c.path, c.wanted, got, c.want)
		}
	}
}
