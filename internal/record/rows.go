package record

import (
	"fmt"
	"path"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// A recordFile is one RECORD that is being verified.
type recordFile struct {
	root   string        // as the user gave it
	path   string        // of RECORD, relative to root
	dir    string        // to which rows are relative, itself relative to root; "." for an archive
	wheel  bool          // of a wheel, not of an installation
	linux  bool          // names that differ by case alone are two files
	record *wheel.Record // nil where no row can be trusted

	compared bool // with the wheel it was installed from

	bad     map[string]bool // rows with a fault, by path
	twice   map[string]bool // places of which two rows were reported
	summary Summary
	hex     int // true digests in hexadecimal
	padded  int // true digests with the padding of base64
}

// cure returns what lets the file of a row differ. That a derivation has changed it can
// be said only where it is known to have been right in the wheel.
func (r *recordFile) cure(row string) problem.Cure {
	switch {
	case r.wheel:
		return problem.Cure{WheelRecords: []string{row}, Advice: []string{tree.ArchiveHint}}
	case r.compared:
		return problem.Cure{Records: []string{row}}
	}
	return problem.Cure{TreeRecords: []string{row}}
}

// cureAsIs is cure for a row that no derivation makes false.
func (r *recordFile) cureAsIs(row string) problem.Cure {
	if r.wheel {
		return r.cure(row)
	}
	return problem.Cure{TreeRecords: []string{row}}
}

// take takes the rows of a RECORD, which can be trusted but for those with a fault.
func (r *recordFile) take(record *wheel.Record, faults []*wheel.Fault) {
	source := "installed"
	if r.wheel {
		source = "wheel"
	}
	r.record, r.bad = record, map[string]bool{}
	for _, f := range faults {
		r.bad[f.Path] = true
	}
	r.summary = Summary{Path: r.path, Source: source, Rows: len(record.Rows)}
}

// rowFault reports a fault of one row, or of the whole RECORD. A path that leads
// elsewhere cannot be waived.
func (v *verifier) rowFault(r *recordFile, f *wheel.Fault) {
	p := tree.FaultProblem(f)
	p.Path = r.fileOf(f.Path)
	switch {
	case f.Kind == wheel.UnsafePath: // nothing makes it safe
	case f.Path == "":
		p.Hint = "this RECORD cannot be read at all; tell the wheel's maker"
	case f.Kind != wheel.Outside && v.findings.ignored(f.Path, path.Join(r.dir, f.Path)):
		return
	default:
		p.Hint, p.Cure.Accept = "", true
	}
	v.findings.add(r.root, p)
}

// fileOf returns the path of a row's file as problems name it: relative to the root.
func (r *recordFile) fileOf(row string) string {
	if row == "" {
		return r.path
	}
	if path.IsAbs(row) {
		return row
	}
	return path.Join(r.dir, row)
}

// duplicates reports rows for one file: rows whose places are one, or are one on a file
// system that ignores case or Unicode form. It passes over a row where told reports that
// another problem says as much of its place.
func (v *verifier) duplicates(r *recordFile, place func(i int) string, told func(i int, how wheel.Collision) bool) {
	rows := r.record.Rows
	places := wheel.NewCollisionSet(len(rows), place)
	r.twice = map[string]bool{}
	for i, row := range rows {
		first, how := places.Add(i)
		if how == wheel.NoCollision || v.findings.ignored(row.Path, path.Join(r.dir, row.Path)) || told(i, how) {
			continue
		}
		r.twice[place(i)] = true
		p := problem.Problem{
			Code: problem.RecordDuplicateRow, Path: r.fileOf(row.Path), Severity: problem.Error,
			Message: "RECORD lists it twice",
			Details: []string{fmt.Sprintf("lines %d and %d of RECORD", rows[first].Line, row.Line)},
		}
		if how == wheel.FoldedEqual {
			p.Message = "RECORD lists it once more under a name that differs by case or Unicode form only"
		}
		if how == wheel.FoldedEqual && r.linux {
			p.Severity, p.Hint = problem.Notice, foldHint
		} else {
			p.Cure = r.cureAsIs(row.Path)
		}
		v.findings.add(r.root, p)
	}
}

// foldHint is the hint for two names that are one where case does not count.
const foldHint = "nothing to do here: on Linux they are two files"

// checkRow checks a row against its file, which was hashed, and reports whether it is
// true. A file has one problem: that of its size is a detail where the hash says so too.
func (v *verifier) checkRow(r *recordFile, row wheel.Row, job *hashJob) (ok bool) {
	digest := row.Digest()
	actual := digest
	if digest.Alg != "" {
		actual.Sum = job.sum(digest.Alg)
	}
	r.count(digest, job)
	size := row.ByteSize()
	if actual.Sum == digest.Sum && (size < 0 || size == job.read) {
		return true
	}
	p := problem.Problem{Path: r.fileOf(row.Path), Severity: problem.Error, Cure: r.cure(row.Path)}
	sizes := fmt.Sprintf("RECORD says %d bytes, the file has %d", size, job.read)
	if actual.Sum == digest.Sum {
		p.Code, p.Message = problem.RecordSizeMismatch, sizes
	} else {
		p.Code, p.Message = problem.RecordHashMismatch, "its contents are not those that RECORD lists"
		p.Details = []string{"RECORD  " + digest.String(), "file    " + actual.String()}
		if size >= 0 && size != job.read {
			p.Details = append(p.Details, sizes)
		}
	}
	v.findings.add(r.root, p)
	return false
}

// count counts a row whose hash is true.
func (r *recordFile) count(digest wheel.Digest, job *hashJob) {
	if digest.Alg == "" || job.sum(digest.Alg) != digest.Sum {
		return
	}
	r.summary.Verified++
	switch {
	case digest.Hex:
		r.hex++
	case digest.Padded:
		r.padded++
	}
}

// addSummary adds the summary of a RECORD whose rows are checked, and the notices on
// digests that are right and not written as they should be.
func (v *verifier) addSummary(r *recordFile) {
	v.summaries = append(v.summaries, r.summary)
	if r.hex > 0 {
		v.findings.add(r.root, problem.Problem{
			Code: problem.RecordHexDigest, Path: r.path, Severity: problem.Notice,
			Message: words.Count(r.hex, "digest") + words.Choose(r.hex, " is", " are") + " written in hexadecimal instead of urlsafe base64" + areRight(r.hex),
			Hint:    "nothing to do here; tell the wheel's maker: PEP 376 wants urlsafe base64 and pypa/installer refuses it when asked to validate",
		})
	}
	if r.padded > 0 {
		v.findings.add(r.root, problem.Problem{
			Code: problem.RecordPaddedDigest, Path: r.path, Severity: problem.Notice,
			Message: words.Count(r.padded, "digest") + words.Choose(r.padded, " is", " are") + " written with the padding of base64" + areRight(r.padded),
			Hint:    "nothing to do here; tell the wheel's maker: PEP 427 wants urlsafe base64 without padding",
		})
	}
}

func areRight(n int) string { return words.Choose(n, "; it is right", "; they are right") }
