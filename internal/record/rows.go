package record

// The rows of one RECORD by the file that each is about: PEP 376, "RECORD".

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
	dir    string // that rows are relative to, relative to root; "." for an archive
	record *wheel.Record
	bad    map[string]bool // rows that are false by themselves
	report Summary
	hex    int
}

// take files the faults of a RECORD; nil means that nothing in it can be
// trusted.
func (v *verifier) take(r *recordFile, record *wheel.Record, faults []*wheel.Fault, source string) *recordFile {
	for _, f := range faults {
		r.mark(f.Path)
		if v.found.ignored(f.Path, path.Join(r.dir, f.Path)) {
			continue
		}
		hint := recordHint(f.Path)
		if f.Path == "" {
			hint = "this RECORD cannot be read at all; tell the wheel's maker"
		}
		p := tree.FaultProblem(f)
		p.Path, p.Hint = r.fileOf(f.Path), hint
		v.found.add(r.root, p)
	}
	if record == nil {
		return nil
	}
	r.record = record
	r.report = Summary{Path: r.path, Source: source, Rows: len(record.Rows)}
	return r
}

func (r *recordFile) mark(row string) {
	if r.bad == nil {
		r.bad = map[string]bool{}
	}
	r.bad[row] = true
}

// fileOf is the path of a row's file as problems name it.
func (r *recordFile) fileOf(row string) string {
	if row == "" {
		return r.path
	}
	if path.IsAbs(row) {
		return row
	}
	return path.Join(r.dir, row)
}

// duplicates finds rows for one file, by name or by names that a file system may
// hold for one.
func (v *verifier) duplicates(r *recordFile) {
	rows := r.record.Rows
	twins := wheel.NewCollisionSet(len(rows), func(i int) string {
		clean, _ := wheel.Clean(rows[i].Path)
		return clean
	})
	for i, row := range rows {
		first, how := twins.Add(i)
		if how == wheel.NoCollision || v.found.ignored(row.Path, path.Join(r.dir, row.Path)) {
			continue
		}
		v.found.add(r.root, problem.Problem{
			Code: problem.RecordDuplicateRow, Path: r.fileOf(row.Path), Severity: problem.Error,
			Message: "RECORD lists it twice, or once more under a name that differs by case or Unicode form only",
			Details: []string{fmt.Sprintf("lines %d and %d of RECORD", rows[first].Line, row.Line)},
			Hint:    recordHint(row.Path),
		})
	}
}

// compare holds one file to its row, and tells whether the row's hash is true.
func (v *verifier) compare(r *recordFile, row wheel.Row, job *hashJob) bool {
	if size := row.ByteSize(); size >= 0 && size != job.read {
		v.found.add(r.root, problem.Problem{
			Code: problem.RecordSizeMismatch, Path: r.fileOf(row.Path), Severity: problem.Error,
			Message: fmt.Sprintf("RECORD says %d bytes, the file has %d", size, job.read),
			Hint:    recordHint(row.Path),
		})
	}
	digest := row.Digest()
	if digest.Alg == "" {
		return false
	}
	if job.sum(digest.Alg) != digest.Sum {
		is := wheel.Digest{Alg: digest.Alg, Sum: job.sum(digest.Alg)}
		v.found.add(r.root, problem.Problem{
			Code: problem.RecordHashMismatch, Path: r.fileOf(row.Path), Severity: problem.Error,
			Message: "its contents are not those that RECORD lists",
			Details: []string{"RECORD  " + digest.String(), "file    " + is.String()},
			Hint:    recordHint(row.Path),
		})
		return false
	}
	if digest.Hex {
		r.hex++
	}
	r.report.Verified++
	return true
}

// finish files the report of a RECORD, and the notice for hex digests.
func (v *verifier) finish(r *recordFile) {
	v.records = append(v.records, r.report)
	if r.hex > 0 {
		v.found.add(r.root, problem.Problem{
			Code: problem.RecordHexDigest, Path: r.path, Severity: problem.Notice,
			Message: fmt.Sprintf("%d digests are written in hexadecimal instead of urlsafe base64; they are right", r.hex),
			Hint:    "nothing to do here; tell the wheel's maker, as pip and others compare the text",
		})
	}
}

func recordHint(row string) string {
	return fmt.Sprintf("if the derivation changes it on purpose: wheelAutoPatchIgnoreRecord = [ %q ];", row)
}
