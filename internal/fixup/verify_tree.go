package fixup

// Verification of what an installer made: PEP 376 and 627.

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// An installation is one dist-info of a tree.
type installation struct {
	dist   wheel.Dist
	root   *treeRoot
	site   string // the directory that holds dist-info, absolute and real
	parsed *wheel.Record
	faults []*wheel.Fault
	record *recordFile // nil where it cannot be trusted
	rows   []treeRow
}

// A treeRow is a row and its file.
type treeRow struct {
	wheel.Row
	place place
	job   *hashJob // nil where there is nothing to hash

	waived bool // by a glob of the user
}

// A treeRun is the verification of all trees together.
type treeRun struct {
	*verifier
	forest *forest
	dists  []*installation
	jobs   map[string]*hashJob // by real path: a file is read once
	listed map[string]bool     // absolute paths, and their real paths
	order  []*hashJob
	files  []string // all that is no directory, absolute
}

func (v *verifier) trees(ctx context.Context, roots []Root, wheels []*wheelFiles) ([]*installation, error) {
	forest, err := newForest(roots)
	if err != nil {
		return nil, err
	}
	t := &treeRun{verifier: v, forest: forest, jobs: map[string]*hashJob{}, listed: map[string]bool{}}
	if err := t.find(); err != nil {
		return nil, err
	}
	if len(t.dists) == 0 {
		v.found.add(roots[0].Path, problem.Problem{
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
	if err := hashAll(ctx, t.order, v.workers); err != nil {
		return nil, err
	}
	for _, job := range t.order {
		if job.err != nil {
			return nil, job.err
		}
	}
	for _, d := range t.dists {
		t.judgeOrigin(d, origins[d])
		t.judgeRows(d)
	}
	return t.dists, t.unlisted()
}

// find reads the RECORD of every dist-info. One further down that another RECORD
// lists is data of that distribution (setuptools bundles some) and left to it.
func (t *treeRun) find() error {
	var all []*installation
	for i := range t.forest.roots {
		root := &t.forest.roots[i]
		dirs, err := t.walk(root.real)
		if err != nil {
			return err
		}
		for _, dir := range dirs {
			dist := wheel.ReadDistInfo(root.real, dir)
			d := &installation{dist: dist, root: root, site: filepath.Join(root.real, filepath.Dir(dist.Dir))}
			if err := d.open(); err != nil {
				return err
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
			t.dists = append(t.dists, d)
		}
	}
	return nil
}

// walk notes the files of a tree and gives its dist-info folders that lie in no
// other, relative to it.
func (t *treeRun) walk(root string) ([]string, error) {
	var dists []string
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			dists, err = addDistInfo(dists, root, path)
			return err
		}
		t.files = append(t.files, path)
		return nil
	})
	return dists, err
}

func (d *installation) recordPath() string { return filepath.Join(d.root.real, d.dist.Dir, "RECORD") }

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
		if tr.place, err = t.forest.locate(d.site, row.Path); err != nil {
			return err
		}
		t.list(tr.place)
		waived := t.found.ignored(row.Path, r.fileOf(row.Path))
		if alg := row.Digest().Alg; alg != "" && tr.place.why == placeFine && !waived {
			tr.job = t.job(tr.place)
			tr.job.want(alg)
		}
		tr.waived = waived
		d.rows = append(d.rows, tr)
	}
	return nil
}

func (t *treeRun) list(p place) {
	t.listed[p.path] = true
	if p.real != "" {
		t.listed[p.real] = true
	}
}

// job gives the one job that reads a file.
func (t *treeRun) job(p place) *hashJob {
	job := t.jobs[p.real]
	if job == nil {
		job = &hashJob{size: p.size, open: p.opener()}
		t.jobs[p.real] = job
		t.order = append(t.order, job)
	}
	return job
}
