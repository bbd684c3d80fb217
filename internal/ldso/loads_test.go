package ldso_test

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// linkedFiles are files whose directory /a is reached by the link /link too.
type linkedFiles struct{ fakeFiles }

func (f linkedFiles) Open(file string) (ldso.File, error) {
	file = path.Clean(file)
	if rest, ok := strings.CutPrefix(file, "/link/"); ok {
		file = "/a/" + rest
	}
	return f.fakeFiles.Open(file)
}

// randomFiles returns libraries in a few directories that need one another, with all kinds
// of search paths, sonames that are not the file's name, and names that nothing has.
func randomFiles(random *rand.Rand) (files linkedFiles, paths []string) {
	files = linkedFiles{fakeFiles{}}
	dirs := []string{"/a", "/b", "/b/c", "/lib"}
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	name := func() string { return fmt.Sprintf("lib%d.so", random.IntN(8)) }
	for range 3 + random.IntN(12) {
		path := pick(dirs...) + "/" + name()
		if files.fakeFiles[path] == nil {
			paths = append(paths, path)
		}
		files.fakeFiles[path] = library(func(o *elfobj.Object) {
			for range random.IntN(4) {
				o.Needed = append(o.Needed, pick(name(), name(), name(), pick(dirs...)+"/"+name(), "$ORIGIN/"+name(), "$NONE/"+name(), ""))
			}
			for range random.IntN(2) {
				o.Filters = append(o.Filters, elfobj.Filter{Name: name(), Auxiliary: random.IntN(2) == 0, Before: random.IntN(4)})
			}
			path := []string{pick("$ORIGIN", "$ORIGIN/../b", "/a", "/link", ""), pick("$ORIGIN/c", "/b", "$PLATFORM/x")}
			switch random.IntN(4) {
			case 0:
				o.Rpath = path
			case 1:
				o.Runpath = path
			case 2:
				o.Rpath, o.Runpath = path, path[:1]
			}
			o.NoDefLib = random.IntN(8) == 0
			o.Soname = pick("", name())
			if random.IntN(3) == 0 {
				o.HasVerdef, o.Verdef = true, []string{"V_1"}
			}
			for range random.IntN(3) {
				o.Verneed = append(o.Verneed, elfobj.Verneed{File: pick(append(slices.Clone(o.Needed), name())...), Versions: []elfobj.Version{{Name: pick("V_1", "V_2")}}})
			}
		})
	}
	return files, paths
}

// Rule: what Loads remembers of one closure changes no other.
func TestLoadsRemembersWhatHolds(t *testing.T) {
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 1))
		files, paths := randomFiles(random)
		for _, libc := range []ldso.Libc{ldso.Glibc, ldso.Musl} {
			loader := ldso.Loader{Libc: libc, Interpreter: "/lib/lib0.so", DefaultDirs: []string{"/lib"}}
			shared := loader.Loads(files)
			for _, path := range paths {
				got, _ := shared.Load(path)
				want, _ := loader.Load(files, path)
				if a, b := describe(got), describe(want); a != b {
					t.Fatalf("seed %d, %s: %s\n got %s\nwant %s", seed, libc, path, a, b)
				}
			}
		}
	}
}

// describe returns all that a closure says.
func describe(c ldso.Closure) (text string) {
	for _, l := range c {
		text += fmt.Sprintf("%s %s %d %s %s %q %v\n", l.Path, l.Real, l.Parent, l.Via, l.Owner, l.Names(), l.Lacks())
		for _, n := range l.Needs() {
			text += fmt.Sprintf("  %+v\n", n)
		}
	}
	return text + fmt.Sprintln(ldso.CheckVersions(c))
}
