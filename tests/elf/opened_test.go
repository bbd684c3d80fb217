package elf_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	trees "github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// opensLibx opens a library by its name, and returns the path of what was opened.
const opensLibx = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
const char *opened(void) {
	void *library = dlopen("libx.so", RTLD_NOW);
	struct link_map *map;
	if (!library || dlinfo(library, RTLD_DI_LINKMAP, &map)) return "";
	return map->l_name;
}
`

const printsOpened = `
#include <stdio.h>
const char *opened(void);
int main(void) { puts(opened()); return 0; }
`

// searchFlags are the flags of the linker for one kind of search path.
var searchFlags = map[string][]string{
	"none":    nil,
	"RPATH":   {"-Wl,--disable-new-dtags,-rpath,"},
	"RUNPATH": {"-Wl,--enable-new-dtags,-rpath,"},
}

func searchFlag(kind, dir string) []string {
	flags := slices.Clone(searchFlags[kind])
	if len(flags) > 0 {
		flags[0] += dir
	}
	return flags
}

// Rule: what the resolver says that dlopen finds is what dlopen finds: by the search path of
// the object that calls it, by the DT_RPATHs of its loading chain unless it has a
// DT_RUNPATH, and what is loaded already and answers to the name.
func TestDlopenEqualsTheResolver(t *testing.T) {
	testenv.Tool(t, "gcc")
	loader, err := ldso.NewLoader(hostLoader)
	if err != nil {
		t.Fatal(err)
	}
	found := map[bool]int{}
	for _, own := range []string{"none", "RPATH", "RUNPATH"} {
		for _, program := range []string{"none", "RPATH", "RUNPATH"} {
			for _, where := range []string{"own", "program", "own program", "loaded"} {
				if where == "loaded" && program == "none" {
					continue // the program finds it by its own path
				}
				tr := trees.New(t)
				for _, dir := range strings.Fields(where) {
					if dir == "loaded" {
						continue
					}
					tr.Compile(dir+"/libx.so", "int x(void) { return 1; }")
				}
				with := []string{"lib/libcaller.so"}
				tr.Compile("lib/libcaller.so", opensLibx, searchFlag(own, "$ORIGIN/../own")...)
				if where == "loaded" {
					tr.Compile("lib/liby.so", "int x(void) { return 1; }", "-Wl,-soname,libx.so")
					with = append(with, "-Wl,--no-as-needed", tr.File("lib/liby.so"), "-Wl,-rpath-link,"+tr.File("lib"))
					os.Symlink("liby.so", tr.File("lib/libx.so"))
				}
				with[0] = tr.File(with[0])
				source := tr.File("main.c")
				if err := os.WriteFile(source, []byte(printsOpened), 0o666); err != nil {
					t.Fatal(err)
				}
				// It needs the caller, which has no soname, by its path.
				args := append([]string{"gcc", "-o", tr.File("main"), source}, with...)
				run(t, append(args, searchFlag(program, "$ORIGIN/program:$ORIGIN/lib")...)...)
				out, err := exec.Command(tr.File("main")).CombinedOutput()
				if err != nil {
					t.Fatalf("%v %s", err, out)
				}
				want := string(bytes.TrimSpace(out))
				if want != "" {
					if want, err = filepath.EvalSymlinks(want); err != nil {
						t.Fatal(err)
					}
				}
				files := &ldso.DiskFiles{}
				closure, err := loader.Load(files, tr.File("main"))
				if err != nil {
					t.Fatal(err)
				}
				i := slices.IndexFunc(closure, func(l ldso.Loaded) bool { return strings.HasSuffix(l.Real, "libcaller.so") })
				if need := loader.Open(files, closure, i, "libx.so"); need.Real != want || need.Found != (want != "") {
					t.Errorf("caller with %s, program with %s, in %s: %q, dlopen opens %q", own, program, where, need.Real, want)
				}
				found[want != ""]++
			}
		}
	}
	if found[true] < 12 || found[false] < 6 {
		t.Errorf("found %v: nothing is compared", found)
	}
}

// Rule: names in constants, in data and in tables of pointers are found; those that patchelf
// leaves in the string table, and in what it leaves of the old one, are not.
func TestNamesOfACompiledObject(t *testing.T) {
	const source = `
