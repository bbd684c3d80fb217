package explain

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/bill"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyload"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// readArchive reads a wheel apart from its objects.
func readArchive(ctx context.Context, r *tree.Root, a *wheel.Archive, o Options) (w wheelInfo, loads []pyload.Load, err error) {
	file, renamed := a.Filename, a.Filename.Name == ""
	if renamed {
		if name, ok := pyname.FilenameOf(a.Dist.Name, a.Dist.Version, a.Dist.Tags); ok {
			file, _ = pyname.ParseFilename(name)
		}
	}
	w = wheelInfo{
		Wheel: supply.NewWheel([]wheel.Dist{a.Dist}, file.Platforms),
		Path:  r.Path, Archive: true, Version: a.Dist.Version, Dist: a.Dist, File: file, Renamed: renamed,
		RequiresText: a.Dist.Requires, Programs: a.Programs(),
		Misfit: misfit(file.Platforms, arch.Host().Name, hostIsMusl()),
	}
	w.Record, w.Imports = readRecord(a)
	if o.Bill {
		w.SBOMs = bill.OfArchive(a)
	}
	if o.Hash {
		if w.SHA256, err = wheel.SumFile(r.Abs); err != nil {
			return w, nil, err
		}
	}
	var python []pyload.File
	for i := range a.Members {
		m := &a.Members[i]
		if pyload.Wanted(m.Name, m.Size) {
			python = append(python, pyload.File{Name: m.Name, Size: m.Size, Open: func() (io.ReadCloser, error) { return a.Open(m) }})
		}
	}
	loads, err = pyload.Read(ctx, python, o.Jobs)
	return w, loads, err
}

// hostIsMusl reports whether this machine has musl as its C library, and no glibc.
func hostIsMusl() bool {
	musl, _ := filepath.Glob("/lib/ld-musl-*.so.1")
	_, noGlibc := os.Stat("/lib64/ld-linux-x86-64.so.2")
	return len(musl) > 0 && noGlibc != nil
}

// readRecord compares RECORD with the archive's directory, and returns what Python imports
// of the files that it lists. It hashes nothing.
func readRecord(a *wheel.Archive) (s recordState, imports []string) {
	for _, f := range a.Faults {
		s.Faults = append(s.Faults, f.Error())
	}
	if a.Record == nil {
		return s, nil
	}
	s.Present, s.Path = true, a.Record.Name
	data, err := a.ReadMember(a.Record, wheel.MaxRecord)
	if err != nil {
		s.Faults = append(s.Faults, err.Error())
		return s, nil
	}
	record, faults := wheel.ParseRecord(data)
	for _, f := range faults {
		s.Faults = append(s.Faults, f.Error())
	}
	if record == nil {
		return s, nil
	}
	s.Rows = len(record.Rows)
	files := make([]string, len(record.Rows))
	for i, row := range record.Rows {
		files[i] = row.Path
	}
	c := a.CompareRecord(record)
	for _, row := range append(c.Missing, c.Outside...) {
		s.Missing = append(s.Missing, row.Path)
	}
	for _, m := range c.Unlisted {
		s.Unlisted = append(s.Unlisted, m.Name)
	}
	return s, pyname.Imports(files)
}

// wheelOfTree returns what is known of a tree by its dist-infos.
func wheelOfTree(r *tree.Root, dists []wheel.Dist) wheelInfo {
	w := wheelInfo{Wheel: supply.NewWheel(dists, nil), Path: r.Path}
	if len(dists) == 1 {
		w.Version = dists[0].Version
	}
	return w
}

// pythonOfTree returns the Python files of a tree that are to be read.
func pythonOfTree(l *tree.Listing) []pyload.File {
	var files []pyload.File
	for _, e := range l.Entries {
		if !e.Regular() || !strings.HasSuffix(e.Path, ".py") {
			continue
		}
		rel, err := filepath.Rel(l.Root.Abs, e.Path)
		if err != nil {
			continue
		}
		info, err := os.Lstat(e.Path)
		if err == nil && pyload.Wanted(rel, info.Size()) {
			files = append(files, pyload.File{Name: rel, Size: info.Size(), Open: func() (io.ReadCloser, error) { return os.Open(e.Path) }})
		}
	}
	return files
}
