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

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// This file reads many wheels and trees side by side.

// maxAtOnce is how many members are unpacked at once: each may hold 16 MiB.
const maxAtOnce = 6

// Options says what Gather does beyond reading the wheels.
type Options struct {
	pipeline.Options
	Hash bool // compute the sha256 of each .whl
	Plan bool // plan what patching would write
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

// Gather reads wheels and trees: of a wheel the directory, dist-info, Python code
// and ELF members.
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
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(min(o.Jobs, max(1, len(roots))))
	for _, i := range largestFirst(roots) {
		part := o
		// All jobs for one wheel, one for each of many: what they hold in memory
		// together does not grow with the number of wheels.
		part.Jobs = max(1, o.Jobs/len(roots))
		if i > 0 {
			part.PythonLibs = nil // walked once
		}
		g.Go(func() error {
			if err := parts[i].gather(ctx, roots[i], part); err != nil {
				return fmt.Errorf("%s: %w", roots[i].Path, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return Source{}, err
	}
	s := Source{Libs: o.Libs, Disk: new(ldso.DiskFiles)}
	for i, part := range parts {
		s.Wheels = append(s.Wheels, part.wheel)
		for _, guess := range part.guesses {
			guess.Wheel = i
			s.Guesses = append(s.Guesses, guess)
		}
		for _, object := range part.objects {
			s.Objects = append(s.Objects, SourceObject{Wheel: i, Object: object})
		}
		s.Planned = append(s.Planned, part.planned...)
	}
	if len(parts) > 0 {
		s.Names = parts[0].names // of the dependencies, not of the root
	}
	return s, nil
}

// largestFirst gives the order in which wheels are read, so that no large one is
// left alone at the end.
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
	objects []tree.Object
	planned []report.ObjectReport
	names   map[string][]string // of the Python dependencies
}

// gather reads the objects and the rest side by side.
func (p *gathered) gather(ctx context.Context, r *tree.Root, o Options) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		roots := tree.Roots{r}
		trees, err := tree.Walk(roots)
		if err != nil {
			return err
		}
		inv, err := tree.Scan(ctx, roots, trees, tree.Options{PythonLibs: o.PythonLibs, Jobs: o.Jobs})
		if err != nil {
			return err
		}
		p.objects, p.names = inv.Objects, inv.PythonNames
		if o.Plan {
			p.planned = report.ObjectReports(inv, plan.Preview(inv, o.Planning(), o.Target()))
		}
		return nil
	})
	g.Go(func() (err error) {
		p.wheel, p.guesses, err = gatherRoot(ctx, r, o)
		return err
	})
	return g.Wait()
}