const char *const names[] = {"libconst.so.1", "/abs/libabs.so", "see libtext.so"};
char data[] = "libdata.so";
const char *opened(void) { return "libcode.so.2"; }
`
	named := func(tr *trees.Tree) []string {
		f, err := os.Open(tr.File("lib/libnew.so"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		names, err := tr.Open("lib/libnew.so").ReadNames(f)
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	want := []string{"libcode.so.2", "libconst.so.1", "libdata.so"}
	patchelf := testenv.Tool(t, "patchelf")
	for _, layout := range []string{"-Wl,-z,separate-code", "-Wl,-z,noseparate-code"} {
		tr := trees.New(t)
		tr.Compile("lib/libdep-0a1b2c3d.so", "int dep(void) { return 1; }", "-Wl,-soname,libdep.so.7")
		tr.Compile("lib/libnew.so", source, layout, "-Wl,-soname,libold.so.1", "-Wl,--no-as-needed", tr.File("lib/libdep-0a1b2c3d.so"))
		if got := named(tr); !slices.Equal(got, want) {
			t.Errorf("%s: %q", layout, got)
		}
		for _, args := range [][]string{
			{"--set-soname", "libnew.so.1"},
			{"--replace-needed", "libdep.so.7", "libdep-0a1b2c3d.so"},
			{"--set-rpath", "/" + strings.Repeat("long", 300)},
			{"--set-soname", "libnewer-0a1b2c3d.so.1"},
		} {
			run(t, append(append([]string{patchelf}, args...), tr.File("lib/libnew.so"))...)
			if got := named(tr); !slices.Equal(got, want) {
				t.Errorf("%s, after %s: %q", layout, args[0], got)
			}
		}
	}
}

// Rule: once patched, an object opens the files that the plan says, whether it has a
// DT_RPATH or a DT_RUNPATH; the loader is asked about it, and a name that it finds elsewhere
// is an error that undoes all.
func TestPatchedObjectsOpenWhatIsPlanned(t *testing.T) {
	for _, kind := range []string{"none", "RPATH", "RUNPATH"} {
		tr := trees.New(t)
		tr.Compile("out/pkg/libcaller.so", opensLibx, searchFlag(kind, "$ORIGIN/nothing")...)
		tr.Compile("deps/libx.so", "int x(void) { return 1; }")
		source := tr.File("main.c")
		if err := os.WriteFile(source, []byte(printsOpened), 0o666); err != nil {
			t.Fatal(err)
		}
		o := pipeline.Options{Record: record.Off, Jobs: 2, StoreDir: "/nix/store", Libs: []string{tr.File("deps")}}
		out, err := pipeline.Patch(t.Context(), []string{tr.File("out")}, o)
		if err != nil || len(out.Report.Problems) > 0 {
			t.Fatal(err, trees.Describe(out.Report.Problems))
		}
		if n := len(out.Plan.Openings); n != 1 || !slices.Equal(out.Plan.Openings[0].Names, []string{"libx.so"}) || out.Plan.Openings[0].Rpath != (kind == "RPATH") {
			t.Errorf("%s: asked %+v", kind, out.Plan.Openings)
		}
		run(t, "gcc", "-o", tr.File("main"), source, tr.File("out/pkg/libcaller.so"))
		printed, err := exec.Command(tr.File("main")).CombinedOutput()
		if got := string(bytes.TrimSpace(printed)); err != nil || got != tr.File("deps/libx.so") {
			t.Errorf("%s: %v %q", kind, err, got)
		}
		if open := out.Plan.Objects[0].Opens; len(open) != 1 || open[0].Status != plan.Found || open[0].Path != tr.File("deps/libx.so") {
			t.Errorf("%s: %+v", kind, open)
		}
	}
}
