package tree_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// namedFiles says which inventory was asked.
type namedFiles string

// Open implements ldso.Files.
func (n namedFiles) Open(path string) (ldso.File, error) {
	return ldso.File{Real: string(n) + ":" + path}, nil
}

func part(name string, roots ...string) tree.Inventory {
	inv := tree.Inventory{Names: map[string][]string{}, PythonNames: map[string][]string{}, Files: namedFiles(name)}
	for _, r := range roots {
		root := &tree.Root{Path: r, Abs: r}
		inv.Roots = append(inv.Roots, root)
		inv.Objects = append(inv.Objects, tree.Object{Root: root, Path: "x.so"})
		inv.Names["x.so"] = append(inv.Names["x.so"], r+"/x.so")
	}
	inv.Names[name+".so"] = []string{roots[0] + "/" + name + ".so"}
	inv.PythonNames["libpy.so"] = []string{"/py/" + name + "/libpy.so"}
	inv.Dists = []wheel.Dist{{Name: name}}
	inv.Tags = []pyname.Platform{{Tag: name}}
	return inv
}

// Rule: several inventories are one with all that each has, in their order: roots,
// objects, the paths of each name, distributions, tags.
func TestJoinHasAllOfEach(t *testing.T) {
	all := tree.Join([]tree.Inventory{part("a", "/a1", "/a2"), part("b", "/b")})
	var roots, objects, dists []string
	for _, r := range all.Roots {
		roots = append(roots, r.Abs)
	}
	for _, o := range all.Objects {
		objects = append(objects, o.Root.Abs+"/"+o.Path)
	}
	for _, d := range all.Dists {
		dists = append(dists, d.Name)
	}
	paths := []string{"/a1/x.so", "/a2/x.so", "/b/x.so"}
	for _, c := range []struct{ got, want []string }{
		{roots, []string{"/a1", "/a2", "/b"}},
		{objects, paths},
		{dists, []string{"a", "b"}},
		{all.Names["x.so"], paths},
		{all.Names["a.so"], []string{"/a1/a.so"}},
		{all.Names["b.so"], []string{"/b/b.so"}},
		{all.PythonNames["libpy.so"], []string{"/py/a/libpy.so", "/py/b/libpy.so"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	if all.Tag() != "a.b" {
		t.Errorf("tags %s", all.Tag())
	}
}

// Rule: the tag is that of the archives' names; of one distribution in a tree that which its
// WHEEL names, and of several or of none it is not known.
func TestTagOfArchivesOrOfOneWHEEL(t *testing.T) {
	dist := func(tags ...string) wheel.Dist { return wheel.Dist{Name: "a", Version: "1.0", Tags: tags} }
	named := []pyname.Platform{{Tag: "manylinux_2_28_aarch64"}}
	for _, c := range []struct {
		tags  []pyname.Platform
		dists []wheel.Dist
		want  string
	}{
		{nil, nil, ""},
		{nil, []wheel.Dist{dist("cp312-cp312-manylinux_2_28_x86_64")}, "manylinux_2_28_x86_64"},
		{nil, []wheel.Dist{dist("py3-none-manylinux2014_x86_64", "py3-none-manylinux_2_17_x86_64")}, "manylinux2014_x86_64.manylinux_2_17_x86_64"},
		{nil, []wheel.Dist{dist("nonsense")}, ""},
		{nil, []wheel.Dist{dist()}, ""},
		{nil, []wheel.Dist{dist("py3-none-any"), dist("py3-none-linux_x86_64")}, ""},
		{named, []wheel.Dist{dist("cp312-cp312-manylinux_2_28_x86_64")}, "manylinux_2_28_aarch64"},
	} {
		if got := (tree.Inventory{Tags: c.tags, Dists: c.dists}).Tag(); got != c.want {
			t.Errorf("%v %v: %q, want %q", c.tags, c.dists, got, c.want)
		}
	}
}

// Rule: a file is read by the inventory whose root it lies in, however its path is
// written; one outside all roots by the first. Of no inventory there is no file.
func TestJoinReadsByTheInventoryOfAPath(t *testing.T) {
	all := tree.Join([]tree.Inventory{part("a", "/a1", "/a2"), part("b", "/b"), part("c", "/b/inner")})
	for path, want := range map[string]string{
		"/a1/x.so": "a", "/a2/x.so": "a", "/b/x.so": "b", "/b/inner/x.so": "c", "/a1/../b/x.so": "b", "/elsewhere/x.so": "a",
	} {
		f, err := all.Files.Open(path)
		if err != nil || f.Real != want+":"+path {
			t.Errorf("%s: %q %v, want %s", path, f.Real, err, want)
		}
	}
	if _, err := tree.Join(nil).Files.Open("/x.so"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no inventory: %v", err)
	}
}
