package record

import (
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// wheelFiles is what a tree is compared with: the contents of a verified wheel.
type wheelFiles struct {
	path    string
	dist    wheel.Dist
	scripts map[string]bool // entry points
	files   []wheelFile
	outside map[string]bool // the rows that lead out of it
}

// A wheelFile is one member of a wheel that is installed.
type wheelFile struct {
	member string
	scheme wheel.Scheme
	rel    string       // below site-packages or the prefix, see wheel.InstallPath
	digest wheel.Digest // of the contents, by the algorithm of its row
	listed string       // the raw digest of its row, by that algorithm, or empty
	script script
	told   bool // the wheel has a problem with it: its row is false, or missing
}

// verifyArchive checks RECORD against the members, and the members against RECORD, which
// must list every file but itself and its signatures (PEP 427, "Signed wheel files").
func (v *verifier) verifyArchive(ctx context.Context, a *wheel.Archive, root string) (*wheelFiles, error) {
	linux := isForLinux(a.Filename.Platforms)
	twice := map[string]*repeated{}
	for _, f := range a.Faults {
		if f.Kind != wheel.Twice {
			v.archiveFault(root, f, linux)
		} else if r := twice[f.Path]; r != nil {
			r.members++
		} else {
			twice[f.Path] = &repeated{fault: f, members: 2}
		}
	}
	record, err := v.archiveRecord(a, root, linux)
	if err != nil {
		return nil, err
	}
	w := &wheelFiles{path: root, dist: a.Dist, scripts: map[string]bool{}, outside: record.outside}
	for _, name := range a.Scripts {
		w.scripts[name] = true
	}
	for start := 0; start < len(a.Members); start += maxHashed {
		end := min(start+maxHashed, len(a.Members))
		if err := v.archiveMembers(ctx, a, w, start, end, record, twice); err != nil {
			return nil, err
		}
	}
	for _, r := range twice {
		v.reportRepeated(root, r)
	}
	if record.recordFile != nil {
		v.addSummary(record.recordFile)
	}
	return w, nil
}

// A repeated is a name that several members have, of which installers differ in the one
// that they take.
type repeated struct {
	fault           *wheel.Fault
	members, hashed int
	sum             string // of those that were hashed, which is sha256
	differ          bool
}

func (r *repeated) add(sum string) {
	r.differ = r.differ || r.hashed > 0 && r.sum != sum
	r.sum, r.hashed = sum, r.hashed+1
}

// reportRepeated reports a name that is there twice. Only where it is all the same which
// member is taken can it be accepted.
func (v *verifier) reportRepeated(root string, r *repeated) {
	p := tree.FaultProblem(r.fault)
	p.Hint, p.Cure.Advice = "", []string{tree.ArchiveHint}
	switch {
	case r.differ:
		p.Message += ", with other contents"
	case r.hashed == r.members:
		p.Message += ", with the same contents"
		p.Cure.Advice, p.Cure.Accept = nil, true
	}
	v.findings.add(root, p)
}

// An archiveRecord is the RECORD of a wheel, compared with the central directory of the
// archive.
type archiveRecord struct {
	*recordFile                        // nil where no row can be trusted
	rows        []*wheel.Row           // of each member, or nil
	unlisted    map[*wheel.Member]bool // members without a row
	outside     map[string]bool        // rows that lead out of the archive
}

// maxHashed is how many members are hashed before they are checked, which bounds the
// memory: a hostile archive has a hundred thousand members, a large one a few thousand.
const maxHashed = 4 << 10

// archiveMembers hashes the members from start to end and checks them against their
// rows.
func (v *verifier) archiveMembers(ctx context.Context, a *wheel.Archive, w *wheelFiles, start, end int, record archiveRecord, twice map[string]*repeated) error {
	jobs := make([]*hashJob, 0, end-start)
	members := make([]int, 0, end-start)
	for i := start; i < end; i++ {
		m := &a.Members[i]
		if m.IsDir() || !m.Readable() {
			continue
		}
		job := &hashJob{size: m.Size, open: func() (io.ReadCloser, error) { return a.Open(m) }}
		if row := record.rows[i]; row != nil && row.Digest().Alg != "" {
			job.want(row.Digest().Alg)
		} else {
			job.want(wheel.SHA256)
		}
		if twice[m.Name] != nil {
			job.want(wheel.SHA256)
		}
		if scheme, _ := a.InstallPath(m.Name); scheme == wheel.Scripts {
			job.header = wheelHeader
		}
		jobs, members = append(jobs, job), append(members, i)
	}
	if err := hashAll(ctx, jobs, v.jobs); err != nil {
		return err
	}
	for i, job := range jobs {
		if fault := (*wheel.Fault)(nil); errors.As(job.err, &fault) {
			v.archiveFault(w.path, fault, false)
			continue
		} else if job.err != nil {
			return job.err
		}
		m, row := &a.Members[members[i]], record.rows[members[i]]
		if r := twice[m.Name]; r != nil {
			r.add(job.sum(wheel.SHA256))
		}
		if a.Lookup(m.Name) != m {
			continue
		}
		told := v.archiveMember(a, record, row, m, job) || twice[m.Name] != nil || record.recordFile != nil && record.twice[m.Name]
		if v.collectMembers {
			w.add(a, m, row, job, told)
		}
	}
	return nil
}

// archiveRecord reads the wheel's RECORD and compares it with the central directory.
func (v *verifier) archiveRecord(a *wheel.Archive, root string, linux bool) (archiveRecord, error) {
	none := archiveRecord{rows: make([]*wheel.Row, len(a.Members))}
	if a.Record == nil {
		v.findings.add(root, problem.Problem{
			Code: problem.RecordAbsent, Path: a.Dist.Dir, Severity: problem.Error,
			Message: "the wheel has no RECORD: nothing says what it should hold", Hint: tree.ArchiveHint,
		})
		return none, nil
	}
	data, err := a.ReadMember(a.Record, wheel.MaxRecord)
	parsed, faults := (*wheel.Record)(nil), []*wheel.Fault(nil)
	switch fault := (*wheel.Fault)(nil); {
	case errors.As(err, &fault) && fault.Kind == wheel.Malformed: // too large
		faults = []*wheel.Fault{{Kind: wheel.BadRecord, Msg: fault.Msg}}
	case fault != nil:
		v.archiveFault(root, fault, false)
		return none, nil
	case err != nil:
		return none, err
	default:
		parsed, faults = wheel.ParseRecord(data)
	}
	r := &recordFile{root: root, path: a.Record.Name, dir: ".", wheel: true, linux: linux}
	var c wheel.Comparison
	if parsed != nil {
		c = a.CompareRecord(parsed)
		faults = append(faults, c.Faults...)
		r.take(parsed, faults)
	}
	for _, f := range faults {
		v.rowFault(r, f)
	}
	if parsed == nil {
		return none, nil
	}
	misnamed, outside := map[string]bool{}, map[string]bool{} // misnamed members have a row with a slash at its start
	for _, row := range c.Outside {
		outside[row.Path] = true
		misnamed[strings.TrimLeft(path.Clean(row.Path), "/")] = true
		if r.bad[row.Path] {
			continue
		}
		r.bad[row.Path] = true
		v.findings.add(root, problem.Problem{
			Code: problem.RecordOutsideOutput, Path: r.fileOf(row.Path), Severity: problem.Error,
			Message: "RECORD of a wheel lists a path that leads out of it", Cure: problem.Cure{Accept: true},
		})
	}
	for _, row := range c.Missing {
		if !r.bad[row.Path] && !v.findings.ignored(row.Path) {
			v.findings.add(root, problem.Problem{
				Code: problem.RecordMissingFile, Path: r.fileOf(row.Path), Severity: problem.Error,
				Message: "RECORD lists it, the wheel does not hold it", Cure: r.cure(row.Path),
			})
		}
	}
	place := func(i int) string {
		clean, _ := wheel.Clean(r.record.Rows[i].Path)
		return clean
	}
	v.duplicates(r, place, collisionsTold(a, c, place))
	unlisted := make(map[*wheel.Member]bool, len(c.Unlisted))
	for _, m := range c.Unlisted {
		unlisted[m] = !misnamed[m.Name]
	}
	return archiveRecord{r, c.Rows, unlisted, outside}, nil
}

// collisionsTold returns a function that reports whether the archive has a fault for a
// member, of which two rows say the same, or a row has no member.
func collisionsTold(a *wheel.Archive, c wheel.Comparison, place func(i int) string) func(i int, how wheel.Collision) bool {
	unsafe, folded := map[string]bool{}, map[string]bool{}
	for _, row := range c.Missing {
		clean, _ := wheel.Clean(row.Path)
		folded[clean] = true
	}
	for _, f := range a.Faults {
		switch f.Kind {
		case wheel.UnsafePath, wheel.Twice:
			unsafe[f.Path] = true
		case wheel.DuplicateFold:
			folded[f.Path] = true
		}
	}
	return func(i int, how wheel.Collision) bool {
		return unsafe[place(i)] || folded[place(i)] && how == wheel.FoldedEqual
	}
}

// archiveFault reports a fault of an archive. Two names that differ by case alone are two
// files where a wheel for Linux is installed.
func (v *verifier) archiveFault(root string, fault *wheel.Fault, linux bool) {
	p := tree.FaultProblem(fault)
	p.Hint, p.Cure.Advice = "", []string{p.Hint}
	if fault.Kind == wheel.DuplicateFold {
		switch {
		case v.findings.ignored(fault.Path):
			return
		case linux:
			p.Severity, p.Hint, p.Cure = problem.Notice, foldHint, problem.Cure{}
		default:
			p.Cure.WheelRecords = []string{fault.Path}
		}
	}
	v.findings.add(root, p)
}

// isForLinux reports whether a wheel is one for Linux, by the platform tags of its file
// name: it has one that is neither "any" nor of Windows or macOS.
func isForLinux(platforms []pyname.Platform) bool {
	return slices.ContainsFunc(platforms, func(p pyname.Platform) bool {
		return p.Tag != "any" && !strings.HasPrefix(p.Tag, "win") && !strings.HasPrefix(p.Tag, "macosx")
	})
}

// archiveMember checks one member against its row, and reports whether a row that an
// installer copies, or that is missing, makes the same problem in a tree.
func (v *verifier) archiveMember(a *wheel.Archive, r archiveRecord, row *wheel.Row, m *wheel.Member, job *hashJob) (told bool) {
	if r.recordFile == nil {
		return false
	}
	p := problem.Problem{Path: m.Name, Severity: problem.Error, Cure: r.cure(m.Name)}
	switch listed := row != nil; {
	case v.findings.ignored(m.Name):
	case listed && row.Hash == "" && wheel.IsBytecode(row.Path):
		p.Code, p.Message = problem.RecordWeakHash, bytecodeAlone
		if src := a.Lookup(sourceOf(m.Name)); src != nil && !r.unlisted[src] {
			p.Severity, p.Cure = problem.Notice, problem.Cure{}
			p.Message = "bytecode without a hash: nothing says what it should hold"
			p.Hint = "PEP 376 allows it; delete the file after installing where that matters"
		}
		v.findings.add(r.root, p)
		return true
	case listed && !r.bad[row.Path]:
		return !v.checkRow(r.recordFile, *row, job)
	case listed:
		return true
	case r.unlisted[m]:
		p.Code, p.Message = problem.RecordUnlistedFile, "the wheel holds it, its RECORD does not list it"
		v.findings.add(r.root, p)
		return true
	case a.IsOwnRecord(m.Name):
		if start, err := a.Prefix(m, codeStart); err == nil && codeIn(start) != "" {
			p.Code, p.Message = problem.RecordUnlistedFile, hiddenCode(codeIn(start))
			v.findings.add(r.root, p)
		}
	default:
		return true // its row has a slash too many
	}
	return false
}

// add adds a member, unless it is not installed or is the wheel's own RECORD.
func (w *wheelFiles) add(a *wheel.Archive, m *wheel.Member, row *wheel.Row, job *hashJob, told bool) {
	scheme, rel := a.InstallPath(m.Name)
	if scheme == "" || a.IsOwnRecord(m.Name) {
		return
	}
	f := wheelFile{member: m.Name, scheme: scheme, rel: rel, script: job.script, told: told}
	f.digest = wheel.Digest{Alg: job.algs[0], Sum: job.sums[0]}
	if row != nil {
		f.listed = row.Digest().Sum
	}
	w.files = append(w.files, f)
}
