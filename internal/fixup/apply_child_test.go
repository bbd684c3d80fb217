package fixup

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// The environment variable that makes a test binary a program that patches one
// tree, to be killed or run as another user.
// With the second it is all of patch, RECORD too.
const (
	childRoot = "WHEEL_AUTO_PATCH_TEST_ROOT"
	childAll  = "WHEEL_AUTO_PATCH_TEST_ALL"
)

// childCommand gives the command that applies simplePlan to root.
func childCommand(binary, root string) *exec.Cmd {
	cmd := exec.Command(binary, "-test.run=^TestChildApplies$", "-test.count=1")
	cmd.Env = append(os.Environ(), childRoot+"="+root)
	return cmd
}

// TestChildApplies is no test: it is what childCommand runs.
func TestChildApplies(t *testing.T) {
	root := os.Getenv(childRoot)
	if root == "" {
		return
	}
	if os.Getenv(childAll) != "" {
		out, err := RunPatch(context.Background(), []string{root}, Options{Record: RecordFail, Jobs: 2, StoreDir: "/nix/store"})
		if err != nil || problem.Failed(out.Report.Problems) {
			t.Fatalf("%v %s", err, describe(out.Report.Problems))
		}
		return
	}
	if _, err := Recover([]Root{{Path: root, Abs: root}}); err != nil {
		t.Fatal(err)
	}
	plan, err := simplePlan(root)
	if err != nil {
		t.Fatal(err)
	}
	_, problems, err := Apply(context.Background(), plan, Options{Jobs: 2})
	if err != nil || len(problems) > 0 {
		text, _ := json.Marshal(problems)
		t.Fatalf("%v %s", err, text)
	}
}

// simplePlan gives every object under root whose path is not $ORIGIN yet that
// path, and moves those under move/ to lib/. It is made as a real plan is: of
// the tree as it is.
func simplePlan(root string) (Plan, error) {
	plan := Plan{Loader: ldso.Loader{Interpreter: hostLoader, Libc: ldso.Glibc}}
	inodes := map[uint64]int{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), TempPrefix) {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if base, ok := strings.CutPrefix(name, "move/"); ok {
			to := filepath.Join(root, "lib", base)
			_, err := os.Stat(to)
			plan.Moves = append(plan.Moves, Move{From: path, To: to, Equal: err == nil})
		}
		inode := info.Sys().(*syscall.Stat_t).Ino
		if i, ok := inodes[inode]; ok {
			plan.Objects[i].Links = append(plan.Objects[i].Links, name)
			return nil
		}
		object, err := elfobj.Open(path)
		if err != nil {
			return err
		}
		p := PlannedObject{Object: Object{Root: root, Path: name, File: path, Size: info.Size(), ELF: object}}
		if !slices.Equal(object.Runpath, []string{"$ORIGIN"}) {
			p.Edit = runpathEdit("$ORIGIN")
		}
		inodes[inode] = len(plan.Objects)
		plan.Objects = append(plan.Objects, p)
		return nil
	})
	return plan, err
}

// describe prints problems for a failing test.
func describe(problems []problem.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "\n%s: %s: %s: %s\n\t%s\n\thint: %s", p.Severity, p.Code, p.Path, p.Message, strings.Join(p.Details, "\n\t"), p.Hint)
	}
	return b.String()
}
