// Package record verifies RECORD, in wheels (PEP 427, "Signed wheel files") and in
// installations (PEP 376 and 627), compares installations with their wheels, and
// brings RECORD up to date after edits.
//
// pipeline calls Verify before any file is written, and NewUpdate and Update.Write
// after the edits. The package leaves out signatures (RECORD.jws, RECORD.p7s) and how
// archives and rows are parsed (package wheel). Verify only reads; Update.Write alone
// writes, through atomicfile, and no other file than RECORD.
package record

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A Mode says what a RECORD that is not true means.
type Mode string

// The modes of RECORD verification.
const (
	Fail Mode = "fail" // an error
	Warn Mode = "warn" // a warning
	Off  Mode = "off"  // nothing: it is not verified
)

// Options says what Verify verifies, and how.
type Options struct {
	Mode   Mode
	Ignore []string // globs of RECORD paths that may differ
	Wheels []string // the .whl files that the trees were installed from
	Jobs   int      // files hashed at once

	// Known are the sums of files of the trees that were read by now, by real path.
	Known map[string]tree.Sum

	// Stores are the Nix store and the directories of libraries that the user named: links
	// into them may stand for files.
	Stores []string
}

// Verify checks every RECORD under the roots against the files, and the files against
// the RECORDs. The trees are what tree.Walk returned for the roots. They are the outputs
// of one derivation, so a row of one may lead to a file of another.
//
// The wheels of o.Wheels are verified too, and the trees are compared with them: an
// installer that computes the hashes of RECORD anew cannot hide a change.
//
// The error is about what could not be read; whatever is not true is a problem.
func Verify(ctx context.Context, roots tree.Roots, trees []*tree.Listing, o Options) (Verified, error) {
	if o.Mode == Off {
		return Verified{}, nil
	}
	v := &verifier{
		jobs: o.Jobs, stores: o.Stores, known: o.Known, findings: newFindings(o.Ignore),
		collectMembers: len(o.Wheels) > 0,
	}
	all, wheelAt, err := archives(roots, o.Wheels)
	if err == nil {
		err = v.verifyArchives(ctx, all)
	}
	if err != nil {
		return Verified{}, err
	}
	var wheels []*wheelFiles
	for _, i := range wheelAt {
		if w := v.wheels[i]; w != nil {
			wheels = append(wheels, w)
		}
	}
	var out Verified
	if len(trees) > 0 {
		if out.Dists, err = v.verifyTrees(ctx, trees, wheels); err != nil {
			return Verified{}, err
		}
	}
	slices.SortStableFunc(v.summaries, compareSummaries)
	out.Records, out.Problems = v.summaries, v.findings.problems(o.Mode == Warn, len(roots)+len(o.Wheels) > 1)
	return out, nil
}

// Verified is the result of Verify.
type Verified struct {
	Records  []Summary
	Problems []problem.Problem
	Dists    Dists // of the trees
}

// A verifier is one run of Verify.
type verifier struct {
	jobs           int
	stores         []string
	known          map[string]tree.Sum
	collectMembers bool // whether the trees will be compared with the wheels
	summaries      []Summary
	findings       *findings
	wheels         []*wheelFiles // verified archives; nil where the file cannot be read as one
}

// archives returns all that is to be verified as a wheel, each once: the roots that are
// archives, then the wheels that are none of them. Of each wheel it returns the index.
func archives(roots tree.Roots, wheels []string) (all tree.Roots, wheelAt []int, err error) {
	at := map[string]int{} // by absolute path
	add := func(r *tree.Root) int {
		i, ok := at[r.Abs]
		if !ok {
			i = len(all)
			at[r.Abs], all = i, append(all, r)
		}
		return i
	}
	for _, r := range roots {
		if r.Archive {
			add(r)
		}
	}
	own := all
	for _, path := range wheels {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, nil, err
		}
		i := slices.IndexFunc(own, func(r *tree.Root) bool { return sameFile(r.Abs, path) })
		if i < 0 {
			i = add(&tree.Root{Path: path, Abs: abs, Archive: true})
		}
		wheelAt = append(wheelAt, i)
	}
	return all, wheelAt, nil
}

// verifyArchives verifies wheels, several at once, each with findings of its own. One wheel
// gets all jobs, of many each gets one: so the memory that they take together does not grow
// with their number. The error is that of the first wheel that has one.
func (v *verifier) verifyArchives(ctx context.Context, all tree.Roots) error {
	parts, errs := make([]verifier, len(all)), make([]error, len(all))
	v.wheels = make([]*wheelFiles, len(all))
	order, done := all.LargestFirst(), progress.BeginWheels(ctx, len(all))
	var failed atomic.Int64 // the first that has an error
	failed.Store(int64(len(all)))
	err := pool.Each(ctx, min(v.jobs, tree.MaxWindows), len(all), func(ctx context.Context, i int) error {
		i = order[i]
		if failed.Load() < int64(i) {
			return nil
		}
		part := &parts[i]
		*part = *v
		part.jobs, part.findings = max(1, v.jobs/len(all)), v.findings.part()
		if v.wheels[i], errs[i] = part.openAndVerify(ctx, all[i].Path); errs[i] != nil {
			lower(&failed, int64(i))
		}
		done(1)
		return nil
	})
	for i := range parts {
		if err := cmp.Or(errs[i], err); err != nil {
			return err
		}
		v.summaries = append(v.summaries, parts[i].summaries...)
		v.findings.take(parts[i].findings)
	}
	return nil
}

// lower sets n to i where that is less.
func lower(n *atomic.Int64, i int64) {
	for old := n.Load(); i < old; old = n.Load() {
		if n.CompareAndSwap(old, i) {
			return
		}
	}
}

// openAndVerify verifies a wheel. The result is nil where the file cannot be read as an
// archive.
func (v *verifier) openAndVerify(ctx context.Context, path string) (*wheelFiles, error) {
	a, err := wheel.Open(path)
	if fault := (*wheel.Fault)(nil); errors.As(err, &fault) {
		v.archiveFault(path, fault, false)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer a.Close()
	return v.verifyArchive(ctx, a, path)
}

// A Summary says how much of one RECORD was verified.
type Summary struct {
	Path     string `json:"path"`
	Source   string `json:"source"` // "wheel" or "installed"
	Rows     int    `json:"rows"`
	Verified int    `json:"verified"` // rows whose hash is true
}
