package explain

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/fixup"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

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

func gatherRoot(ctx context.Context, r fixup.Root, o Options) (Wheel, []Guess, error) {
	if r.Archive {
		return gatherArchive(ctx, r, o)
	}
	return gatherTree(ctx, r)
}

func gatherArchive(ctx context.Context, r fixup.Root, o Options) (Wheel, []Guess, error) {
	a, err := wheel.Open(r.Abs)
	if err != nil {
		return Wheel{}, nil, err
	}
	defer a.Close()
	w := Wheel{Path: r.Path, Archive: true, Name: a.Dist.Name, Version: a.Dist.Version, Python: a.Filename.Python, ABI: a.Filename.ABI}
	for _, p := range a.Filename.Platforms {
		w.Platforms = append(w.Platforms, p.Tag)
	}
	w.Requires, w.RequiresText = requirements(a.Dist.Requires), a.Dist.Requires
	w.Record = recordState(a)
	w.Misfit = misfit(a.Filename.Platforms)
	if st, err := os.Stat(r.Abs); err == nil {
		w.Size = st.Size()
	}
	if o.Hash {
		if w.SHA256, err = sha256File(r.Abs); err != nil {
			return w, nil, err
		}
	}
	var guesses []Guess
	for i, n := 0, 0; i < len(a.Members) && n < maxPythonFiles; i++ {
		m := &a.Members[i]
		if ctx.Err() != nil {
			return w, nil, ctx.Err()
		}
		if !strings.HasSuffix(m.Name, ".py") || m.Size > maxPythonFile {
			continue
		}
		n++
		text, err := a.ReadMember(m, maxPythonFile)
		var fault *wheel.Fault
		if errors.As(err, &fault) {
			continue // verify says so
		} else if err != nil {
			return w, nil, err
		}
		guesses = append(guesses, scanPython(m.Name, []byte(text))...)
	}
	return w, guesses, nil
}

// recordState compares RECORD with the archive's directory; no byte is hashed.
func recordState(a *wheel.Archive) RecordState {
	var s RecordState
	for _, f := range a.Faults {
		s.Faults = append(s.Faults, f.Error())
	}
	if a.Record == nil {
		return s
	}
	s.Present, s.Path = true, a.Record.Name
	data, err := a.ReadMember(a.Record, wheel.MaxRecord)
	if err != nil {
		s.Faults = append(s.Faults, err.Error())
		return s
	}
	record, faults := wheel.ParseRecord(data)
	for _, f := range faults {
		s.Faults = append(s.Faults, f.Error())
	}
	if record == nil {
		return s
	}
	s.Rows = len(record.Rows)
	listed := map[string]bool{}
	for _, row := range record.Rows {
		listed[row.Path] = true
		if a.Lookup(row.Path) == nil {
			s.Missing = append(s.Missing, row.Path)
		}
	}
	for i := range a.Members {
		if m := &a.Members[i]; !m.IsDir() && !listed[m.Name] && !a.IsOwnRecord(m.Name) {
			s.Unlisted = append(s.Unlisted, m.Name)
		}
	}
	return s
}

func gatherTree(ctx context.Context, r fixup.Root) (Wheel, []Guess, error) {
	w := Wheel{Path: r.Path}
	dists, err := wheel.FindDistInfos(r.Abs)
	if err != nil {
		return w, nil, err
	}
	if len(dists) == 1 {
		w.Name, w.Version = dists[0].Name, dists[0].Version
	}
	for _, d := range dists {
		w.Requires = append(w.Requires, requirements(d.Requires)...)
	}
	slices.Sort(w.Requires)
	w.Requires = slices.Compact(w.Requires)
	var guesses []Guess
	n := 0
	err = filepath.WalkDir(r.Abs, func(path string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if !d.Type().IsRegular() || !strings.HasSuffix(path, ".py") || n >= maxPythonFiles {
			return nil
		}
		n++
		text, err := wheel.ReadSmall(path, maxPythonFile)
		if err != nil {
			return nil //nolint:nilerr // too large, or not readable: only a guess is lost
		}
		rel, err := filepath.Rel(r.Abs, path)
		guesses = append(guesses, scanPython(rel, []byte(text))...)
		return err
	})
	return w, guesses, err
}

// requirements gives the normalized names of Requires-Dist (PEP 508), sorted.
func requirements(lines []string) []string {
	var out []string
	for _, line := range lines {
		end := strings.IndexFunc(line, func(c rune) bool { return strings.ContainsRune(" ;[(<>=!~", c) })
		if end >= 0 {
			line = line[:end]
		}
		if line != "" {
			out = append(out, wheel.NormalName(line))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func sha256File(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
