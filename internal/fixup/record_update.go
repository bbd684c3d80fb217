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

// UpdateRecords rewrites hash and size in the rows of edited files, which are
// absolute paths. With all, it brings every row up to date and drops those of
// files that are gone. It gives the RECORDs that it rewrote, sorted. One that
// cannot be parsed is left as it is: who got here in spite of it has switched
// verification off.
func UpdateRecords(ctx context.Context, roots []Root, edited []string, all bool) ([]string, error) {
	return updateRecords(ctx, roots, edited, all, func(string) error { return nil })
}

// updateRecords is UpdateRecords with a call before each file is rewritten.
func updateRecords(ctx context.Context, roots []Root, edited []string, all bool, keep func(path string) error) ([]string, error) {
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
	u := &recordUpdate{forest: forest, all: all, keep: keep, edited: map[string]bool{}, jobs: map[string]*hashJob{}}
	for _, path := range edited {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return nil, err
		}
		u.edited[real] = true
	}
	run := &treeRun{forest: forest}
	if err := run.find(); err != nil {
		return nil, err
	}
	var order []*hashJob
	for _, d := range run.dists {
		jobs, err := u.read(d)
		if err != nil {
			return nil, err
		}
		order = append(order, jobs...)
	}
	if err := hashAll(ctx, order, defaultJobs()); err != nil {
		return nil, err
	}
	var written []string
	for _, d := range run.dists {
		changed, err := u.write(d)
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

type recordUpdate struct {
	forest *forest
	all    bool
	keep   func(path string) error
	edited map[string]bool     // real paths
	jobs   map[string]*hashJob // by real path
}

// read finds the rows to be brought up to date and what is to be hashed.
func (u *recordUpdate) read(d *installation) ([]*hashJob, error) {
	if d.parsed == nil {
		return nil, nil
	}
	var jobs []*hashJob
	for _, row := range d.parsed.Rows {
		p, err := u.forest.locate(d.site, row.Path)
		if err != nil {
			return nil, err
		}
		d.rows = append(d.rows, treeRow{Row: row, place: p})
		tr := &d.rows[len(d.rows)-1]
		if p.why != placeFine || (!u.all && !u.edited[p.real]) || (row.Hash == "" && wheel.MayLackHash(row.Path)) {
			continue
		}
		if tr.job = u.jobs[p.real]; tr.job == nil {
			tr.job = &hashJob{size: p.size, open: p.opener()}
			u.jobs[p.real] = tr.job
			jobs = append(jobs, tr.job)
		}
		tr.job.want(algorithmOf(row))
	}
	return jobs, nil
}

// algorithmOf is the one of the row where it is fit to stay.
func algorithmOf(row wheel.Row) wheel.Algorithm {
	if alg := row.Digest().Alg; alg != "" {
		return alg
	}
	return wheel.SHA256
}

// write puts the new RECORD in the place of the old one.
func (u *recordUpdate) write(d *installation) (bool, error) {
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
			if row.job.err != nil {
				return false, row.job.err
			}
			row.Row = refresh(row.Row, row.job)
		}
		rows = append(rows, row.Row)
	}
	updated := d.parsed.WithRows(rows)
	if updated.String() == old {
		return false, nil
	}
	if err := u.keep(d.recordPath()); err != nil {
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
