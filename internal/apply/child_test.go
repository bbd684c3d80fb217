package apply

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// TestChildApplies is no test: it is the program that others kill, or run as
// another user.
func TestChildApplies(t *testing.T) {
	if root := compiled.ChildRoot(); root != "" {
		applyAll(t, root)
	}
}

// applyAll does what is to be done in the tree at root, from whatever was left there.
func applyAll(t testing.TB, root string) {
	t.Helper()
	tr := compiled.At(t, root)
	if problems, err := Recover(tr.Roots()); err != nil || len(problems) > 0 {
		t.Fatal(err, compiled.Describe(problems))
	}
	planAll(tr)
	_, problems, err := Apply(t.Context(), tr.Plan, Options{Jobs: 2}, tr.Roots(), agree)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, compiled.Describe(problems))
	}
}

// planAll plans for every object of a tree whose path is not $ORIGIN yet that
// path, and for those under move/ a place in lib/. The plan is made as a real one
// is: of the tree as it is.
func planAll(tr *compiled.Tree) {
	tr.T.Helper()
	inodes := map[uint64]int{}
	err := filepath.WalkDir(tr.Root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(tr.Root, path)
		if err != nil {
			return err
		}
		if base, ok := strings.CutPrefix(name, "move/"); ok {
			to := tr.File("lib/" + base)
			_, err := os.Stat(to)
			tr.Plan.Moves = append(tr.Plan.Moves, plan.Move{From: path, To: to, Equal: err == nil})
		}
		inode := info.Sys().(*syscall.Stat_t).Ino
		if i, ok := inodes[inode]; ok {
			tr.Plan.Objects[i].Links = append(tr.Plan.Objects[i].Links, name)
			return nil
		}
		inodes[inode] = len(tr.Plan.Objects)
		var edit *plan.Edit
		if !slices.Equal(tr.Open(name).Runpath, []string{"$ORIGIN"}) {
			edit = compiled.SetRunpath("$ORIGIN")
		}
		tr.Add(name, edit)
		return nil
	})
	if err != nil {
		tr.T.Fatal(err)
	}
}
