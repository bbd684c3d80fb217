package elf_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	testelf "github.com/wheel-auto-patch/wheel-auto-patch/tests/elf"
	cases "github.com/wheel-auto-patch/wheel-auto-patch/tests/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// listed returns the names that the loader prints with --list, and its error.
func listed(loader, file string) ([]string, error) {
	cmd := exec.Command(loader, "--list", file)
	cmd.Env = []string{"LC_ALL=C"}
	out, err := cmd.Output()
	var names []string
	for line := range strings.Lines(string(out)) {
		if name := strings.Fields(line)[0]; strings.HasPrefix(name, "lib") {
			names = append(names, name)
		}
	}
	return names, err
}

// Rule: to the loader's --list an absent DT_AUXILIARY is no error, an absent
// DT_FILTER is one. (Its trace, with which the other cases ask, says "not found" of
// both.)
func TestAbsentFiltersEqualTheLoader(t *testing.T) {
	testenv.Tool(t, "gcc")
	work := testelf.NewWorkshop(t)
	for file, missing := range map[string]bool{"auxiliary-missing-is-no-error": false, "filter-missing-is-missing": true} {
		c := cases.Cases(t, "../ldso/"+file+".txtar")[0]
		root := testelf.NewRoot(t)
		testelf.NewBuilder(t, work, root).Case(c)
		path := testelf.InstallGlibc(t, root, hostLoader, c.Loader.DefaultDirs)
		names, err := listed(path, root+"/app/prog")
		loader, loaderErr := ldso.NewLoader(path)
		if loaderErr != nil {
			t.Fatal(loaderErr)
		}
		closure, loadErr := loader.Load(&ldso.DiskFiles{}, root+"/app/prog")
		if loadErr != nil {
			t.Fatal(loadErr)
		}
		got := answer(ldso.Glibc, closure)
		if (err != nil) != missing || (len(got.Missing) > 0) != missing {
			t.Errorf("%s: the loader: %v, the resolver misses %q", file, err, got.Missing)
		}
		if !missing && len(names) != len(got.Found) {
			t.Errorf("%s: the loader lists %q, the resolver %q", file, names, got.Found)
		}
	}
}
