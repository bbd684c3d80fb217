package elf_test

import (
	"debug/elf"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	testelf "github.com/wheel-auto-patch/wheel-auto-patch/tests/elf"
	cases "github.com/wheel-auto-patch/wheel-auto-patch/tests/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

var (
	randomDirs    = []string{"/a", "/b", "/c/d", "/lib", "/a/glibc-hwcaps/x86-64-v2"}
	randomEntries = []string{
		"/a", "/b", "/c/d", "/link", "/none", "$ORIGIN", "${ORIGIN}/../b", "$ORIGIN/../../a/", "/c/d/../../a",
		"/b/", "", "relative", "$ORIGINAL",
	}
)

// a randomTree makes a case of random objects.
type randomTree struct{ *rand.Rand }

func (r randomTree) chance(percent int) bool { return r.IntN(100) < percent }

func (r randomTree) name() string { return fmt.Sprintf("lib%d.so", r.IntN(6)) }

func (r randomTree) runPath() (list []string) {
	for range 1 + r.IntN(3) {
		list = append(list, randomEntries[r.IntN(len(randomEntries))])
	}
	return list
}

func (r randomTree) object() *elfobj.Object {
	o := &elfobj.Object{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64, Type: elf.ET_DYN, Dynamic: true}
	for range r.IntN(4) {
		if need := r.name(); r.chance(95) {
			o.Needed = append(o.Needed, need)
		} else {
			o.Needed = append(o.Needed, "/b/"+need)
		}
	}
	if r.chance(60) {
		o.Soname = r.name()
	}
	if r.chance(40) {
		o.Rpath = r.runPath()
	}
	if r.chance(40) {
		o.Runpath = r.runPath()
	}
	o.NoDefLib = r.chance(5)
	return o
}

func (r randomTree) tree(interp string, otherMachine bool) cases.Case {
	c := cases.Case{Loader: ldso.Loader{Interpreter: interp}}
	program := r.object()
	program.Interp, program.PIE, program.Rpath = interp, true, []string{"/a", "/link"}
	program.Needed = []string{r.name(), r.name(), r.name()}
	c.Entries = append(c.Entries, cases.Entry{Path: "/p/prog", Object: program}, cases.Entry{Path: "/link", Link: "b"})
	for _, dir := range randomDirs {
		if r.chance(50) {
			c.Entries = append(c.Entries, cases.Entry{Path: dir + "/libf.so", Object: r.object()})
		}
		for i := range 6 {
			path := fmt.Sprintf("%s/lib%d.so", dir, i)
			switch {
			case r.chance(55):
			case r.chance(10):
				c.Entries = append(c.Entries, cases.Entry{Path: path, Link: "/b/" + r.name()})
			default:
				o := r.object()
				if r.chance(10) {
					// The loader crashes where two filter each other: libf.so filters none.
					o.Filters = []elfobj.Filter{{Name: "libf.so", Before: r.IntN(len(o.Needed) + 1)}}
				}
				if otherMachine && r.chance(10) {
					o.Machine = elf.EM_AARCH64
				}
				c.Entries = append(c.Entries, cases.Entry{Path: path, Object: o})
			}
		}
	}
	return c
}

func compareRandom(t *testing.T, work *testelf.Workshop, seed uint64, libc ldso.Libc) {
	t.Helper()
	root := testelf.NewRoot(t)
	defer os.RemoveAll(root)
	interp := "/lib/ld-linux-x86-64.so.2"
	if libc == ldso.Musl {
		interp = "/lib/ld-musl-x86_64.so.1"
	}
	c := randomTree{rand.New(rand.NewPCG(seed, 0))}.tree(interp, libc == ldso.Glibc)
	testelf.NewBuilder(t, work, root).Case(c)
	var path string
	if libc == ldso.Musl {
		path = testelf.InstallMusl(t, root, []string{"/lib"})
	} else {
		path = testelf.InstallGlibc(t, root, hostLoader, []string{"/lib"})
	}
	loader, err := ldso.NewLoader(path)
	if err != nil {
		t.Fatal(err)
	}
	closure, err := loader.Load(&ldso.DiskFiles{}, root+"/p/prog")
	if err != nil {
		t.Fatal(err)
	}
	if !compare(t, path, answer(libc, closure), testelf.Ask(libc, nil, path, root+"/p/prog")) {
		t.Logf("seed %d, %s\n%s", seed, libc, strings.ReplaceAll(cases.Print(closure), root, ""))
		for _, e := range c.Entries {
			if e.Object != nil {
				t.Logf("%s soname %q needed %q rpath %q runpath %q", e.Path, e.Object.Soname, e.Object.Needed, e.Object.Rpath, e.Object.Runpath)
			} else {
				t.Logf("%s -> %s", e.Path, e.Link)
			}
		}
	}
}

// Rule: the resolver equals the loader for trees of random objects, too.
func TestRandomTreesEqualTheLoader(t *testing.T) {
	testenv.Tool(t, "gcc")
	work := testelf.NewWorkshop(t)
	for seed := range uint64(8) {
		compareRandom(t, work, seed, ldso.Glibc)
		compareRandom(t, work, seed, ldso.Musl)
	}
}

// FuzzResolverEqualsTheLoader is the same rule, for as long as one likes.
func FuzzResolverEqualsTheLoader(f *testing.F) {
	testenv.Tool(f, "gcc")
	work := testelf.NewWorkshop(f)
	f.Add(uint64(100), false)
	f.Add(uint64(101), true)
	f.Fuzz(func(t *testing.T, seed uint64, musl bool) {
		libc := ldso.Glibc
		if musl {
			libc = ldso.Musl
		}
		compareRandom(t, work, seed, libc)
	})
}
