package record

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// checkRows checks each row of an installation against its file.
func (t *treeVerifier) checkRows(d *installation) {
	r := d.record
	if r == nil {
		return
	}
	for _, row := range d.rows {
		if r.bad[row.Path] || row.waived {
			continue
		}
		add := func(code problem.Code, msg string) {
			t.findings.add(r.root, problem.Problem{
				Code: code, Path: r.fileOf(row.Path), Severity: problem.Error, Message: msg, Hint: recordHint(row.Path),
			})
		}
		switch {
		case row.target.fault == targetOutside:
			add(problem.RecordOutsideOutput, "RECORD lists a path that leads out of the output, by itself or through a symbolic link")
		case row.target.fault == targetMissing && !isBytecode(row.Path):
			add(problem.RecordMissingFile, "RECORD lists it, it is not there")
		case row.target.fault == targetNotRegular:
			add(problem.RecordMissingFile, "RECORD lists it as a file, which it is not")
		case row.job != nil:
			t.checkRow(r, row.Row, row.job)
		}
	}
	t.addSummary(r)
}

func isBytecode(p string) bool { return strings.HasSuffix(p, ".pyc") || strings.HasSuffix(p, ".pyo") }

// findUnlisted reports the files in directories of dist-infos, or below them, that no
// RECORD lists.
func (t *treeVerifier) findUnlisted() error {
	var sites []string
	for _, d := range t.dists {
		if d.record != nil && !slices.Contains(sites, d.site) {
			sites = append(sites, d.site)
		}
	}
	for _, l := range t.trees {
		for _, e := range l.Entries {
			inSite := slices.ContainsFunc(sites, func(site string) bool { return tree.Within(site, e.Path) })
			if !inSite || t.listed[e.Path] {
				continue
			}
			if err := t.reportUnlisted(e.Path); err != nil {
				return err
			}
		}
	}
	return nil
}

// reportUnlisted reports a file that no RECORD lists: as an error where Python or the
// loader would run it, not at all where an installer or Python wrote it.
func (t *treeVerifier) reportUnlisted(p string) error {
	root, rel := t.outputs.within(p)
	if t.isInstallerFile(p) || t.isCompiled(p) || t.findings.ignored(rel, t.siteRel(p)) {
		return nil
	}
	severity, kind := problem.Notice, "file"
	code, err := codeKind(p)
	if err != nil {
		return err
	}
	if code != "" {
		severity, kind = problem.Error, code
	}
	t.findings.add(root.Path, problem.Problem{
		Code: problem.RecordUnlistedFile, Path: rel, Severity: severity,
		Message: "no RECORD lists this " + kind,
		Hint:    recordHint(t.siteRel(p)),
	})
	return nil
}

// siteRel returns the path as a RECORD would have it.
func (t *treeVerifier) siteRel(p string) string {
	for _, d := range t.dists {
		if rel, ok := strings.CutPrefix(p, d.site+"/"); ok {
			return rel
		}
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
	dir := filepath.Dir(p)
	if !slices.Contains(installerFiles, filepath.Base(p)) {
		return false
	}
	return slices.ContainsFunc(t.dists, func(d *installation) bool {
		return dir == filepath.Join(d.root.Abs, d.dist.Dir)
	})
}

// cachedName matches the names in __pycache__: PEP 3147 and 488, and those of pytest.
var cachedName = regexp.MustCompile(`^(.+?)\.[a-z]+-?[0-9a-z]+(-pytest-[0-9.]+)?(\.opt-[0-9a-z]+)?\.pyc$`)

// isCompiled reports whether a file is the bytecode of a source that a RECORD lists.
func (t *treeVerifier) isCompiled(p string) bool {
	dir, name := filepath.Split(p)
	m := cachedName.FindStringSubmatch(name)
	return m != nil && filepath.Base(dir) == "__pycache__" &&
		t.listed[filepath.Join(filepath.Dir(filepath.Clean(dir)), m[1]+".py")]
}

// codeKind returns what a file is that Python or the loader would run, else "". A link to
// a directory counts: behind it may be anything.
func codeKind(p string) (string, error) {
	switch filepath.Ext(p) {
	case ".py", ".pyw", ".pyc", ".pyo":
		return "Python code", nil
	case ".pth":
		return "path file, which Python runs at its start", nil
	case ".so":
		return "extension module", nil
	}
	info, err := os.Stat(p)
	switch {
	case err != nil:
		return "", onlyUnreadable(err)
	case info.IsDir():
		return "link to a directory", nil
	case !info.Mode().IsRegular():
		return "", nil
	}
	magic, err := tree.StartOf(p, 4)
	if err != nil {
		return "", err
	}
	if elfobj.IsELF(magic) {
		return "ELF object", nil
	}
	return "", nil
}
