package explain

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/fixup"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// This file reads many wheels and trees side by side.

// Limits on what is read of Python code, which is only guessed at.
const (
	maxPythonFile  = 2 << 20
	maxPythonFiles = 20000
)

// Options says what Gather does beyond reading the wheels.
type Options struct {
	fixup.Options
	Hash bool // compute the sha256 of each .whl
	Plan bool // plan what patching would write
	// Progress is told of each wheel that is done, from several goroutines; it may
	// be nil.
	Progress func(path string)
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
	roots, err := fixup.MakeRoots(paths)
	if err != nil {
		return Source{}, err
	}
	s := Source{Wheels: make([]Wheel, len(roots)), Libs: o.Libs, Disk: new(ldso.DiskFiles)}
	guesses := make([][]Guess, len(roots))
	objects := make([][]SourceObject, len(roots))
	names := make([]map[string][]string, len(roots))
	plans := make([][]fixup.ObjectReport, len(roots))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, o.Jobs))
	for i, r := range roots {
		g.Go(func() error {
			// The objects of one wheel at a time: their number is bounded only then.
			scan := o.Options
			if i > 0 {
				scan.PythonLibs = nil // walked once
			}
			inv, err := fixup.Scan(ctx, []fixup.Root{r}, scan)
			if err != nil {
				return fmt.Errorf("%s: %w", r.Path, err)
			}
			for _, obj := range inv.Objects {
				objects[i] = append(objects[i], SourceObject{Wheel: i, Object: obj})
			}
			names[i] = inv.PythonNames
			if o.Plan {
				plans[i] = fixup.Preview(inv, scan)
			}
			s.Wheels[i], guesses[i], err = gatherRoot(ctx, r, o)
			if err != nil {
				return fmt.Errorf("%s: %w", r.Path, err)
			}
			if o.Progress != nil {
				o.Progress(r.Path)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return Source{}, err
	}
	for i := range roots {
		for _, guess := range guesses[i] {
			guess.Wheel = i
			s.Guesses = append(s.Guesses, guess)
		}
	}
	s.Objects, s.Planned = slices.Concat(objects...), slices.Concat(plans...)
	if len(names) > 0 {
		s.Names = names[0] // of the dependencies, not of the root
	}
	return s, nil
}
