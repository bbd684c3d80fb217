package compiled

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Add plans an edit of the object at path; nil leaves it as it is. The pointer
// is good until the next call.
func (tr *Tree) Add(path string, edit *plan.Edit) *plan.Object {
	tr.T.Helper()
	info, err := os.Stat(tr.File(path))
	if err != nil {
		tr.T.Fatal(err)
	}
	tr.Plan.Objects = append(tr.Plan.Objects, plan.Object{
		Object: tree.Object{
			Root: tr.Roots()[0], Path: path, File: tr.File(path),
			Mode: info.Mode(), Size: info.Size(), ELF: tr.Open(path),
		},
		Edit: edit,
	})
	return &tr.Plan.Objects[len(tr.Plan.Objects)-1]
}

// Open reads an object.
func (tr *Tree) Open(path string) *elfobj.Object {
	tr.T.Helper()
	o, err := elfobj.Open(tr.File(path))
	if err != nil {
		tr.T.Fatal(err)
	}
	return o
}

// Runpath reads an object's search path.
func (tr *Tree) Runpath(path string) []string {
	tr.T.Helper()
	entries, _ := tr.Open(path).SearchPath()
	return entries
}

// SetRunpath returns the edit that writes a RUNPATH, without dirs the one that
// removes it.
func SetRunpath(dirs ...string) *plan.Edit { return &plan.Edit{SetRunpath: true, Runpath: dirs} }

// Pair is a tree with two edits, of which the first is the larger.
// Their paths do not end in a name of theirs: patchelf up to 0.17 overwrites that name.
func Pair(t testing.TB) *Tree {
	t.Helper()
	tr := New(t)
	tr.Compile("lib/libone.so", "int x[9999] = {1}; int puts(const char *); int one(void) { return puts(\"1\"); }", "-Wl,-rpath,/build/first")
	tr.Compile("lib/libtwo.so", "int puts(const char *); int two(void) { return puts(\"2\"); }", "-Wl,-rpath,/build/second")
	tr.Add("lib/libone.so", SetRunpath("$ORIGIN"))
	tr.Add("lib/libtwo.so", SetRunpath("$ORIGIN"))
	return tr
}

// Chain is a library, one that needs it, and a program that needs both, with a
// plan that is right.
func Chain(t testing.TB) *Tree {
	t.Helper()
	tr := New(t)
	tr.Compile("lib/libone.so", "int puts(const char *); int one(void) { return puts(\"1\"); }")
	tr.Compile("lib/libtwo.so", "int one(void); int two(void) { return one(); }", "-Llib", "-lone", "-Wl,-rpath,$ORIGIN")
	tr.Compile("bin/three", "int two(void); int main(void) { return two(); }", "-Llib", "-ltwo", "-Wl,-rpath-link,lib", "-Wl,-rpath,$ORIGIN/../lib",
		"-Wl,-dynamic-linker,"+HostLoader)
	libc, err := filepath.EvalSymlinks("/lib/x86_64-linux-gnu/libc.so.6")
	if err != nil {
		testenv.Lacks(t, "%v", err)
	}
	one, two := tr.File("lib/libone.so"), tr.File("lib/libtwo.so")
	closures := [][]string{{libc}, {one, libc}, {one, two, libc}}
	for i, path := range []string{"lib/libone.so", "lib/libtwo.so", "bin/three"} {
		slices.Sort(closures[i])
		tr.Add(path, nil).Closure = closures[i]
	}
	return tr
}

// SkewSegment damages an object as strip damages one that patchelf relocated:
// p_offset of the second PT_LOAD is no longer congruent with its address.
func (tr *Tree) SkewSegment(path string) {
	tr.T.Helper()
	const header, programHeader, offset = 64, 56, 8
	f, err := os.OpenFile(tr.File(path), os.O_RDWR, 0)
	if err != nil {
		tr.T.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte{8}, header+programHeader+offset); err != nil {
		tr.T.Fatal(err)
	}
}
