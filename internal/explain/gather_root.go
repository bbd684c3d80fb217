package explain

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// This file reads one wheel or one tree, apart from its objects.

func gatherRoot(ctx context.Context, r *tree.Root, o Options) (Wheel, []Guess, error) {
	if r.Archive {
		return gatherArchive(ctx, r, o)
	}
	return gatherTree(ctx, r, o)
}

func gatherArchive(ctx context.Context, r *tree.Root, o Options) (Wheel, []Guess, error) {
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
		if w.SHA256, err = wheel.SumFile(r.Abs); err != nil {
			return w, nil, err
		}
	}
	var python []pythonFile
	for i := range a.Members {
		m := &a.Members[i]
		if isPython(m.Name, m.Size) {
			python = append(python, pythonFile{m.Name, m.Size, func() (io.ReadCloser, error) { return a.Open(m) }})
		}
	}
	guesses, err := readPython(ctx, python, o.Jobs)
	return w, guesses, err
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

func gatherTree(ctx context.Context, r *tree.Root, o Options) (Wheel, []Guess, error) {
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
	python, err := pythonOfTree(r.Abs)
	if err != nil {
		return w, nil, err
	}
	guesses, err := readPython(ctx, python, o.Jobs)
	return w, guesses, err
}

func pythonOfTree(root string) ([]pythonFile, error) {
	var files []pythonFile
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.HasSuffix(path, ".py") {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && isPython(rel, info.Size()) {
			files = append(files, pythonFile{rel, info.Size(), func() (io.ReadCloser, error) { return os.Open(path) }})
		}
		return err
	})
	return files, err
}

// requirements gives the normalized names of Requires-Dist (PEP 508), sorted.
func requirements(lines []string) []string {
	var out []string
	for _, line := range lines {
		if name := wheel.RequirementName(line); name != "" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
