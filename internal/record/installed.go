package record

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// An installation is one dist-info of a tree.
type installation struct {
	dist   wheel.Dist
	root   *tree.Root
	site   string         // the directory of dist-info, absolute and real
	parsed *wheel.Record  // nil where RECORD is absent or cannot be parsed
	faults []*wheel.Fault // of RECORD
	record *recordFile    // nil where no row can be trusted
	rows   []treeRow

	told map[string]bool // files at which the wheel, or the way from it, has a problem

	// Where wheels are given and none of them is this distribution, nobody has made the
	// RECORD but the tree itself.
	stranger bool
}

// Dists are the dist-infos of the trees with their RECORDs, whose rows are resolved to
// files: what Verify hands on to NewUpdate.
type Dists []*installation

// A treeRow is a row and the file that it leads to.
type treeRow struct {
	wheel.Row
	target target
	job    *hashJob // nil where there is nothing to hash

	waived bool // by a glob of the user
}

// A treeVerifier verifies all trees together.
type treeVerifier struct {
	*verifier
	outputs *outputs
	dists   Dists

	compared bool // with wheels
	hashes   hashSet
	listed   map[string]bool // files of rows, by absolute path and by real path
	trees    []*tree.Listing
	infos    map[string]bool // the dist-info folders, absolute
	sites    sites
	strange  map[string]bool // files that only the RECORD of a stranger lists
}

// verifyTrees checks the RECORDs of installations against the files (PEP 376 and 627),
// the files against the RECORDs, and both against the wheels.
func (v *verifier) verifyTrees(ctx context.Context, trees []*tree.Listing, wheels []*wheelFiles) (Dists, error) {
	t := &treeVerifier{verifier: v, outputs: newOutputs(trees, v.stores), trees: trees, compared: len(wheels) > 0}
	t.outputs.trust(trees)
	t.hashes.known = v.known
	var err error
	if t.dists, err = findInstallations(trees); err != nil {
		return nil, err
	}
	if len(t.dists) == 0 {
		v.findings.add(trees[0].Root.Path, problem.Problem{
			Code: problem.RecordAbsent, Severity: problem.Error,
			Message: "no dist-info folder: nothing says what this tree should hold",
			Hint:    "install the wheel to the output; to go without RECORD",
			Set:     `wheelAutoPatchRecord = "off";`,
			ByHand:  "give the directory that the wheel was installed to; patch goes without RECORD by --record off",
		})
	}
	rows := 0
	for _, d := range t.dists {
		if d.parsed != nil {
			rows += len(d.parsed.Rows)
		}
	}
	t.listed, t.hashes.byReal = make(map[string]bool, rows), make(map[string]*hashJob, rows)
	t.findStrangers(wheels)
	for _, d := range t.dists {
		if err := t.readRows(d); err != nil {
			return nil, err
		}
	}
	t.infos, t.sites, t.strange = map[string]bool{}, newSites(t.dists), map[string]bool{}
	for _, d := range t.dists {
		t.infos[filepath.Join(d.root.Abs, d.dist.Dir)] = true
	}
	diffs, err := t.matchWheels(wheels)
	if err != nil {
		return nil, err
	}
	if err := t.hashes.run(ctx, v.jobs); err != nil {
		return nil, err
	}
	for _, d := range t.dists {
		t.reportDiff(d, diffs[d])
		t.reportFaults(d, diffs[d])
		if err := t.reportStranger(d); err != nil {
			return nil, err
		}
		t.checkRows(d, diffs[d])
		if !t.compared {
			t.reportUnproven(d)
		}
	}
	return t.dists, t.findUnlisted()
}

