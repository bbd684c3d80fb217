package fixup

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/patchelfs"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

const hostLoader = "/lib64/ld-linux-x86-64.so.2"

// A tree is a folder of compiled objects with the plan for them.
type tree struct {
	t    testing.TB
	root string
	plan Plan
}

func newTree(t testing.TB) *tree {
	return &tree{t: t, root: t.TempDir(), plan: Plan{Loader: ldso.Loader{Interpreter: hostLoader, Libc: ldso.Glibc}}}
}

// compile makes the object at path; a program where its source has a main.
func (tr *tree) compile(path, source string, flags ...string) {
	tr.t.Helper()
	file := filepath.Join(tr.root, path)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		tr.t.Fatal(err)
	}
	args := []string{"-x", "c", "-", "-o", file}
	if !strings.Contains(source, "main") {
		args = append(args, "-shared", "-fPIC")
	}
	cmd := exec.Command(testenv.Tool(tr.t, "gcc"), append(append(args, "-x", "none"), flags...)...)
	cmd.Dir = tr.root
	cmd.Stdin = strings.NewReader(source)
	if out, err := cmd.CombinedOutput(); err != nil {
		tr.t.Fatalf("%v: %s", err, out)
	}
}

// add plans an edit of the object at path.
func (tr *tree) add(path string, edit *Edit, links ...string) *PlannedObject {
	tr.t.Helper()
	file := filepath.Join(tr.root, path)
	object, err := elfobj.Open(file)
	if err != nil {
		tr.t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.plan.Objects = append(tr.plan.Objects, PlannedObject{
		Object: Object{Root: tr.root, Path: path, File: file, Links: links, Mode: info.Mode(), Size: info.Size(), ELF: object},
		Edit:   edit,
	})
	return &tr.plan.Objects[len(tr.plan.Objects)-1]
}

func (tr *tree) file(path string) string { return filepath.Join(tr.root, path) }

func (tr *tree) read(path string) string {
	tr.t.Helper()
	text, err := os.ReadFile(tr.file(path))
	if err != nil {
		tr.t.Fatal(err)
	}
	return string(text)
}

// snapshot gives the content of every file, links as their targets.
func (tr *tree) snapshot() map[string]string {
	tr.t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(tr.root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if d.Type() == os.ModeSymlink {
			files[path], err = os.Readlink(path)
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	})
	if err != nil {
		tr.t.Fatal(err)
	}
	return files
}

// litter gives the temporary files under the root.
func (tr *tree) litter() []string {
	var names []string
	for name := range tr.snapshot() {
		if strings.HasPrefix(filepath.Base(name), TempPrefix) {
			names = append(names, name)
		}
	}
	return names
}

// apply applies without an error, and gives the problems.
func (tr *tree) apply(o Options) (Applied, []problem.Problem) {
	tr.t.Helper()
	applied, problems, err := Apply(context.Background(), tr.plan, o)
	if err != nil {
		tr.t.Fatal(err)
	}
	if litter := tr.litter(); len(litter) > 0 {
		tr.t.Errorf("litter: %q", litter)
	}
	return applied, problems
}

// runpath reads an object's path back.
func (tr *tree) runpath(path string) []string {
	tr.t.Helper()
	o, err := elfobj.Open(tr.file(path))
	if err != nil {
		tr.t.Fatal(err)
	}
	if o.Runpath == nil {
		return o.Rpath
	}
	return o.Runpath
}

func runpathEdit(dirs ...string) *Edit { return &Edit{SetRunpath: true, Runpath: dirs} }

func codes(problems []problem.Problem) []problem.Code {
	var list []problem.Code
	for _, p := range problems {
		list = append(list, p.Code)
	}
	return list
}

// Rule: with every supported patchelf, interpreter and path are as planned, the
// kind of tag too, and the program runs.
func TestApplyWithEachPatchelf(t *testing.T) {
	for _, version := range patchelfs.Good {
		t.Run(version, func(t *testing.T) {
			tr := newTree(t)
			tr.compile("lib/liba.so", "int a(void) { return 0; }", "-Wl,-soname,liba.so")
			tr.compile("bin/old", "int a(void); int main(void) { return a(); }",
				"-Llib", "-la", "-Wl,--disable-new-dtags,-rpath,/nowhere", "-Wl,-dynamic-linker,/lib64/../lib64/ld-linux-x86-64.so.2")
			tr.compile("bin/new", "int a(void); int main(void) { return a(); }", "-Llib", "-la")
			tr.compile("lib/libgone.so", "int b(void) { return 0; }", "-Wl,-rpath,/build/secret")
			old := runpathEdit("$ORIGIN/../lib")
			old.ForceRpath, old.Interpreter = true, hostLoader
			tr.add("bin/old", old)
			tr.add("bin/new", runpathEdit("$ORIGIN/../lib", "/somewhere"))
			tr.add("lib/libgone.so", runpathEdit())
			tr.add("lib/liba.so", nil)

			untouched := tr.read("lib/liba.so")
			applied, problems := tr.apply(Options{Patchelf: patchelfs.Get(t, version), Jobs: 2})
			if len(problems) > 0 {
				t.Fatalf("%+v", problems)
			}
			var paths []string
			for _, f := range applied.Edited {
				paths = append(paths, f.Path)
			}
			want := []string{tr.file("bin/new"), tr.file("bin/old"), tr.file("lib/libgone.so")}
			if !slices.Equal(paths, want) {
				t.Errorf("edited %q", paths)
			}
			for _, program := range []string{"bin/old", "bin/new"} {
				if out, err := exec.Command(tr.file(program)).CombinedOutput(); err != nil {
					t.Errorf("%s: %v: %s", program, err, out)
				}
			}
			o, _ := elfobj.Open(tr.file("bin/old"))
			if o.Interp != hostLoader || o.Runpath != nil || !slices.Equal(o.Rpath, []string{"$ORIGIN/../lib"}) {
				t.Errorf("old: %+v", o)
			}
			if got := tr.runpath("lib/libgone.so"); got != nil {
				t.Errorf("gone: %q", got)
			}
			if tr.read("lib/liba.so") != untouched {
				t.Error("an object without an edit was written")
			}
		})
	}
}
