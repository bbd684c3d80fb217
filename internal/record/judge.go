package record

// The judgement on a tree after its files were hashed: each row against its
// file, and files that no RECORD lists.

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

func (t *treeRun) judgeRows(d *installation) {
	r := d.record
	if r == nil {
		return
	}
	for _, row := range d.rows {
		if r.bad[row.Path] || row.waived {
			continue
		}
		add := func(code problem.Code, msg string) {
			t.found.add(r.root, problem.Problem{
				Code: code, Path: r.fileOf(row.Path), Severity: problem.Error, Message: msg, Hint: recordHint(row.Path),
			})
		}
		switch {
		case row.target.why == targetOutside:
			add(problem.RecordOutsideOutput, "RECORD lists a path that leads out of the output, by itself or through a symbolic link")
		case row.target.why == targetMissing && !isBytecode(row.Path):
			add(problem.RecordMissingFile, "RECORD lists it, it is not there")
		case row.target.why == targetNotRegular:
			add(problem.RecordMissingFile, "RECORD lists it as a file, which it is not")
		case row.job != nil:
			t.compare(r, row.Row, row.job)
		}
	}
	t.finish(r)
}

func isBytecode(p string) bool { return strings.HasSuffix(p, ".pyc") || strings.HasSuffix(p, ".pyo") }

// unlisted looks for files beside the dist-info folders that no RECORD lists.
func (t *treeRun) unlisted() error {
	var sites []string
	for _, d := range t.dists {
		if d.record != nil && !slices.Contains(sites, d.site) {
			sites = append(sites, d.site)
		}
	}
	for _, l := range t.trees {
		for _, e := range l.Entries {
			beside := slices.ContainsFunc(sites, func(site string) bool { return tree.Within(site, e.Path) })
			if !beside || t.listed[e.Path] {
				continue
			}
			if err := t.unlistedFile(e.Path); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *treeRun) unlistedFile(p string) error {
	root, rel := t.outputs.within(p)
	if t.isOwnFile(p) || t.isCompiled(p) || t.found.ignored(rel, t.siteRel(p)) {
		return nil
	}
	severity, kind := problem.Notice, "file"
	code, err := isCode(p)
	if err != nil {
		return err
	}
	if code != "" {
		severity, kind = problem.Error, code
	}
	t.found.add(root.Path, problem.Problem{
		Code: problem.RecordUnlistedFile, Path: rel, Severity: severity,
		Message: "no RECORD lists this " + kind,
		Hint:    recordHint(t.siteRel(p)),
	})
	return nil
}

// siteRel is the path as a RECORD would have it.
func (t *treeRun) siteRel(p string) string {
	for _, d := range t.dists {
		if rel, ok := strings.CutPrefix(p, d.site+"/"); ok {
			return rel
		}
	}
	return t.outputs.rel(p)
}

// installerFiles are what installers write into dist-info beside the wheel's
// own files: PEP 376, 610, 627 and 710, and uv's cache key.
var installerFiles = []string{
	"INSTALLER", "REQUESTED", "RECORD", "RECORD.jws", "RECORD.p7s",
	"direct_url.json", "provenance_url.json", "uv_cache.json", "uv_build.json",
}

// isOwnFile tells whether an installer made this file in a dist-info folder.
func (t *treeRun) isOwnFile(p string) bool {
	dir := filepath.Dir(p)
	if !slices.Contains(installerFiles, filepath.Base(p)) {
		return false
	}
	return slices.ContainsFunc(t.dists, func(d *installation) bool {
		return dir == filepath.Join(d.root.Abs, d.dist.Dir)
	})
}

// cached is a name in __pycache__: PEP 3147 and 488, and pytest's own.
var cached = regexp.MustCompile(`^(.+?)\.[a-z]+-?[0-9a-z]+(-pytest-[0-9.]+)?(\.opt-[0-9a-z]+)?\.pyc$`)

// isCompiled tells whether a file is the bytecode of a source that is listed.
func (t *treeRun) isCompiled(p string) bool {
	dir, name := filepath.Split(p)
	m := cached.FindStringSubmatch(name)
	return m != nil && filepath.Base(dir) == "__pycache__" &&
		t.listed[filepath.Join(filepath.Dir(filepath.Clean(dir)), m[1]+".py")]
}

// isCode names what Python or the loader would run; a link to a directory may
// hold anything.
func isCode(p string) (string, error) {
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
