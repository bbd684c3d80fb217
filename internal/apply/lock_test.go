package apply

import (
	"errors"
	"os"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// Rule: who has a tree keeps others from it until it is released, and leaves no file
// there. It gets all of its trees or none.
func TestLockKeepsOthersOut(t *testing.T) {
	tr := compiled.New(t)
	one, two := tr.File("1"), tr.File("2")
	if err := errors.Join(os.Mkdir(one, 0o777), os.Mkdir(two, 0o777)); err != nil {
		t.Fatal(err)
	}
	first, both := tree.Roots{{Path: "two", Abs: two}}, tree.Roots{{Path: "./two", Abs: two}, {Path: "one", Abs: one}}
	release, err := Lock(first)
	if err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if _, err := Lock(both); !errors.As(err, &locked) || locked.Path != "./two" {
		t.Errorf("%v", err)
	}
	for _, root := range []string{one, two} {
		if list, err := os.ReadDir(root); err != nil || len(list) > 0 {
			t.Errorf("%v %v", list, err)
		}
	}
	releaseOne, err := Lock(tree.Roots{{Path: "one", Abs: one}})
	if err != nil {
		t.Fatalf("what was refused keeps a tree: %v", err)
	}
	releaseOne()
	release()
	release, err = Lock(both)
	if err != nil {
		t.Fatal(err)
	}
	release()
}

// Rule: roots of one run do not lock each other out: the same one twice, under several
// names, or one within another. Archives have no lock.
func TestLockOfManyRoots(t *testing.T) {
	tr := compiled.New(t)
	if err := errors.Join(os.Mkdir(tr.File("sub"), 0o777), os.Symlink(tr.Root, tr.File("link"))); err != nil {
		t.Fatal(err)
	}
	release, err := Lock(tree.Roots{
		{Path: "a", Abs: tr.File("sub")},
		{Path: "b", Abs: tr.Root},
		{Path: "c", Abs: tr.File("link")},
		{Path: "b", Abs: tr.Root},
		{Path: "x.whl", Abs: "/nowhere", Archive: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	release()
}
