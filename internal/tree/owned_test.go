package tree

import (
	"os"
	"path/filepath"
	"testing"
)

// Rule: a directory belongs to one distribution where it, or one above it in
// site-packages, is named after it, or is a package whose __init__ has code and shares
// the package with nobody. Site-packages itself, what lies beside it, and namespace
// packages belong to nobody.
func TestOwned(t *testing.T) {
	root := t.TempDir()
	const site = "lib/python3.12/site-packages/"
	for name, text := range map[string]string{
		site + "my_dist-1.0.dist-info/METADATA":          "Name: My.Dist\n",
		site + "my_dist.libs/x":                          "",
		site + "other.libs/x":                            "",
		site + "code/__init__.py":                        "# a comment\n'''\nx = 1\n'''\n__version__ = '1'\n",
		site + "code/deep/er/x":                          "",
		site + "empty/__init__.py":                       "",
		site + "words/__init__.py":                       "# nothing\n\"\"\"A namespace.\n\nx = 1\n\"\"\"\n'more'\n",
		site + "shared/__init__.py":                      "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n",
		site + "old/__init__.py":                         "__import__('pkg_resources').declare_namespace(__name__)\n",
		site + "old/mine/__init__.py":                    "x = 1\n",
		site + "none/x":                                  "",
		site + "compiled/__init__.abi3.so":               "",
		site + "my/dist/x":                               "",
		site + "nvidia_cublas_cu12-1.0.dist-info/RECORD": "",
		site + "nvidia/cublas/lib/x":                     "",
		site + "nvidia/cu13/lib/x":                       "",
		"lib/x":                                          "",
		"share/x":                                        "",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	trees, err := Walk(Roots{{Path: root, Abs: root}})
	if err != nil {
		t.Fatal(err)
	}
	o := newOwner(trees[0])
	for dir, want := range map[string]bool{
		site + "my_dist.libs": true, site + "other.libs": false, site + "code": true, site + "code/deep/er": true,
		site + "empty": false, site + "words": false, site + "shared": false, site + "old": false, site + "old/mine": true,
		site + "none": false, site + "compiled": true, site + "my/dist": true, site + "my": false,
		site + "nvidia/cublas/lib": true, site + "nvidia/cu13/lib": false, site + "nvidia": false,
		site: false, "lib": false, "share": false, ".": false, "..": false,
	} {
		if got := o.owns(filepath.Join(root, dir)); got != want {
			t.Errorf("%s: %v", dir, got)
		}
	}
}

// Rule: the text of a link that patch places leads to the file, and no other text is
// taken for one.
func TestPlacedText(t *testing.T) {
	for target, text := range map[string]string{"/nix/store/x/lib/libz.so.1": "/nix/store/x/lib/./libz.so.1", "/x": "/./x"} {
		if got := PlacedText(target); got != text {
			t.Errorf("%s: %s", target, got)
		}
		if got, ok := PlacedTarget(text); !ok || got != target {
			t.Errorf("%s: %s %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "libz.so.1", "./libz.so.1", "/nix/store/x/lib/libz.so.1", "/a/./b/c", "/a/../b/./c", "/a//./c", "/a/./"} {
		if _, ok := PlacedTarget(text); ok {
			t.Errorf("%q", text)
		}
	}
}
