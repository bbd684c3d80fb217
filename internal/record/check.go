package record

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// checkRows checks each row of an installation against its file, but for those of which
// the wheel has been told.
func (t *treeVerifier) checkRows(d *installation, diffs []*wheelDiff) {
	if d.record == nil {
		return
	}
	for _, row := range d.rows {
		switch outside := row.target.isOutside(); {
		case d.record.bad[row.Path], row.waived, outside && d.isOutsideOf(diffs, row.Path):
		case !outside && d.told[row.target.path]:
			if row.job != nil {
				d.record.count(row.Digest(), row.job)
			}
		default:
			t.checkTreeRow(d.record, row)
		}
	}
	t.addSummary(d.record)
}

// checkTreeRow checks one row against its file. Bytecode in __pycache__ proves nothing
// where its source is listed: installers leave it out, or compile anew.
func (t *treeVerifier) checkTreeRow(r *recordFile, row treeRow) {
	var p problem.Problem
	hashed, bytecode := row.job != nil, wheel.IsBytecode(row.Path)
	switch fault := row.target.fault; {
	case row.target.isOutside():
		p.Code, p.Message = problem.RecordOutsideOutput, "RECORD lists a path that leads out of the output"
		p.Cure.Accept = true
	case fault == targetOutside, row.target.store && !row.isTrue():
		p.Code, p.Message = problem.RecordOutsideOutput, "RECORD lists a path that leads out of the output through a symbolic link"
	case t.isCompiled(row.target.path):
		if hashed {
			r.count(row.Digest(), row.job)
		}
		return
	case fault == targetMissing && (!bytecode || row.Hash != ""):
		p.Code, p.Message = problem.RecordMissingFile, "RECORD lists it, it is not there"
	case fault == targetDangling:
		p.Code, p.Message = problem.RecordMissingFile, "RECORD lists it, it is a link that leads to nothing"
	case fault == targetNotRegular:
		p.Code, p.Message = problem.RecordMissingFile, "RECORD lists it as a file, which it is not"
	case t.strange[row.target.path] && row.Hash == "": // reported
		return
	case fault == targetFine && bytecode && row.Hash == "" && !t.listed[sourceOf(row.target.path)]:
		p.Code, p.Message = problem.RecordWeakHash, bytecodeAlone
	case hashed:
		t.checkRow(r, row.Row, row.job)
		return
	default:
		return
	}
	if p.Path, p.Severity = r.fileOf(row.Path), problem.Error; !p.Cure.Accept {
		p.Cure = r.cure(row.Path)
	}
	t.findings.add(r.root, p)
}

// isTrue reports whether the file has the hash of the row.
func (row treeRow) isTrue() bool {
	digest := row.Digest()
	return row.job != nil && row.job.sum(digest.Alg) == digest.Sum
}

// findUnlisted reports the files in directories of dist-infos, or below them, that no
// RECORD lists, and those of dist-info in which code hides.
func (t *treeVerifier) findUnlisted() error {
	for _, l := range t.trees {
		for _, e := range l.Entries {
			var err error
			switch {
			case t.isInstallerFile(e.Path):
				err = t.reportHidden(e.Path)
			case t.sites.of(filepath.Dir(e.Path)) != "" && !t.listed[e.Path] && !t.strange[e.Path]:
				err = t.reportUnlisted(e.Path, "no RECORD lists this ", objectIn)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// reportUnlisted reports a file that no RECORD lists: as an error where Python or the
// loader would run it, not at all where an installer or Python wrote it.
func (t *treeVerifier) reportUnlisted(p, message string, kindOf func(start []byte) string) error {
	root, rel := t.outputs.roots.Locate(p)
	if t.isCompiled(p) || t.findings.ignored(rel, t.siteRel(p)) {
		return nil
	}
	if text, err := os.Readlink(p); err == nil && tree.IsDriverLink(text) {
		return nil
	}
	severity, kind := problem.Notice, "file"
	code, err := codeKind(p, kindOf)
	if err != nil {
		return err
	}
	if code != "" {
		severity, kind = problem.Error, code
	}
	t.findings.add(root.Path, problem.Problem{
		Code: problem.RecordUnlistedFile, Path: rel, Severity: severity,
		Message: message + kind,
		Cure:    t.cure(t.siteRel(p)),
	})
	return nil
}

// reportHidden reports a file of dist-info that needs no row, or no hash, where Python or
// the loader would run what is in it.
func (t *treeVerifier) reportHidden(p string) error {
	root, rel := t.outputs.roots.Locate(p)
	code, err := codeKind(p, codeIn)
	if err != nil || code == "" || t.findings.ignored(rel, t.siteRel(p)) {
		return err
	}
	t.findings.add(root.Path, problem.Problem{
		Code: problem.RecordUnlistedFile, Path: rel, Severity: problem.Error, Message: hiddenCode(code),
		Cure: t.cure(t.siteRel(p)),
	})
	return nil
}

// cure returns what lets an unlisted file be there.
func (t *treeVerifier) cure(row string) problem.Cure {
	if t.compared {
		return problem.Cure{Records: []string{row}}
	}
	return problem.Cure{TreeRecords: []string{row}}
}

// siteRel returns the path as a RECORD would have it.
func (t *treeVerifier) siteRel(p string) string {
	if site := t.sites.of(filepath.Dir(p)); site != "" {
		return strings.TrimPrefix(p, site+"/")
	}
	return t.outputs.rel(p)
}

// installerFiles are what installers write into dist-info beside the files of the
// wheel: PEP 376, 610, 627 and 710, and uv's cache key.
var installerFiles = []string{
	"INSTALLER", "REQUESTED", "RECORD", "RECORD.jws", "RECORD.p7s",
	"direct_url.json", "provenance_url.json", "uv_cache.json", "uv_build.json",
}

// isInstallerFile reports whether a file is one of installerFiles in a dist-info.
func (t *treeVerifier) isInstallerFile(p string) bool {
	return slices.Contains(installerFiles, filepath.Base(p)) && t.infos[filepath.Dir(p)]
}

// isCompiled reports whether a file is the bytecode, in __pycache__, of a source that a
// RECORD lists.
func (t *treeVerifier) isCompiled(p string) bool {
	return filepath.Base(filepath.Dir(p)) == "__pycache__" && t.listed[sourceOf(p)]
}
