package record

// A tree against the wheel that it was installed from: PEP 427, "Installing a
// wheel". Installers write a RECORD of their own (pypa installer computes its
// hashes anew), so only this shows what happened on the way.

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// An origin is one wheel laid over one installation.
type wheelDiff struct {
	wheel *wheelFiles
	files []diffFile
	own   map[string]bool // paths that the wheel accounts for
}

type diffFile struct {
	*wheelFile
	target target
	job    *hashJob
	waived bool
}

// matchWheels finds the wheels of each installation by name and version. There
// may be several, as where a derivation repacks its wheel.
func (t *treeRun) matchWheels(wheels []*wheelFiles) (map[*installation][]*wheelDiff, error) {
	origins := map[*installation][]*wheelDiff{}
	for _, w := range wheels {
		used := false
		for _, d := range t.dists {
			if wheel.NormalName(d.dist.Name) != wheel.NormalName(w.dist.Name) ||
				wheel.NormalVersion(d.dist.Version) != wheel.NormalVersion(w.dist.Version) {
				continue
			}
			o, err := t.compareWheel(w, d)
			if err != nil {
				return nil, err
			}
			origins[d] = append(origins[d], o)
			used = true
		}
		if !used {
			t.found.add(w.path, problem.Problem{
				Code: problem.RecordAbsent, Path: w.dist.Dir, Severity: problem.Error,
				Message: "no dist-info folder of this wheel is in the tree that it should have been installed to",
				Hint:    "give the wheel that the tree was installed from, or leave --wheel out",
			})
		}
	}
	return origins, nil
}

// lay finds each file of the wheel in the tree and asks for its hash.
func (t *treeRun) compareWheel(w *wheelFiles, d *installation) (*wheelDiff, error) {
	o := &wheelDiff{wheel: w, own: map[string]bool{}}
	for i := range w.files {
		f := diffFile{wheelFile: &w.files[i]}
		if f.replaced(w, d) {
			continue
		}
		var err error
		if f.target, err = t.installed(w, d, f.wheelFile); err != nil {
			return nil, err
		}
		o.own[f.target.path] = true
		f.waived = t.found.ignored(f.rel, f.member, t.outputs.rel(f.target.path))
		if f.target.why == targetFine && !f.waived {
			f.job = t.job(f.target)
			f.job.want(f.digest.Alg)
			if f.rest != "" {
				f.job.header = installedHeader
			}
		}
		o.files = append(o.files, f)
	}
	return o, nil
}

// replaced tells whether installers put a file of their own in the place of a
// wheel's: the program of an entry point, and what they write into dist-info.
func (f *wheelFile) replaced(w *wheelFiles, d *installation) bool {
	if f.scheme == wheel.Scripts {
		return slices.Contains(w.scripts, path.Base(f.rel))
	}
	dir, base := path.Split(f.rel)
	return dir == filepath.Base(d.dist.Dir)+"/" && slices.Contains(installerFiles, base)
}

// installed finds where a file of the wheel went: the first of the places that
// installers know where there is one, else the first place.
func (t *treeRun) installed(w *wheelFiles, d *installation, f *wheelFile) (target, error) {
	var first target
	for i, candidate := range t.candidates(w, d, f) {
		p, err := t.outputs.locate(d.site, candidate)
		if err != nil || p.why == targetFine {
			return p, err
		}
		if i == 0 || first.why == targetOutside {
			first = p
		}
	}
	return first, nil
}

func (t *treeRun) candidates(w *wheelFiles, d *installation, f *wheelFile) []string {
	if f.scheme == wheel.Purelib || f.scheme == wheel.Platlib {
		places := []string{filepath.Join(d.site, f.rel)}
		if f.rel != f.member { // a tree that was only unpacked
			places = append(places, filepath.Join(d.site, f.member))
		}
		return places
	}
	prefix, python := prefixOf(d.site)
	places := []string{filepath.Join(prefix, f.rel)}
	if f.scheme == wheel.Headers {
		places = headerPlaces(prefix, python, w.dist, f.rel)
	}
	for _, root := range t.outputs.roots {
		places = append(places, filepath.Join(root.Abs, f.rel))
	}
	return append(places, filepath.Join(d.site, f.member))
}

