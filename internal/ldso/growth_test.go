package ldso_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// countedFiles counts what is opened.
type countedFiles struct {
	fakeFiles
	opened int
}

func (f *countedFiles) Open(path string) (ldso.File, error) {
	f.opened++
	return f.fakeFiles.Open(path)
}

// Rule: what a search opens and what it keeps grow with the needs, not with their
// square: for a chain of libraries, and for libraries that all need one another.
func TestLoadGrowsWithTheNeeds(t *testing.T) {
	name := func(i int) string { return fmt.Sprintf("lib%d.so", i) }
	for kind, needs := range map[string]func(i, n int) []string{
		"chain": func(i, n int) []string {
			if i+1 == n {
				return nil
			}
			return []string{name(i + 1)}
		},
		"all need one another": func(i, n int) []string {
			var all []string
			for j := range n {
				all = append(all, name(j))
			}
			return all
		},
	} {
		// per returns the opened files and kept bytes for one need.
		per := func(n int) (opened, bytes int) {
			files := countedFiles{fakeFiles: fakeFiles{}}
			total := 0
			for i := range n {
				list := needs(i, n)
				total += len(list)
				files.fakeFiles["/lib/"+name(i)] = library(func(o *elfobj.Object) {
					o.Soname, o.Needed, o.Runpath = name(i), list, []string{"$ORIGIN"}
				})
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			c, err := ldso.Loader{Libc: ldso.Glibc}.Load(&files, "/lib/"+name(0))
			runtime.ReadMemStats(&after)
			if err != nil || len(c) != n {
				t.Fatalf("%s: %d loaded, %v", kind, len(c), err)
			}
			return 1000 * files.opened / total, int(after.TotalAlloc-before.TotalAlloc) / total
		}
		smallOpened, small := per(50)
		largeOpened, large := per(400)
		if large > 2*small || largeOpened > 2*smallOpened {
			t.Errorf("%s: %d bytes a need, %d for eight times as many; %d opened for 1000 needs, %d", kind, small, large, smallOpened, largeOpened)
		}
	}
}

// Rule: what an object's own search leads to is looked up once, in however many closures
// the object is.
func TestClosuresShareLookups(t *testing.T) {
	files := countedFiles{fakeFiles: fakeFiles{}}
	add := func(name string, needed ...string) {
		files.fakeFiles["/lib/"+name] = library(func(o *elfobj.Object) { o.Needed, o.Runpath = needed, []string{"/none", "$ORIGIN"} })
	}
	const roots, shared = 50, 20
	for i := range shared {
		add(fmt.Sprintf("lib%d.so", i), fmt.Sprintf("lib%d.so", i+1))
	}
	add(fmt.Sprintf("lib%d.so", shared))
	loads := ldso.Loader{Libc: ldso.Glibc}.Loads(&files)
	for i := range roots {
		root := fmt.Sprintf("root%d.so", i)
		add(root, "lib0.so")
		if c, err := loads.Load("/lib/" + root); err != nil || len(c) != shared+2 {
			t.Fatalf("%d loaded, %v", len(c), err)
		}
	}
	// Each root is opened, and each need is looked for in two directories.
	if most := roots + 2*(roots+shared); files.opened > most {
		t.Errorf("%d opened, want no more than %d", files.opened, most)
	}
}

// Rule: what a closure costs goes by the objects in it, not by all that are known.
func TestSmallClosuresAmongMany(t *testing.T) {
	per := func(n int) int {
		files, paths := fakeFiles{}, make([]string, n)
		for i := range paths {
			paths[i] = fmt.Sprintf("/lib/lib%d.so", i)
			files[paths[i]] = library(func(o *elfobj.Object) { o.Soname, o.Needed = fmt.Sprintf("lib%d.so", i), []string{"libc.so"} })
		}
		loads := ldso.Loader{Libc: ldso.Glibc}.Loads(files)
		// Of the last hundred the median: under the race detector a pool drops some of what it
		// is given.
		var each []uint64
		for i, path := range paths {
			var before, after runtime.MemStats
			if i >= n-100 {
				runtime.ReadMemStats(&before)
			}
			if _, err := loads.Load(path); err != nil {
				t.Fatal(err)
			}
			if i >= n-100 {
				runtime.ReadMemStats(&after)
				each = append(each, after.TotalAlloc-before.TotalAlloc)
			}
		}
		slices.Sort(each)
		return int(each[len(each)/2])
	}
	if small, large := per(100), per(4000); large > 2*small {
		t.Errorf("%d bytes a closure among 100, %d among 4,000", small, large)
	}
}