// findInstallations returns every dist-info of the trees with its RECORD. It leaves out
// one of which the RECORD of another distribution lists a file, in a directory further
// down: it is data of that distribution (setuptools bundles some).
func findInstallations(trees []*tree.Listing) (Dists, error) {
	var all, unbundled Dists
	for _, l := range trees {
		for _, dir := range l.Dists {
			dist := wheel.ReadDistInfo(l.Root.Abs, dir)
			d := &installation{dist: dist, root: l.Root, site: filepath.Join(l.Root.Abs, filepath.Dir(dist.Dir))}
			if err := d.readRecord(); err != nil {
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
			if dir := path.Dir(row.Path); row.Hash != "" && wheel.IsDistInfo(dir) {
				dir = filepath.Join(d.site, dir)
				if site := filepath.Dir(dir); site != d.site && tree.Within(d.site, site) {
					bundled[dir] = true
				}
			}
		}
	}
	for _, d := range all {
		if !bundled[filepath.Dir(d.recordPath())] {
			unbundled = append(unbundled, d)
		}
	}
	return unbundled, nil
}

func (d *installation) recordPath() string { return filepath.Join(d.root.Abs, d.dist.Dir, "RECORD") }

// readRecord reads and parses RECORD. Whatever is wrong with its text is a fault; the
// error is that of reading the file.
func (d *installation) readRecord() error {
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

// readRows finds the file of every row and requests its hash.
func (t *treeVerifier) readRows(d *installation) error {
	r := &recordFile{root: d.root.Path, path: filepath.Join(d.dist.Dir, "RECORD"), dir: filepath.Dir(d.dist.Dir), linux: true}
	if d.parsed == nil && len(d.faults) == 0 {
		t.findings.add(r.root, problem.Problem{
			Code: problem.RecordAbsent, Path: d.dist.Dir, Severity: problem.Error,
			Message: "the dist-info folder has no RECORD: nothing says what was installed",
			Hint:    "install the wheel with a tool that writes RECORD; to go without",
			Set:     `wheelAutoPatchRecord = "off";`,
			ByHand:  "install the wheel with a tool that writes RECORD; patch goes without by --record off",
		})
		return nil
	}
	if d.parsed == nil {
		for _, f := range d.faults {
			t.rowFault(r, f)
		}
		return nil
	}
	r.take(d.parsed, d.faults)
	d.record = r
	d.rows = make([]treeRow, 0, len(d.parsed.Rows))
	for _, row := range d.parsed.Rows {
		tr := treeRow{Row: row}
		var err error
		if tr.target, err = t.outputs.locate(d.site, row.Path); err != nil {
			return err
		}
		if !d.stranger {
			t.markListed(tr.target)
		}
		waived := len(t.findings.ignore) > 0 && t.findings.ignored(row.Path, r.fileOf(row.Path))
		if alg := row.Digest().Alg; alg != "" && tr.target.fault == targetFine && !waived {
			tr.job = t.hashes.of(tr.target, row.ByteSize())
			tr.job.want(alg)
		}
		tr.waived = waived
		d.rows = append(d.rows, tr)
	}
	return nil
}

// markListed notes that a row leads to the file.
func (t *treeVerifier) markListed(p target) {
	t.listed[p.path] = true
	if p.real != "" && p.real != p.path {
		t.listed[p.real] = true
	}
}

// reportFaults reports the rows that are false by themselves, but for those of which the
// wheel has been told.
func (t *treeVerifier) reportFaults(d *installation, diffs []*wheelDiff) {
	if d.record == nil {
		return
	}
	places, misnamed := map[string]string{}, map[string]bool{}
	for _, row := range d.rows {
		if d.record.bad[row.Path] {
			places[row.Path] = row.target.path
		}
		if row.target.isOutside() { // pip writes a second row for the file that is meant
			misnamed[strings.TrimLeft(path.Clean(row.Path), "/")] = true
		}
	}
	for _, f := range d.faults {
		switch {
		case d.told[places[f.Path]], f.Kind == wheel.WeakHash && misnamed[f.Path]:
		case f.Kind == wheel.Outside && d.isOutsideOf(diffs, f.Path):
		default:
			t.rowFault(d.record, f)
		}
	}
	t.duplicates(d.record,
		func(i int) string { return d.rows[i].target.place() },
		func(i int, _ wheel.Collision) bool {
			p := d.rows[i].target.path
			return d.told[p] || t.isCompiled(p) // pip lists both what the wheel has and what it compiles
		})
}

// isOutsideOf reports whether a wheel has a row that leads out of it, which installers
// copy.
func (d *installation) isOutsideOf(diffs []*wheelDiff, row string) bool {
	return slices.ContainsFunc(diffs, func(diff *wheelDiff) bool { return diff.wheel.outside[row] })
}
