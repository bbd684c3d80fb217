package explain

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// maxAtOnce is how many members are unpacked at once: each may hold 16 MiB.
const maxAtOnce = 6

// Options says what Gather does beyond reading the wheels. All paths are
// absolute.
type Options struct {
	Libs       []string // directories that were named, searched in order
	PythonLibs []string // site-packages of Python dependencies
	Jobs       int      // members and files read at once
	Hash       bool     // compute the sha256 of each .whl
	// Preview plans what patching would write into one wheel or tree; nil where
	// nobody asks.
	Preview func(tree.Inventory) plan.Plan
}

// Expand replaces each directory that holds .whl files by those files: a
// wheelhouse. The order is that of the arguments, wheels of a directory sorted.
func Expand(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		st, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		var wheels []string
		if st.IsDir() {
			entries, err := os.ReadDir(p) // sorted
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				if strings.HasSuffix(e.Name(), ".whl") && !e.IsDir() {
					wheels = append(wheels, filepath.Join(p, e.Name()))
				}
			}
		}
		if wheels == nil {
			wheels = []string{p}
		}
		out = append(out, wheels...)
	}
	return out, nil
}

// Gather reads wheels and trees side by side: of a wheel the directory, dist-info,
// Python code and ELF members.
func Gather(ctx context.Context, paths []string, o Options) (Source, error) {
	paths, err := Expand(paths)
	if err != nil {
		return Source{}, err
	}
	roots, err := tree.NewRoots(paths)
	if err != nil {
		return Source{}, err
	}
	parts := make([]gathered, len(roots))
	o.Jobs = min(max(1, o.Jobs), maxAtOnce)
	order := largestFirst(roots)
	err = pool.Each(ctx, min(o.Jobs, max(1, len(roots))), len(roots), func(ctx context.Context, i int) error {
		i = order[i]
		part := o
		// All jobs for one wheel, one for each of many: what they hold in memory
		// together does not grow with the number of wheels.
		part.Jobs = max(1, o.Jobs/len(roots))
		if i > 0 {
			part.PythonLibs = nil // walked once
		}
		if err := parts[i].gather(ctx, roots[i], part); err != nil {
			return fmt.Errorf("%s: %w", roots[i].Path, err)
		}
		return nil
	})
	if err != nil {
		return Source{}, err
	}
	s := Source{Libs: o.Libs, PythonLibs: o.PythonLibs, Jobs: o.Jobs}
	var inventories []tree.Inventory
	for i, part := range parts {
		s.Wheels = append(s.Wheels, part.wheel)
		for _, guess := range part.guesses {
			guess.Wheel = i
			s.Guesses = append(s.Guesses, guess)
		}
		s.Planned = append(s.Planned, part.planned...)
		inventories = append(inventories, part.found)
	}
	s.Inventory = tree.Join(inventories)
	return s, nil
}

// largestFirst returns the order in which wheels are read, so that no large one
// is left alone at the end.
func largestFirst(roots tree.Roots) []int {
	sizes, order := make([]int64, len(roots)), make([]int, len(roots))
	for i, r := range roots {
		order[i] = i
		if st, err := os.Stat(r.Abs); err == nil {
			sizes[i] = st.Size()
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(sizes[j], sizes[i]) })
	return order
}

// A gathered is what is known of one wheel or tree.
type gathered struct {
	wheel   Wheel
	guesses []Guess
	found   tree.Inventory
	planned []report.ObjectReport
}

func (p *gathered) gather(ctx context.Context, r *tree.Root, o Options) error {
	if r.Archive {
		return p.gatherArchive(ctx, r, o)
	}
	return p.gatherTree(ctx, r, o)
}

// gatherArchive opens a wheel once, and reads its objects and the rest side by
// side.
func (p *gathered) gatherArchive(ctx context.Context, r *tree.Root, o Options) error {
	a, err := wheel.Open(r.Abs)
	if err != nil {
		return err
	}
	defer a.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		p.found, err = tree.ScanArchive(ctx, r, a, tree.Options{PythonLibs: o.PythonLibs, Jobs: o.Jobs})
		p.preview(o, err)
		return err
	})
	g.Go(func() (err error) {
		p.wheel, p.guesses, err = readArchive(ctx, r, a, o)
		return err
	})
	return g.Wait()
}

// gatherTree lists a tree once.
func (p *gathered) gatherTree(ctx context.Context, r *tree.Root, o Options) error {
	trees, err := tree.Walk(tree.Roots{r})
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		p.found, err = tree.Scan(ctx, tree.Roots{r}, trees, tree.Options{PythonLibs: o.PythonLibs, Jobs: o.Jobs})
		p.preview(o, err)
		return err
	})
	g.Go(func() (err error) {
		p.guesses, err = readPython(ctx, pythonOfTree(trees[0]), o.Jobs)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	p.wheel = wheelOfTree(r, p.found.Dists)
	return nil
}

func (p *gathered) preview(o Options, err error) {
	if o.Preview != nil && err == nil {
		p.planned = report.ObjectReports(p.found, o.Preview(p.found))
	}
}
