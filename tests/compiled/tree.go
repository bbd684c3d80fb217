// Package compiled gives tests trees of objects that the host's C compiler made,
// the plan for them, and programs that are killed while they work on one. The
// tests of apply, check, pipeline and tree call it. It imports plan and tree, so
// what it makes is not for tests inside of these two packages.
package compiled

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// HostLoader is the loader that the compiler writes into programs.
const HostLoader = "/lib64/ld-linux-x86-64.so.2"

// A Tree is a folder of compiled objects with the plan for them.
type Tree struct {
	T    testing.TB
	Root string // absolute, without symbolic links
	Plan plan.Plan
}

// New returns an empty tree.
func New(t testing.TB) *Tree { return At(t, t.TempDir()) }

// At returns the tree at root, with nothing planned.
func At(t testing.TB, root string) *Tree {
	t.Helper()
	return &Tree{T: t, Root: root, Plan: plan.Plan{Loader: ldso.Loader{Interpreter: HostLoader, Libc: ldso.Glibc}}}
}

// Roots returns the tree as the one root of a run.
func (tr *Tree) Roots() tree.Roots { return tree.Roots{{Path: tr.Root, Abs: tr.Root}} }

// Compile makes the object at path; a program where its source has a main.
func (tr *Tree) Compile(path, source string, flags ...string) {
	tr.T.Helper()
	if err := os.MkdirAll(filepath.Dir(tr.File(path)), 0o777); err != nil {
		tr.T.Fatal(err)
	}
	args := []string{"-x", "c", "-", "-o", tr.File(path)}
	if !strings.Contains(source, "main") {
		args = append(args, "-shared", "-fPIC")
	}
	cmd := exec.Command(testenv.Tool(tr.T, "gcc"), append(append(args, "-x", "none"), flags...)...)
	cmd.Dir = tr.Root
	cmd.Stdin = strings.NewReader(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		tr.T.Fatalf("%v: %s", err, out)
	}
}

// File returns the absolute path of a path of the tree.
func (tr *Tree) File(path string) string { return filepath.Join(tr.Root, path) }

// Read returns the content of a file.
func (tr *Tree) Read(path string) string {
	tr.T.Helper()
	text, err := os.ReadFile(tr.File(path))
	if err != nil {
		tr.T.Fatal(err)
	}
	return string(text)
}

// Snapshot returns the content of every file by its path below the root, links
// as their targets, and of a FIFO or device that it is one.
func (tr *Tree) Snapshot() map[string]string {
	tr.T.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(tr.Root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(tr.Root, path)
		if err != nil {
			return err
		}
		if d.Type() == os.ModeSymlink {
			files[name], err = os.Readlink(path)
			return err
		}
		if !d.Type().IsRegular() {
			files[name] = d.Type().String()
			return nil
		}
		text, err := os.ReadFile(path)
		files[name] = string(text)
		return err
	})
	if err != nil {
		tr.T.Fatal(err)
	}
	return files
}

// Litter returns the temporary files of the program that lie in the tree.
func (tr *Tree) Litter() []string {
	tr.T.Helper()
	var names []string
	for name := range tr.Snapshot() {
		if strings.HasPrefix(filepath.Base(name), atomicfile.Prefix) {
			names = append(names, name)
		}
	}
	return names
}

// CopyTo copies the tree to a folder, hard links and all. The objects of its plan
// are planned for there; moves are not.
func (tr *Tree) CopyTo(root string) *Tree {
	tr.T.Helper()
	if err := os.MkdirAll(root, 0o777); err != nil {
		tr.T.Fatal(err)
	}
	if out, err := exec.Command("cp", "-a", tr.Root+"/.", root).CombinedOutput(); err != nil {
		tr.T.Fatalf("%v: %s", err, out)
	}
	to := At(tr.T, root)
	for _, o := range tr.Plan.Objects {
		o.Root, o.File = to.Roots()[0], to.File(o.Path)
		to.Plan.Objects = append(to.Plan.Objects, o)
	}
	return to
}

// Describe returns problems as text for a failing test.
func Describe(problems []problem.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "\n%s: %s: %s: %s\n\t%s\n\thint: %s", p.Severity, p.Code, p.Path, p.Message, strings.Join(p.Details, "\n\t"), p.Hint)
	}
	return b.String()
}
