package elf_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/elf"
	cases "github.com/wheel-auto-patch/wheel-auto-patch/tests/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

const hostLoader = "/lib64/ld-linux-x86-64.so.2"

// answer says of a closure what the loader would say.
func answer(libc ldso.Libc, c ldso.Closure) (a elf.Answer) {
	for i, l := range c {
		if i > 0 {
			a.Found = append(a.Found, l.Names()[0]+" => "+l.Path)
		}
		a.Unordered = a.Unordered || len(l.Object.Filters) > 0
		for _, n := range l.Needs() {
			switch {
			case n.Fatal != "" && libc == ldso.Glibc:
				a.Fatal = n.Fatal
			case !n.Found:
				a.Missing = append(a.Missing, n.Soname)
			}
		}
	}
	for _, v := range ldso.CheckVersions(c) {
		a.Versions = append(a.Versions, fmt.Sprintf("%s (required by %s)", v.Want, v.Object))
	}
	return a
}

// names leaves out by which of its names the loader itself is listed, and when:
// it is there from the start.
func names(found []string, loader string) (list []string) {
	self := false
	for _, line := range found {
		if strings.HasSuffix(line, " => "+loader) {
			self = true
		} else {
			list = append(list, line)
		}
	}
	if self {
		list = append(list, loader)
	}
	return list
}

// compare checks that the resolver and the loader agree on one object.
func compare(t *testing.T, loader string, got, want elf.Answer) (equal bool) {
	t.Helper()
	equal = true
	got.Found, want.Found = names(got.Found, loader), names(want.Found, loader)
	if got.Unordered {
		slices.Sort(got.Found)
		slices.Sort(want.Found)
	}
	if got.Fatal != "" || want.Fatal != "" {
		if (got.Fatal == "") != (want.Fatal == "") {
			equal = false
			t.Errorf("fatal: resolver %q, loader %q\n%s", got.Fatal, want.Fatal, want.Raw)
		}
		return equal // the loader says nothing further
	}
	for _, list := range [][]string{got.Missing, want.Missing, got.Versions, want.Versions} {
		slices.Sort(list)
	}
	for _, d := range []string{
		cmp.Diff(want.Found, got.Found),
		cmp.Diff(slices.Compact(want.Missing), slices.Compact(got.Missing)),
		cmp.Diff(want.Versions, got.Versions),
	} {
		if d != "" {
			equal = false
			t.Errorf("(-loader +resolver):\n%s\n%s", d, want.Raw)
		}
	}
	return equal
}

// padding is what InstallGlibc leaves behind the names of default directories.
var padding = regexp.MustCompile(`(=> /lib2?)/+`)

// summary is what a case says without the places searched, which differ in
// number where the loader has more directories.
func summary(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "    searched ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// Rule: for every case of tests/ldso, made of real objects, the resolver finds
// what the real loader finds, and what the case says.
func TestResolverEqualsTheLoader(t *testing.T) {
	testenv.Tool(t, "gcc")
	testenv.Tool(t, "aarch64-linux-gnu-gcc")
	work := elf.NewWorkshop(t)
	rules := 0
	for _, c := range cases.Cases(t, "../ldso/*.txtar") {
		if c.NoReal {
			continue
		}
		rules++
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			root := elf.NewRoot(t)
			elf.NewBuilder(t, work, root).Case(c)
			var path string
			if c.Loader.Libc == ldso.Musl {
				path = elf.InstallMusl(t, root, c.Loader.DefaultDirs)
			} else {
				path = elf.InstallGlibc(t, root, hostLoader, c.Loader.DefaultDirs)
			}
			loader, err := ldso.NewLoader(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range c.Loads {
				closure, err := loader.Load(&ldso.DiskFiles{}, root+l.Path)
				if err != nil {
					t.Fatal(err)
				}
				compare(t, path, answer(c.Loader.Libc, closure), elf.Ask(c.Loader.Libc, nil, path, root+l.Path))
				if len(loader.Hwcaps) < len(c.Loader.Hwcaps) {
					continue // this processor is worse than the case has it
				}
				text := strings.ReplaceAll(cases.Print(closure), root, "")
				text = padding.ReplaceAllString(text, "$1/")
				text = strings.ReplaceAll(text, "not a regular file", "not an ELF object")
				if d := cmp.Diff(summary(l.Want), summary(text)); d != "" {
					t.Errorf("%s(-case +objects):\n%s", c.Comment, d)
				}
			}
		})
	}
	if rules < 40 {
		t.Errorf("%d rules only", rules)
	}
	if os.Getenv("CI") == "true" && rules == 0 {
		t.Fatal("no rule was tested")
	}
	t.Logf("%d rules", rules)
}
