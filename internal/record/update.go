package record

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// UpdateOptions says which rows are brought up to date.
type UpdateOptions struct {
	Edited []string            // absolute paths of the files whose rows are no longer true
	Sums   map[string]tree.Sum // of edited files that need not be read for it, by absolute path
	Known  map[string]tree.Sum // of those as they were before the edits, by real path
	Moved  bool                // files were moved since the rows were resolved
	All    bool                // update every row, and drop those of files that are gone

	Linked   []string // absolute paths of the links that were placed: each gets a row
	Unlinked []string // those that were removed: they lose theirs
	Jobs     int      // files hashed at once
}

// An Update sets hash and size in the rows of edited files. Rows keep their order, and
// those of unchanged files keep every byte (PEP 376 and 627). A RECORD that cannot be
// parsed is left as it is: whoever gets this far with one has switched verification off.
type Update struct {
	dists   Dists
	outputs *outputs
	all     bool
	edited  map[string]bool     // real paths
	sums    map[string]tree.Sum // by real path
	gone    map[string]bool     // links that were removed
	hashes  hashSet
}

// NewUpdate finds the rows that must be updated, and hashes their files. The dists are
// those that Verify returned, or nil where it was not called. Nothing is written yet.
func NewUpdate(ctx context.Context, trees []*tree.Listing, dists Dists, o UpdateOptions) (*Update, error) {
	u := &Update{dists: dists, outputs: newOutputs(trees, nil), all: o.All, edited: map[string]bool{}, sums: map[string]tree.Sum{}, gone: map[string]bool{}}
	for _, path := range o.Unlinked {
		u.gone[path] = true
	}
	for _, path := range o.Edited {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return nil, err
		}
		u.edited[real] = true
	}
	for real, sum := range o.Known {
		if !u.edited[real] {
			u.sums[real] = sum
		}
	}
	for path, sum := range o.Sums {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return nil, err
		}
		u.sums[real] = sum
	}
	if !o.Moved {
		u.outputs.trust(trees)
	}
	if u.dists == nil {
		var err error
		if u.dists, err = findInstallations(trees); err != nil {
			return nil, err
		}
	}
	for _, d := range u.dists {
		if o.Moved {
			d.rows = nil
		}
		if err := u.readRows(d); err != nil {
			return nil, err
		}
	}
	for _, path := range slices.Sorted(slices.Values(o.Linked)) {
		if err := u.addLink(path); err != nil {
			return nil, err
		}
	}
	return u, u.hashes.run(ctx, o.Jobs)
}

