package record

// Verification of what an installer made: PEP 376 and 627.

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// An installation is one dist-info of a tree.
type installation struct {
	dist   wheel.Dist
	root   *tree.Root
	site   string // the directory that holds dist-info, absolute and real
	parsed *wheel.Record
	faults []*wheel.Fault
	record *recordFile // nil where it cannot be trusted
	rows   []treeRow
}

// Dists are the dist-infos of the trees, with the files of their rows.
type Dists []*installation

// A treeRow is a row and its file.
type treeRow struct {
	wheel.Row
	target target
	job    *hashJob // nil where there is nothing to hash

	waived bool // by a glob of the user
}

// A treeRun is the verification of all trees together.
type treeRun struct {
	*verifier
	outputs *outputs
	dists   Dists
	jobs    map[string]*hashJob // by real path: a file is read once
	listed  map[string]bool     // absolute paths, and their real paths
	order   []*hashJob
	trees   []*tree.Listing
}

func (v *verifier) trees(ctx context.Context, trees []*tree.Listing, wheels []*wheelFiles) (Dists, error) {
	t := &treeRun{verifier: v, outputs: outputsOf(trees), trees: trees, jobs: map[string]*hashJob{}, listed: map[string]bool{}}
	var err error
	if t.dists, err = findInstallations(trees); err != nil {
		return nil, err
	}
	if len(t.dists) == 0 {
		v.found.add(trees[0].Root.Path, problem.Problem{
			Code: problem.RecordAbsent, Severity: problem.Error,
			Message: "no dist-info folder: nothing says what this tree should hold",
			Hint:    "give the directory that the wheel was installed to, or --record off",
		})
	}
	for _, d := range t.dists {
		if err := t.readRows(d); err != nil {
			return nil, err
		}
	}
	origins, err := t.matchWheels(wheels)
	if err != nil {
		return nil, err
	}
	if err := hashAll(ctx, t.order, v.jobs); err != nil {
		return nil, err
	}
	for _, job := range t.order {
		if job.err != nil {
			return nil, job.err
		}
	}
	for _, d := range t.dists {
		t.reportDiff(d, origins[d])
		t.judgeRows(d)
	}
	return t.dists, t.unlisted()
}

func outputsOf(trees []*tree.Listing) *outputs {
	var roots tree.Roots
	for _, l := range trees {
		roots = append(roots, l.Root)
	}
	return newOutputs(roots)
}

// findInstallations reads the RECORD of every dist-info. One further down that
// another RECORD lists is data of that distribution (setuptools bundles some) and
// left to it.
func findInstallations(trees []*tree.Listing) (Dists, error) {
	var all, own Dists
	for _, l := range trees {
		for _, dir := range l.Dists {
			dist := wheel.ReadDistInfo(l.Root.Abs, dir)
			d := &installation{dist: dist, root: l.Root, site: filepath.Join(l.Root.Abs, filepath.Dir(dist.Dir))}
			if err := d.open(); err != nil {
				return nil, err
			}
			all = append(all, d)
		}
	}
	bundled := map[string]bool{}
	for _, d := range all {
		if d.parsed == nil {
			continue
		}
		for _, row := range d.parsed.Rows {
			if row.Hash != "" && path.Base(row.Path) == "RECORD" {
				bundled[filepath.Join(d.site, row.Path)] = filepath.Dir(filepath.Dir(filepath.Join(d.site, row.Path))) != d.site
			}
		}
	}
	for _, d := range all {
		if !bundled[d.recordPath()] {
			own = append(own, d)
		}
	}
	return own, nil
}

func (d *installation) recordPath() string { return filepath.Join(d.root.Abs, d.dist.Dir, "RECORD") }

// open reads RECORD; what is wrong with it is a fault, not an error.
func (d *installation) open() error {
	data, err := wheel.ReadSmall(d.recordPath(), wheel.MaxRecord)
	fault := (*wheel.Fault)(nil)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.As(err, &fault):
		d.faults = []*wheel.Fault{{Kind: wheel.BadRecord, Msg: fault.Msg}}
		return nil
	case err != nil:
		return err
	}
	d.parsed, d.faults = wheel.ParseRecord(data)
	return nil
}

// readRows finds the file of every row and asks for its hash.
func (t *treeRun) readRows(d *installation) error {
	r := &recordFile{root: d.root.Path, path: filepath.Join(d.dist.Dir, "RECORD"), dir: filepath.Dir(d.dist.Dir)}
	if d.parsed == nil && len(d.faults) == 0 {
		t.found.add(r.root, problem.Problem{
			Code: problem.RecordAbsent, Path: d.dist.Dir, Severity: problem.Error,
			Message: "the dist-info folder has no RECORD: nothing says what was installed",
			Hint:    "install the wheel with a tool that writes RECORD, or --record off",
		})
		return nil
	}
	if d.record = t.take(r, d.parsed, d.faults, "installed"); d.record == nil {
		return nil
	}
	t.duplicates(r)
	d.rows = make([]treeRow, 0, len(d.parsed.Rows))
	for _, row := range d.parsed.Rows {
		tr := treeRow{Row: row}
		var err error
		if tr.target, err = t.outputs.locate(d.site, row.Path); err != nil {
			return err
		}
		t.list(tr.target)
		waived := t.found.ignored(row.Path, r.fileOf(row.Path))
		if alg := row.Digest().Alg; alg != "" && tr.target.why == targetFine && !waived {
			tr.job = t.job(tr.target)
			tr.job.want(alg)
		}
		tr.waived = waived
		d.rows = append(d.rows, tr)
	}
	return nil
}

func (t *treeRun) list(p target) {
	t.listed[p.path] = true
	if p.real != "" {
		t.listed[p.real] = true
	}
}

// job gives the one job that reads a file.
func (t *treeRun) job(p target) *hashJob {
	job := t.jobs[p.real]
	if job == nil {
		job = &hashJob{size: p.size, open: p.opener()}
		t.jobs[p.real] = job
		t.order = append(t.order, job)
	}
	return job
}
