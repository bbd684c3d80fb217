package pyname_test

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

// Rule: a file name is the parts that are read from it, joined again; and what is
// joined of other spellings of a part is read the same.
func FuzzFilename(f *testing.F) {
	for _, name := range []string{
		"demo-1.0-py3-none-any.whl", "x_y-1.0+l-2b-cp39.cp310-abi3-manylinux_2_28_x86_64.linux_armv7l.whl", "x-2004d-py3-none-any.whl",
		"numpy-2.3.2-cp313-cp313t-musllinux_1_2_x86_64-x86_64_v3.whl", "x-1-1-py3-none-any-null.whl", "0123456789abcdfghijklmnpqrsvwxyz-x-1-py3-none-any.whl",
		"x__y-1-py3-none-any.whl", "x-1-py3.-none-any.whl", "é-1\u2003-é-none-\n.whl",
	} {
		f.Add(name)
	}
	f.Add("y-2B__-_-6-v0.whl")
	f.Fuzz(func(t *testing.T, name string) {
		p, ok := pyname.ParseFilename(name)
		if !ok {
			return
		}
		parts := []string{p.Name, p.Version}
		if p.Build != "" {
			parts = append(parts, p.Build)
		}
		var platforms []string
		for _, one := range p.Platforms {
			if platforms = append(platforms, one.Tag); one != pyname.ParsePlatform(one.Tag) || one.Major < 0 || one.Minor < 0 {
				t.Fatalf("%+v", one)
			}
		}
		parts = append(parts, strings.Join(p.Python, "."), strings.Join(p.ABI, "."), strings.Join(platforms, "."))
		if p.Variant != "" {
			parts = append(parts, p.Variant)
		}
		joined := strings.Join(parts, "-") + ".whl"
		if base := filepath.Base(name); joined != base && !strings.HasSuffix(base, "-"+joined) {
			t.Fatalf("%q is read as %q", name, joined)
		}
		if strings.ContainsAny(p.Name, "-/") || strings.ContainsAny(p.Version, "-/") || p.Legacy && strings.ContainsAny(p.Version, " \n\u202e") {
			t.Fatalf("%+v", p)
		}
		if pyname.NormalName(pyname.NormalName(p.Name)) != pyname.NormalName(p.Name) || pyname.NormalVersion(pyname.NormalVersion(p.Version)) != pyname.NormalVersion(p.Version) {
			t.Fatalf("the normal forms of %q and %q are none", p.Name, p.Version)
		}
		if again, ok := pyname.ParseFilename("/x/" + joined); !ok || !reflect.DeepEqual(again, p) {
			t.Fatalf("%+v became %+v", p, again)
		}
	})
}
