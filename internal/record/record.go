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
	"context"
	"errors"
	"path/filepath"
	"slices"

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
		collectMembers: len(o.Wheels) > 0, wheels: map[string]*wheelFiles{},
	}
	done := progress.BeginWheels(ctx, len(roots)-len(trees))
	for _, root := range roots {
		if !root.Archive {
			continue
		}
		if _, err := v.verifyOnce(ctx, root.Path); err != nil {
			return Verified{}, err
		}
		done(1)
	}
	var wheels []*wheelFiles
	for _, path := range o.Wheels {
		w, err := v.verifyWheel(ctx, path, roots)
		if err != nil {
			return Verified{}, err
		}
		if w != nil {
			wheels = append(wheels, w)
		}
	}
	var out Verified
	if len(trees) > 0 {
		var err error
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
	wheels         map[string]*wheelFiles // verified archives, by absolute path
}

// verifyWheel verifies one --wheel, unless it is a root and has been verified as such.
func (v *verifier) verifyWheel(ctx context.Context, path string, roots tree.Roots) (*wheelFiles, error) {
	for _, root := range roots {
		if root.Archive && sameFile(root.Path, path) {
			return v.verifyOnce(ctx, root.Path)
		}
	}
	return v.verifyOnce(ctx, path)
}

// verifyOnce verifies a wheel the first time that it is called for it. The result is nil
// where the file cannot be read as an archive.
func (v *verifier) verifyOnce(ctx context.Context, path string) (*wheelFiles, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if w, ok := v.wheels[abs]; ok {
		return w, nil
	}
	w, err := v.openAndVerify(ctx, path)
	v.wheels[abs] = w
	return w, err
}

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
