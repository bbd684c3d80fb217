package record

// Verification of RECORD: PEP 376, 427 and 627. What is believed of a wheel is
// decided here, before anything else is done with it.

import (
	"context"
	"errors"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A RecordMode says what a false RECORD does.
type Mode string

// The modes of RECORD verification.
const (
	Fail Mode = "fail"
	Warn Mode = "warn"
	Off  Mode = "off"
)

// RecordOptions says what is verified, and how.
type Options struct {
	Mode   Mode
	Ignore []string // globs of RECORD paths that may differ
	Wheels []string // the .whl files that the trees were installed from
	Jobs   int      // files hashed at once
}

// Verify holds every RECORD of the roots to the files it lists, and the files to
// the RECORD. The wheels of o.Wheels are verified as well, and the trees are
// held to them: installers that compute hashes anew hide nothing. Trees are the
// outputs of one derivation: rows may lead from one to another.
//
// The error is for what could not be read; whatever is false is a problem.
func Verify(ctx context.Context, roots tree.Roots, trees []*tree.Listing, o Options) (Verified, error) {
	if o.Mode == Off {
		return Verified{}, nil
	}
	v := &verifier{jobs: o.Jobs, found: newFindings(o.Ignore)}
	v.collectMembers = len(o.Wheels) > 0
	for _, root := range roots {
		if !root.Archive {
			continue
		}
		if _, err := v.archive(ctx, root.Path); err != nil {
			return Verified{}, err
		}
	}
	var wheels []*wheelFiles
	for _, path := range o.Wheels {
		w, err := v.wheel(ctx, path, roots)
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
		if out.Dists, err = v.trees(ctx, trees, wheels); err != nil {
			return Verified{}, err
		}
	}
	slices.SortStableFunc(v.records, compareRecords)
	out.Records, out.Problems = v.records, v.found.problems(o.Mode == Warn, len(roots)+len(o.Wheels) > 1)
	return out, nil
}

// Verified is what Verify found out.
type Verified struct {
	Records  []Summary
	Problems []problem.Problem
	Dists    Dists // of the trees
}

// A verifier is one run of Verify.
type verifier struct {
	jobs           int
	collectMembers bool // what archives hold is needed later, for the trees
	records        []Summary
	found          *findings
	done           map[string]*wheelFiles // archives by absolute path
}

// wheel verifies one --wheel, unless it is a root and has been verified as such.
func (v *verifier) wheel(ctx context.Context, path string, roots tree.Roots) (*wheelFiles, error) {
	for _, root := range roots {
		if root.Archive && sameFile(root.Path, path) {
			return v.archive(ctx, root.Path)
		}
	}
	return v.archive(ctx, path)
}

// archive verifies a wheel once. The result is nil where it cannot be read as
// an archive.
func (v *verifier) archive(ctx context.Context, path string) (*wheelFiles, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if w, ok := v.done[abs]; ok {
		return w, nil
	}
	if v.done == nil {
		v.done = map[string]*wheelFiles{}
	}
	w, err := v.readArchive(ctx, path)
	v.done[abs] = w
	return w, err
}

// archiveMemory is what the process tries to stay below while it reads a wheel.
const archiveMemory = 24 << 20

func (v *verifier) readArchive(ctx context.Context, path string) (*wheelFiles, error) {
	// What a wheel can make us hold is bounded; that its garbage is collected
	// early keeps the process near that bound.
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(archiveMemory))
	a, err := wheel.Open(path)
	if fault := (*wheel.Fault)(nil); errors.As(err, &fault) {
		v.found.fault(path, fault)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer a.Close()
	return v.verifyArchive(ctx, a, path)
}

// A Summary is one RECORD that was verified.
type Summary struct {
	Path     string `json:"path"`
	Source   string `json:"source"` // "wheel" or "installed"
	Rows     int    `json:"rows"`
	Verified int    `json:"verified"`
}