// addLink adds a row for a link that was placed to the RECORD of its distribution: that
// of the site-packages it lies in, where there are several the one that lists a file
// nearest to it. Where there is none the link has no row.
func (u *Update) addLink(path string) error {
	var best *installation
	common := -1
	for _, d := range u.dists {
		if d.parsed == nil || !tree.Within(d.site, path) {
			continue
		}
		for i := range d.rows {
			if p := d.rows[i].target.path; p != path && shared(p, path) > common {
				best, common = d, shared(p, path)
			}
		}
	}
	if best == nil {
		return nil
	}
	if text, err := os.Readlink(path); err != nil || tree.IsDriverLink(text) {
		return err // what it leads to is not there yet
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	p := target{path: path, real: real, fault: targetFine, store: true, ours: true}
	row := best.parsed.NewRow(strings.TrimPrefix(path, best.site+"/"))
	job := u.hashes.of(p, 0)
	job.want(wheel.SHA256)
	for i := range best.rows {
		if old := &best.rows[i]; old.target.path == path {
			old.target, old.job = p, job
			return nil
		}
	}
	best.rows = append(best.rows, treeRow{Row: row, target: p, job: job})
	return nil
}

// shared returns how long the part is that two paths share, in whole elements.
func shared(a, b string) int {
	n, slash := min(len(a), len(b)), 0
	for i := range n {
		if a[i] != b[i] {
			break
		}
		if a[i] == '/' {
			slash = i
		}
	}
	return slash
}

// readRows finds the files of the rows of one RECORD and requests the hashes that it
// needs.
func (u *Update) readRows(d *installation) error {
	if d.parsed == nil {
		return nil
	}
	if d.rows == nil {
		for _, row := range d.parsed.Rows {
			p, err := u.outputs.locate(d.site, row.Path)
			if err != nil {
				return err
			}
			d.rows = append(d.rows, treeRow{Row: row, target: p})
		}
	}
	for i := range d.rows {
		row := &d.rows[i]
		row.job = nil // that of the verification, which read the file before the edits
		p := row.target
		if p.fault != targetFine || p.store || (!u.all && !u.edited[p.real]) || (row.Hash == "" && wheel.MayLackHash(row.Path)) {
			continue
		}
		if sum, ok := u.sums[p.real]; ok && algorithmOf(row.Row) == wheel.SHA256 {
			row.job = &hashJob{algs: []wheel.Algorithm{wheel.SHA256}, sums: []string{sum.SHA256}, read: sum.Size}
			continue
		}
		row.job = u.hashes.of(p, row.ByteSize())
		row.job.want(algorithmOf(row.Row))
	}
	return nil
}

// Write calls rewrite with the path and the new text of each RECORD that must change,
// and returns the paths of these RECORDs, sorted, with a notice on each that loses rows of
// files which are in another output now.
func (u *Update) Write(rewrite func(path, text string) error) (written []string, notices []problem.Problem, err error) {
	for _, d := range u.dists {
		changed, moved, err := u.writeRecord(d, rewrite)
		if err != nil {
			return written, notices, err
		}
		if changed {
			written = append(written, d.recordPath())
		}
		if len(moved) > 0 {
			notices = append(notices, u.movedNotice(d, moved))
		}
	}
	slices.Sort(written)
	return written, notices, nil
}

// movedNotice says which files were moved, and so lose their rows.
func (u *Update) movedNotice(d *installation, moved []string) problem.Problem {
	n := len(moved)
	p := problem.Problem{
		Code: problem.RecordMissingFile, Severity: problem.Notice, Path: filepath.Join(d.dist.Dir, "RECORD"), Objects: moved,
		Message: words.Count(n, "file") + words.Choose(n, " is", " are") + " in another output now; RECORD lists " + words.Choose(n, "it", "them") + " no longer",
		Hint:    "nothing to do here: a row that named another output would be a reference to it",
	}
	if len(u.outputs.roots) > 1 {
		p.Root = d.root.Path
	}
	return p
}

// algorithmOf returns the hash algorithm of a row, or SHA-256 where it has no digest.
func algorithmOf(row wheel.Row) wheel.Algorithm {
	if alg := row.Digest().Alg; alg != "" {
		return alg
	}
	return wheel.SHA256
}

// writeRecord replaces one RECORD. It reports whether it had to change, and the rows that
// it dropped since their files were moved to another output.
func (u *Update) writeRecord(d *installation, rewrite func(path, text string) error) (changed bool, moved []string, err error) {
	if d.parsed == nil {
		return false, nil, nil
	}
	old := d.parsed.String()
	rows := d.parsed.Rows[:0:0]
	for _, row := range d.rows {
		if u.gone[row.target.path] {
			continue
		}
		if gone := row.target.fault; u.all && (gone == targetMissing || gone == targetDangling) {
			continue
		}
		if u.all && row.target.moved {
			moved = append(moved, row.Path)
			continue
		}
		if row.job != nil {
			row.Row = refresh(row.Row, row.job)
		}
		rows = append(rows, row.Row)
	}
	updated := d.parsed.WithRows(rows)
	if updated.String() == old {
		return false, nil, nil
	}
	return true, moved, rewrite(d.recordPath(), updated.String())
}

// refresh returns the row with the hash and size of its file. A row that is true stays
// as it is, byte for byte.
func refresh(row wheel.Row, job *hashJob) wheel.Row {
	alg := algorithmOf(row)
	size := row.ByteSize()
	if row.Digest().Sum == job.sum(alg) && (row.Size == "" || size == job.read) {
		return row
	}
	return row.With(wheel.Digest{Alg: alg, Sum: job.sum(alg)}, job.read)
}
