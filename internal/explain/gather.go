package explain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/bill"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyload"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pymodule"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// Options says what Gather does beyond reading the wheels. All paths are
// absolute.
type Options struct {
	Libs       []string // directories of libraries, searched in order
	PythonLibs []string // site-packages of Python dependencies
	Jobs       int      // members and files read at once
	Extras     []string // whose dependencies are meant too
	Hash       bool     // compute the sha256 of each .whl
	Bill       bool     // compute the sha256 of each object, and read the bills of materials of wheels
	// Preview, unless it is nil, plans what patching would write into one wheel or
	// tree. Gather may call it for several at once.
	Preview func(tree.Inventory) plan.Plan
}

// Gather reads wheels and trees, several at once: of each the dist-infos, the ELF
// objects and the Python code, and of a .whl the list of its members. A .whl that is
// no archive is a problem among the answers of the others. The paths are as tree.Expand
// returns them.
func Gather(ctx context.Context, paths []string, o Options) (Source, error) {
	roots, err := tree.NewRoots(paths)
	if err != nil {
		return Source{}, err
	}
	parts := make([]gathered, len(roots))
	o.Jobs = min(max(1, o.Jobs), tree.MaxWindows)
	order := roots.LargestFirst()
	done := progress.BeginWheels(ctx, len(roots))
	err = pool.Each(ctx, min(o.Jobs, max(1, len(roots))), len(roots), func(ctx context.Context, i int) error {
		i = order[i]
		part := o
		// One wheel gets all jobs, of many each gets one: so the memory that they take
		// together does not grow with their number.
		part.Jobs = max(1, o.Jobs/len(roots))
		if i > 0 {
			part.PythonLibs = nil // walked once
		}
		if err := parts[i].gather(ctx, roots[i], part); err != nil {
			return fmt.Errorf("%s: %w", roots[i].Path, err)
		}
		done(1)
		return nil
	})
	if err != nil {
		return Source{}, err
	}
	s := Source{libs: o.Libs, pythonLibs: o.PythonLibs, jobs: o.Jobs}
	for _, extra := range o.Extras {
		s.extras = append(s.extras, pyname.NormalName(extra))
	}
	var inventories []tree.Inventory
	for i, part := range parts {
		s.wheels = append(s.wheels, part.wheel)
		for _, load := range part.loads {
			s.guesses = append(s.guesses, guess{Wheel: i, Load: load})
		}
		s.planned = append(s.planned, part.planned...)
		for _, p := range atMostWarnings(append(part.found.Problems, part.problems...)) {
			if len(roots) > 1 {
				p.Root = roots[i].Path
			}
			s.problems = append(s.problems, p)
		}
		if part.fault != nil {
			s.problems = append(s.problems, *part.fault)
		}
		inventories = append(inventories, part.found)
	}
	s.inventory = tree.Join(inventories)
	return s, s.checkExtras()
}

// checkExtras returns an error where no wheel provides an extra that is asked for.
func (s *Source) checkExtras() error {
	var known []string
	for _, w := range s.wheels {
		for _, extra := range w.Dist.Extras {
			known = append(known, pyname.NormalName(extra))
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	for _, extra := range s.extras {
		switch {
		case slices.Contains(known, extra):
		case len(known) == 0:
			return fmt.Errorf("no extra %s: there are none", words.Quote(extra))
		default:
			return fmt.Errorf("no extra %s: there are %s", words.Quote(extra), words.Printable(strings.Join(known, ", ")))
		}
	}
	return nil
}

// A gathered is what was read of one wheel or tree.
type gathered struct {
	wheel   wheelInfo
	loads   []pyload.Load
	found   tree.Inventory
	planned []report.ObjectReport

	problems []problem.Problem // of its extension modules
	fault    *problem.Problem  // it is a .whl that is no archive
}

func (p *gathered) gather(ctx context.Context, r *tree.Root, o Options) error {
	if r.Archive {
		return p.gatherArchive(ctx, r, o)
	}
	return p.gatherTree(ctx, r, o)
}

// gatherArchive opens a wheel once, and reads its objects beside the rest.
func (p *gathered) gatherArchive(ctx context.Context, r *tree.Root, o Options) error {
	a, err := wheel.Open(r.Abs)
	if fault := (*wheel.Fault)(nil); errors.As(err, &fault) {
		p.damaged(r, fault)
		return nil
	}
	if err != nil {
		return err
	}
	defer a.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		p.found, err = tree.ScanArchive(ctx, r, a, tree.Options{PythonLibs: o.PythonLibs, Names: true, Whole: o.Bill, Jobs: o.Jobs})
		p.preview(o, err)
		return err
	})
	g.Go(func() (err error) {
		p.wheel, p.loads, err = readArchive(ctx, r, a, o)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	p.judgeModules(nil)
	return nil
}

// damaged is what is known of a .whl that is no archive: what its file name says, and
// what is wrong.
func (p *gathered) damaged(r *tree.Root, fault *wheel.Fault) {
	told := tree.FaultProblem(fault)
	told.Root = r.Path
	p.fault = &told
	p.found = tree.Inventory{Roots: tree.Roots{r}, Files: new(ldso.DiskFiles)}
	p.wheel = wheelInfo{Path: r.Path, Archive: true, Damage: fault.Msg}
	if name, ok := pyname.ParseFilename(r.Path); ok {
		p.wheel.Wheel = supply.NewWheel([]wheel.Dist{{Name: name.Name}}, name.Platforms)
		p.wheel.Version, p.wheel.File = name.Version, name
	}
}

// judgeModules says of the extension modules what Pythons they are for. An object counts
// whatever its machine is: one of them may be the target.
func (p *gathered) judgeModules(trees []*tree.Listing) {
	p.wheel.Modules = pymodule.Counts(p.found.Objects)
	p.problems = pymodule.Check(p.found.Objects, trees, pymodule.Options{})
	if len(p.problems) > 0 {
		p.wheel.WrongPython = p.problems[0].Message
	}
}

// gatherTree lists a tree once, and reads its objects beside its Python code.
func (p *gathered) gatherTree(ctx context.Context, r *tree.Root, o Options) error {
	trees, err := tree.Walk(tree.Roots{r})
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		p.found, err = tree.Scan(ctx, tree.Roots{r}, trees, tree.Options{PythonLibs: o.PythonLibs, Names: true, Whole: o.Bill, Jobs: o.Jobs})
		p.preview(o, err)
		return err
	})
	g.Go(func() (err error) {
		p.loads, err = pyload.Read(ctx, pythonOfTree(trees[0]), o.Jobs)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	if err := trees[0].NothingError(p.found); err != nil {
		return err
	}
	p.wheel = wheelOfTree(r, p.found.Dists)
	if o.Bill {
		p.wheel.SBOMs = bill.OfTree(trees[0])
		p.wheel.Dists = p.found.Dists
	}
	p.judgeModules(trees)
	return nil
}

func (p *gathered) preview(o Options, err error) {
	if o.Preview != nil && err == nil {
		p.planned = report.ObjectReports(p.found, o.Preview(p.found))
	}
}
