package record

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// sites finds the site-packages directory that a directory lies in. Each directory is
// looked at once, however many there are of either.
type sites map[string]string // by directory, the outermost site that it is or lies in

func newSites(dists Dists) sites {
	var dirs []string
	for _, d := range dists {
		if d.record != nil {
			dirs = append(dirs, d.site)
		}
	}
	slices.SortFunc(dirs, func(a, b string) int { return cmp.Compare(len(a), len(b)) }) // outer ones first
	s := sites{"/": "", ".": ""}
	for _, dir := range dirs {
		s[dir] = cmp.Or(s.of(filepath.Dir(dir)), dir)
	}
	return s
}

// of returns the site of a clean absolute directory, or "".
func (s sites) of(dir string) string {
	site, known := s[dir]
	if !known {
		site = s.of(filepath.Dir(dir))
		s[dir] = site
	}
	return site
}

// findStrangers marks the installations that no wheel accounts for, where any is given.
func (t *treeVerifier) findStrangers(wheels []*wheelFiles) {
	known := map[release]bool{}
	for _, w := range wheels {
		known[releaseOf(w.dist)] = true
	}
	for _, d := range t.dists {
		d.stranger = t.compared && !known[releaseOf(d.dist)]
	}
}

// reportStranger reports the code that only the RECORD of a stranger lists, wherever in
// the outputs it lies: that RECORD vouches for nothing.
func (t *treeVerifier) reportStranger(d *installation) error {
	if !d.stranger {
		return nil
	}
	for _, row := range d.rows {
		p := row.target
		if p.fault != targetFine || row.waived || t.listed[p.path] || t.isInstallerFile(p.path) {
			continue
		}
		t.strange[p.path] = true
		if err := t.reportUnlisted(p.path, "only the RECORD of a distribution lists it that is none of --wheel: ", codeIn); err != nil {
			return err
		}
	}
	return nil
}

// reportUnproven says so where a RECORD was written by an installer that computes the
// hashes of what it finds: it is true whatever was changed before.
func (t *treeVerifier) reportUnproven(d *installation) {
	if d.record == nil || !d.recomputed() {
		return
	}
	t.findings.add(d.root.Path, problem.Problem{
		Code: problem.RecordUnproven, Path: d.record.path, Severity: problem.Notice,
		Message: "its installer writes the hashes of what it installs: they do not show that this is what the wheel held",
		Hint:    "to prove it, name the wheel: --wheel FILE",
	})
}

// recomputing are the installers that write hashes anew, by the first word of INSTALLER:
// pypa/installer, and what is built on it.
var recomputing = []string{"installer", "poetry", "pdm"}

// recomputed reports whether the hashes are those of an installer that writes them anew.
// Run by itself, pypa/installer writes no INSTALLER, as all others do.
func (d *installation) recomputed() bool {
	text, err := wheel.ReadSmall(filepath.Join(d.root.Abs, d.dist.Dir, "INSTALLER"), maxInstaller)
	if errors.Is(err, fs.ErrNotExist) {
		_, python := prefixOf(d.site)
		return python != ""
	}
	words := strings.Fields(strings.ToLower(text))
	return err == nil && len(words) > 0 && slices.Contains(recomputing, words[0])
}

// maxInstaller is the most that INSTALLER may hold, which is the name of a program.
const maxInstaller = 4 << 10