// headerPlaces are where installers put a header: with or without the version of
// Python, below the distribution's name in one spelling or another.
func headerPlaces(prefix, python string, dist wheel.Dist, rel string) []string {
	_, file, _ := strings.Cut(strings.TrimPrefix(rel, "include/"), "/")
	folder, _, _ := strings.Cut(filepath.Base(dist.Dir), "-")
	normal := wheel.NormalName(dist.Name)
	var places []string
	for _, dir := range []string{"include", "include/" + python, "include/site/" + python} {
		for _, name := range []string{dist.Name, folder, normal, strings.ReplaceAll(normal, "-", "_")} {
			places = append(places, filepath.Join(prefix, dir, name, file))
		}
	}
	return places
}

// prefixOf takes lib/pythonX.Y/site-packages off a path; a tree that has no such
// folders is its own prefix.
func prefixOf(site string) (prefix, python string) {
	python = filepath.Base(filepath.Dir(site))
	base := filepath.Base(site)
	if (base == "site-packages" || base == "dist-packages") &&
		(strings.HasPrefix(python, "python") || strings.HasPrefix(python, "pypy")) {
		return filepath.Dir(filepath.Dir(filepath.Dir(site))), python
	}
	return site, ""
}

// judgeOrigin reports the differences to that wheel which has the fewest.
func (t *treeRun) reportDiff(d *installation, origins []*wheelDiff) {
	var best []problem.Problem
	for i, o := range origins {
		found := t.differences(d, o)
		if i == 0 || len(found) <= len(best) {
			best = found
		}
	}
	for _, p := range best {
		t.found.add(d.root.Path, p)
	}
}

func (t *treeRun) differences(d *installation, o *wheelDiff) []problem.Problem {
	var list []problem.Problem
	add := func(code problem.Code, p, row, msg string, details ...string) {
		list = append(list, problem.Problem{
			Code: code, Path: t.outputs.rel(p), Severity: problem.Error,
			Message: msg, Details: details, Hint: recordHint(row),
		})
	}
	for _, f := range o.files {
		switch {
		case f.waived:
		case f.target.why == targetOutside:
			add(problem.RecordOutsideOutput, f.target.path, f.rel, "a file of the wheel is a link that leads out of the output")
		case f.target.why != targetFine:
			add(problem.RecordMissingFile, f.target.path, f.rel, "the wheel holds it, it was not installed")
		case f.job.sum(f.digest.Alg) == f.digest.Sum, f.rest != "" && f.job.rest == f.rest:
		default:
			is := wheel.Digest{Alg: f.digest.Alg, Sum: f.job.sum(f.digest.Alg)}
			add(problem.RecordHashMismatch, f.target.path, f.rel, "its contents are not those of the wheel",
				"wheel   "+f.digest.String(), "file    "+is.String())
		}
	}
	for _, row := range d.rows {
		p := row.target
		if p.why != targetFine || row.waived || o.own[p.path] || t.isOwnFile(p.path) || t.isCompiled(p.path) || o.entryPoint(d, p.path) {
			continue
		}
		add(problem.RecordUnlistedFile, p.path, row.Path, "the installed RECORD lists it, the wheel does not hold it")
	}
	return list
}

// entryPoint tells whether a file is the program that an installer wrote for an
// entry point.
func (o *wheelDiff) entryPoint(d *installation, p string) bool {
	prefix, _ := prefixOf(d.site)
	name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(p), ".py"), "-script")
	// pip and uv install pip itself under the version of Python too.
	if short := strings.TrimRight(name, "-.0123456789"); short == "pip" || short == "easy_install" {
		name = short
	}
	return filepath.Dir(p) == filepath.Join(prefix, "bin") && slices.Contains(o.wheel.scripts, name)
}
