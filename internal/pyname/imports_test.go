package pyname

import (
	"slices"
	"strings"
	"testing"
)

// Rule: what is imported are the packages and modules at the top of site-packages, and the
// first packages of a namespace.
func TestImports(t *testing.T) {
	for files, want := range map[string]string{
		"six.py":                                                     "six",
		"a/__init__.py a/b/__init__.py a/c.py":                       "a",
		"google/x/__init__.py google/y/__init__.py":                  "google.x google.y",
		"core.cpython-311-x86_64-linux-gnu.so":                       "core",
		"core.abi3.so libcore.so core.txt":                           "core",
		"a/__init__.cpython-311-x86_64-linux-gnu.so":                 "a",
		"a-1.data/platlib/a/__init__.py a-1.data/data/b/__init__.py": "a",
		"a/__init__.py tests/__init__.py setup.py docs/conf.py":      "a",
		"_cffi.abi3.so a.py":                                         "a",
		"_cffi.abi3.so":                                              "_cffi",
		"a.libs/x.so a-1.dist-info/x.py":                             "",
		"/a/__init__.py ../b/__init__.py ./c.py":                     "c",
		"1a/__init__.py a b/__init__.py":                             "b",
	} {
		if got := strings.Join(Imports(strings.Fields(files)), " "); got != want {
			t.Errorf("%q: %q", files, got)
		}
	}
	if got := Imports([]string{"a b/__init__.py", "a/\x00/__init__.py"}); !slices.Equal(got, nil) {
		t.Errorf("%q", got)
	}
}
