package ldso

import (
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// Rule: musl's file of directories ends at a NUL, and its entries at a colon or a
// newline (getdelim and path_open in ldso/dynlink.c). TestNewLoaderOfMusl and
// tests/elf ask musl itself about such a file.
func TestMuslPath(t *testing.T) {
	for text, want := range map[string][]string{
		"/a:/b\n/c\n":  {"/a", "/b", "/c"},
		":\n:/a::":     {"/a"},
		"/a\x00/b\n/c": {"/a"},
		"\x00/a":       nil,
		" /a \r\n":     {" /a \r"},
	} {
		if got := muslPath(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Rule: whatever the bytes of musl's file and of a search path, the directories are
// parts of them without a separator, and none is empty.
func FuzzMuslPath(f *testing.F) {
	f.Add("/lib:/usr/local/lib\n/usr/lib\n", "$ORIGIN/../lib:/x", true)
	f.Add("\x00:", "${ORIGIN}:$LIB", false)
	f.Fuzz(func(t *testing.T, text, path string, rpath bool) {
		for _, dir := range muslPath(text) {
			if dir == "" || strings.ContainsAny(dir, ":\n\x00") || !strings.Contains(text, dir) {
				t.Fatalf("%q of %q", dir, text)
			}
		}
		obj := (&elfobj.Object{}).WithSearchPath(strings.Split(path, ":"), rpath)
		for _, p := range muslPlaces(&asker{path: "/dir/x", obj: obj}) {
			if p.Reason == reasonToken {
				continue // the path as it stands
			}
			if p.Dir == "" || strings.ContainsAny(p.Dir, ":\n$") || (p.Reason == "") != (p.Dir[0] == '/') {
				t.Fatalf("%+v of %q", p, path)
			}
		}
	})
}
