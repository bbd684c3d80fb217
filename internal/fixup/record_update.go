package fixup

// This file brings RECORD up to date after files were edited: PEP 376 and 627.
// Rows keep their order, and those of unchanged files keep every byte.

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A recordUpdate rewrites hash and size in the rows of edited files. With all, it
// brings every row up to date and drops those of files that are gone. A RECORD
// that cannot be parsed is left as it is: who got here in spite of it has switched
// verification off. It is made, hashes, then writes.
type recordUpdate struct {
	dists  []*installation
	forest *forest
	all    bool
	edited map[string]bool // real paths
	jobs   map[string]*hashJob
	order  []*hashJob
}

// newRecordUpdate finds the rows to be brought up to date. The places of rows
// are those of the dists, as verification found them, where these are given.
func newRecordUpdate(roots []Root, edited []string, all bool, dists []*installation) (*recordUpdate, error) {
	var trees []Root
	for _, r := range roots {
		if !r.Archive {
			trees = append(trees, r)
		}
	}
	forest, err := newForest(trees)
	if err != nil {
		return nil, err
	}
	u := &recordUpdate{dists: dists, forest: forest, all: all, edited: map[string]bool{}, jobs: map[string]*hashJob{}}
	for _, path := range edited {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return nil, err
		}
		u.edited[real] = true
	}
	if u.dists == nil {
		run := &treeRun{forest: forest}
		if err := run.find(); err != nil {
			return nil, err
		}
		u.dists = run.dists
	}
	for _, d := range u.dists {
		if err := u.read(d); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// read finds the rows of one RECORD and what is to be hashed.
func (u *recordUpdate) read(d *installation) error {
	if d.parsed == nil {
		return nil
	}
	if d.rows == nil {
		for _, row := range d.parsed.Rows {
			p, err := u.forest.locate(d.site, row.Path)
			if err != nil {
				return err
			}
			d.rows = append(d.rows, treeRow{Row: row, place: p})
		}
	}
	for i := range d.rows {
		row := &d.rows[i]
		row.job = nil // what verification read is no longer so
		p := row.place
		if p.why != placeFine || (!u.all && !u.edited[p.real]) || (row.Hash == "" && wheel.MayLackHash(row.Path)) {
			continue
		}
		if row.job = u.jobs[p.real]; row.job == nil {
			row.job = &hashJob{size: p.size, open: p.opener()}
			u.jobs[p.real] = row.job
			u.order = append(u.order, row.job)
		}
		row.job.want(algorithmOf(row.Row))
	}
	return nil
}

// hash reads what was edited.
func (u *recordUpdate) hash(ctx context.Context) error {
	if err := hashAll(ctx, u.order, defaultJobs()); err != nil {
		return err
	}
	for _, job := range u.order {
		if job.err != nil {
			return job.err
		}
	}
	return nil
}

// write puts the new RECORDs in the place of the old ones, each handed to keep
// before, and gives their paths, sorted.
func (u *recordUpdate) write(keep func(path string) error) ([]string, error) {
	var written []string
	for _, d := range u.dists {
		changed, err := u.writeOne(d, keep)
		if err != nil {
			return written, err
		}
		if changed {
			written = append(written, d.recordPath())
		}
	}
	slices.Sort(written)
	return written, nil
}

// algorithmOf is the one of the row where it is fit to stay.
func algorithmOf(row wheel.Row) wheel.Algorithm {
	if alg := row.Digest().Alg; alg != "" {
		return alg
	}
	return wheel.SHA256
}

// writeOne tells whether a RECORD had to change.
func (u *recordUpdate) writeOne(d *installation, keep func(path string) error) (bool, error) {
	if d.parsed == nil {
		return false, nil
	}
	old := d.parsed.String()
	rows := d.parsed.Rows[:0:0]
	for _, row := range d.rows {
		if u.all && row.place.why == placeMissing {
			continue
		}
		if row.job != nil {
			row.Row = refresh(row.Row, row.job)
		}
		rows = append(rows, row.Row)
	}
	updated := d.parsed.WithRows(rows)
	if updated.String() == old {
		return false, nil
	}
	if err := keep(d.recordPath()); err != nil {
		return false, err
	}
	return true, replaceFile(d.recordPath(), updated.String())
}

// refresh gives the row as it should be; a row that is true already stays as it
// is written.
func refresh(row wheel.Row, job *hashJob) wheel.Row {
	alg := algorithmOf(row)
	size := row.ByteSize()
	if row.Digest().Sum == job.sum(alg) && (row.Size == "" || size == job.read) {
		return row
	}
	return row.With(wheel.Digest{Alg: alg, Sum: job.sum(alg)}.String(), strconv.FormatInt(job.read, 10))
}
