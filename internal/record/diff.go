package record

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A wheelDiff compares one wheel with one installed distribution (PEP 427, "Installing
// a wheel"). Only this shows what was changed in between: an installer writes a RECORD
// of its own, and pypa/installer computes the hashes anew.
type wheelDiff struct {
	wheel *wheelFiles
	files []diffFile
	known map[string]bool // paths at which the wheel's files are expected
}

// A diffFile is a file of a wheel and where it was installed.
type diffFile struct {
	*wheelFile
	target target
	job    *hashJob // nil where there is nothing to hash
	waived bool     // by a glob of the user
}

// maxInstalled is how many installations of one release are compared with its wheel. Two
// are known, where outputs for several versions of Python are built at once.
const maxInstalled = 16

// A release is a distribution of one version, both in their normal forms.
type release struct{ name, version string }

func releaseOf(d wheel.Dist) release {
	return release{pyname.NormalName(d.Name), pyname.NormalVersion(d.Version)}
}

// matchWheels compares each wheel with the installations of its name and version. One
// installation may have several wheels, as where a derivation repacks its wheel.
func (t *treeVerifier) matchWheels(wheels []*wheelFiles) (map[*installation][]*wheelDiff, error) {
	diffs := map[*installation][]*wheelDiff{}
	installed := map[release][]*installation{}
	for _, d := range t.dists {
		installed[releaseOf(d.dist)] = append(installed[releaseOf(d.dist)], d)
	}
	for _, w := range wheels {
		same := installed[releaseOf(w.dist)]
		if n := len(same); n > maxInstalled {
			t.findings.add(w.path, problem.Problem{
				Code: problem.RecordMalformed, Path: w.dist.Dir, Severity: problem.Error,
				Message: fmt.Sprintf("%d dist-info folders say that they are this wheel's, more than the %d that are compared with it", n, maxInstalled),
				Hint:    "a wheel is installed once: delete the others in postInstall",
				ByHand:  "a wheel is installed once: delete the others",
			})
			same = same[:maxInstalled]
		}
		for _, d := range same {
			diff, err := t.compareWheel(w, d)
			if err != nil {
				return nil, err
			}
			diffs[d] = append(diffs[d], diff)
			if d.record != nil {
				d.record.compared = true
			}
		}
		if installed[releaseOf(w.dist)] == nil {
			t.findings.add(w.path, problem.Problem{
				Code: problem.RecordAbsent, Path: w.dist.Dir, Severity: problem.Error,
				Message: "no dist-info folder of this wheel is in the tree that it should have been installed to",
				Hint:    "give the wheel that the tree was installed from, or leave --wheel out",
			})
		}
	}
	return diffs, nil
}

// compareWheel finds each file of the wheel in the tree and requests its hash.
func (t *treeVerifier) compareWheel(w *wheelFiles, d *installation) (*wheelDiff, error) {
	diff := &wheelDiff{wheel: w, known: map[string]bool{}}
	for i := range w.files {
		f := diffFile{wheelFile: &w.files[i]}
		if f.replaced(w, d) {
			continue
		}
		var err error
		if f.target, err = t.installed(w, d, f.wheelFile); err != nil {
			return nil, err
		}
		diff.known[f.target.path] = true
		f.waived = t.findings.ignored(f.rel, f.member, t.outputs.rel(f.target.path))
		if f.target.fault == targetFine && !f.waived {
			f.job = t.hashes.of(f.target, -1)
			f.job.want(f.digest.Alg)
			if f.script.rest != "" {
				f.job.header = installedHeader
			}
		}
		diff.files = append(diff.files, f)
	}
	return diff, nil
}

// replaced reports whether installers write a file of their own instead of this one: the
// program of an entry point, or one of installerFiles.
func (f *wheelFile) replaced(w *wheelFiles, d *installation) bool {
	if f.scheme == wheel.Scripts {
		return w.scripts[path.Base(f.rel)]
	}
	dir, base := path.Split(f.rel)
	return dir == filepath.Base(d.dist.Dir)+"/" && slices.Contains(installerFiles, base)
}

// installed returns where a file of the wheel was installed: the first of its install
// paths at which there is anything, else the first that is inside the outputs.
func (t *treeVerifier) installed(w *wheelFiles, d *installation, f *wheelFile) (target, error) {
	var first target
	for i, path := range t.installPaths(w, d, f) {
		p, err := t.outputs.locate(d.site, path)
		if err != nil || p.exists() {
			return p, err
		}
		if i == 0 || first.fault == targetOutside {
			first = p
		}
	}
	return first, nil
}

// installPaths returns the paths to which installers install a file, likeliest first.
func (t *treeVerifier) installPaths(w *wheelFiles, d *installation, f *wheelFile) []string {
	if f.scheme == wheel.Purelib || f.scheme == wheel.Platlib {
		paths := []string{filepath.Join(d.site, f.rel)}
		if f.rel != f.member { // a tree that was only unpacked
			paths = append(paths, filepath.Join(d.site, f.member))
		}
		return paths
	}
	prefix, python := prefixOf(d.site)
	paths := []string{filepath.Join(prefix, f.rel)}
	if f.scheme == wheel.Headers {
		paths = headerPaths(prefix, python, w.dist, f.rel)
	}
	for _, root := range t.outputs.roots {
		paths = append(paths, filepath.Join(root.Abs, f.rel))
	}
	return append(paths, filepath.Join(d.site, f.member))
}

// headerPaths returns the paths to which installers install a header: with or without
// the version of Python, below the name of the distribution in several spellings.
func headerPaths(prefix, python string, dist wheel.Dist, rel string) []string {
	_, file, _ := strings.Cut(strings.TrimPrefix(rel, "include/"), "/")
	folder, _, _ := strings.Cut(filepath.Base(dist.Dir), "-")
	normal := pyname.NormalName(dist.Name)
	var paths []string
	for _, dir := range []string{"include", "include/" + python, "include/site/" + python} {
		for _, name := range []string{dist.Name, folder, normal, strings.ReplaceAll(normal, "-", "_")} {
			paths = append(paths, filepath.Join(prefix, dir, name, file))
		}
	}
	return paths
}

// prefixOf returns a site-packages directory without lib/pythonX.Y/site-packages, and
// the pythonX.Y. Any other directory is its own prefix.
func prefixOf(site string) (prefix, python string) {
	python = filepath.Base(filepath.Dir(site))
	base := filepath.Base(site)
	if (base == "site-packages" || base == "dist-packages") &&
		(strings.HasPrefix(python, "python") || strings.HasPrefix(python, "pypy")) {
		return filepath.Dir(filepath.Dir(filepath.Dir(site))), python
	}
	return site, ""
}

// A difference is a problem with a file that only one of wheel and installation has, or
// that differs.
type difference struct {
	problem.Problem
	path string // of the file, absolute
}

// reportDiff reports the differences to the wheel that has the fewest, and notes which
// files have been told of, here or in the wheel.
func (t *treeVerifier) reportDiff(d *installation, diffs []*wheelDiff) {
	var fewest []difference
	for i, diff := range diffs {
		differences := t.differences(d, diff)
		if i == 0 || len(differences) <= len(fewest) {
			fewest = differences
		}
	}
	d.told = map[string]bool{}
	for _, diff := range diffs {
		for _, f := range diff.files {
			if f.told && f.job != nil && f.isTrue() {
				d.told[f.target.path] = true
			}
		}
	}
	for _, p := range fewest {
		d.told[p.path] = true
		t.findings.add(d.root.Path, p.Problem)
	}
}

// differences compares an installation with one wheel.
func (t *treeVerifier) differences(d *installation, diff *wheelDiff) (all []difference) {
	add := func(code problem.Code, p target, row, msg string, details ...string) {
		all = append(all, difference{problem.Problem{
			Code: code, Path: t.outputs.rel(p.path), Severity: problem.Error,
			Message: msg, Details: details, Cure: problem.Cure{Records: []string{row}},
		}, p.path})
	}
	for _, f := range diff.files {
		p := f.target
		switch {
		case f.waived:
		case p.fault == targetOutside, p.store && !f.isTrue():
			add(problem.RecordOutsideOutput, p, f.rel, "a file of the wheel is a link that leads out of the output")
		case t.isCompiled(p.path): // proves nothing: installers leave it out, or compile anew
		case p.fault != targetFine:
			add(problem.RecordMissingFile, p, f.rel, "the wheel holds it, it was not installed")
		case !f.isTrue():
			actual := wheel.Digest{Alg: f.digest.Alg, Sum: f.job.sum(f.digest.Alg)}
			add(problem.RecordHashMismatch, p, f.rel, "its contents are not those of the wheel",
				"wheel   "+f.digest.String(), "file    "+actual.String())
		}
		if last := len(all) - 1; f.told && last >= 0 && all[last].path == p.path {
			// The wheel is false there, so nobody can say who changed it.
			all[last].Cure = problem.Cure{WheelRecords: all[last].Cure.Records}
		}
	}
	for _, row := range d.rows {
		p := row.target
		if p.ours && row.isTrue() {
			continue // placed since
		}
		if p.fault != targetFine || row.waived || diff.known[p.path] || t.isInstallerFile(p.path) || t.isCompiled(p.path) || diff.isEntryPoint(d, p.path) {
			continue
		}
		add(problem.RecordUnlistedFile, p, row.Path, "the installed RECORD lists it, the wheel does not hold it")
	}
	return all
}

// isTrue reports whether the installed file is that of the wheel, or the one that its
// RECORD lists, but for the header of a script. Where these are two the wheel is false,
// and that has been told.
func (f diffFile) isTrue() bool {
	sum := f.job.sum(f.digest.Alg)
	return sum == f.digest.Sum || sum == f.listed || f.job.script.installedFrom(f.script)
}

// isEntryPoint reports whether a file is the program that an installer writes for an
// entry point of the wheel.
func (diff *wheelDiff) isEntryPoint(d *installation, p string) bool {
	prefix, _ := prefixOf(d.site)
	name := filepath.Base(p)
	bare := strings.TrimSuffix(strings.TrimSuffix(name, ".py"), "-script")
	// pip and uv install pip itself under the version of Python too.
	if short := strings.TrimRight(bare, "-.0123456789"); short == "pip" || short == "easy_install" {
		bare = short
	}
	return filepath.Dir(p) == filepath.Join(prefix, "bin") && (diff.wheel.scripts[name] || diff.wheel.scripts[bare])
}
