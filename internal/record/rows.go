package record

import (
	"fmt"
	"path"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A recordFile is one RECORD that is being verified.
type recordFile struct {
	root   string // as the user gave it
	path   string // of RECORD, relative to root
	dir    string // to which rows are relative, itself relative to root; "." for an archive
	record *wheel.Record

	bad        map[string]bool // rows with a fault, by path
	summary    Summary
	hexDigests int // true ones in hexadecimal
}

// addRecord reports the faults of a RECORD. It returns nil where no row can be trusted,
// else r with the RECORD filled in.
func (v *verifier) addRecord(r *recordFile, record *wheel.Record, faults []*wheel.Fault, source string) *recordFile {
	for _, f := range faults {
		r.mark(f.Path)
		if v.findings.ignored(f.Path, path.Join(r.dir, f.Path)) {
			continue
		}
		hint := recordHint(f.Path)
		if f.Path == "" {
			hint = "this RECORD cannot be read at all; tell the wheel's maker"
		}
		p := tree.FaultProblem(f)
		p.Path, p.Hint = r.fileOf(f.Path), hint
		v.findings.add(r.root, p)
	}
	if record == nil {
		return nil
	}
	r.record = record
	r.summary = Summary{Path: r.path, Source: source, Rows: len(record.Rows)}
	return r
}

// mark notes that a row has a fault.
func (r *recordFile) mark(row string) {
	if r.bad == nil {
		r.bad = map[string]bool{}
	}
	r.bad[row] = true
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

// duplicates reports rows for one file: rows with one path, or with paths that are one
// on a file system that ignores case or Unicode form.
func (v *verifier) duplicates(r *recordFile) {
	rows := r.record.Rows
	paths := wheel.NewCollisionSet(len(rows), func(i int) string {
		clean, _ := wheel.Clean(rows[i].Path)
		return clean
	})
	for i, row := range rows {
		first, how := paths.Add(i)
		if how == wheel.NoCollision || v.findings.ignored(row.Path, path.Join(r.dir, row.Path)) {
			continue
		}
		v.findings.add(r.root, problem.Problem{
			Code: problem.RecordDuplicateRow, Path: r.fileOf(row.Path), Severity: problem.Error,
			Message: "RECORD lists it twice, or once more under a name that differs by case or Unicode form only",
			Details: []string{fmt.Sprintf("lines %d and %d of RECORD", rows[first].Line, row.Line)},
			Hint:    recordHint(row.Path),
		})
	}
}

// checkRow checks a row against its file, which was hashed.
func (v *verifier) checkRow(r *recordFile, row wheel.Row, job *hashJob) {
	if size := row.ByteSize(); size >= 0 && size != job.read {
		v.findings.add(r.root, problem.Problem{
			Code: problem.RecordSizeMismatch, Path: r.fileOf(row.Path), Severity: problem.Error,
			Message: fmt.Sprintf("RECORD says %d bytes, the file has %d", size, job.read),
			Hint:    recordHint(row.Path),
		})
	}
	digest := row.Digest()
	if digest.Alg == "" {
		return
	}
	if job.sum(digest.Alg) != digest.Sum {
		actual := wheel.Digest{Alg: digest.Alg, Sum: job.sum(digest.Alg)}
		v.findings.add(r.root, problem.Problem{
			Code: problem.RecordHashMismatch, Path: r.fileOf(row.Path), Severity: problem.Error,
			Message: "its contents are not those that RECORD lists",
			Details: []string{"RECORD  " + digest.String(), "file    " + actual.String()},
			Hint:    recordHint(row.Path),
		})
		return
	}
	if digest.Hex {
		r.hexDigests++
	}
	r.summary.Verified++
}

// addSummary adds the summary of a RECORD whose rows are checked, and the notice on its
// hexadecimal digests.
func (v *verifier) addSummary(r *recordFile) {
	v.summaries = append(v.summaries, r.summary)
	if r.hexDigests > 0 {
		v.findings.add(r.root, problem.Problem{
			Code: problem.RecordHexDigest, Path: r.path, Severity: problem.Notice,
			Message: fmt.Sprintf("%d digests are written in hexadecimal instead of urlsafe base64; they are right", r.hexDigests),
			Hint:    "nothing to do here; tell the wheel's maker, as pip and others compare the text",
		})
	}
}

// recordHint returns the hint for a row whose file differs.
func recordHint(row string) string {
	return fmt.Sprintf("if the derivation changes it on purpose: wheelAutoPatchIgnoreRecord = [ %q ];", row)
}
