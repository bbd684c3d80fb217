package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pymodule"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// systems returns what the wheel's platform tags ask for.
func (w wheelInfo) systems() []pyname.System {
	var tags []pyname.Platform
	for _, t := range w.Platforms {
		tags = append(tags, pyname.ParsePlatform(t))
	}
	return pyname.Systems(tags)
}

// pythonLine says which Pythons take the wheel, and which set of Nixpkgs has one. It is
// empty where there are no tags, and where no Python takes them.
func (w wheelInfo) pythonLine() string {
	line := pyname.Describe(w.File.Pythons())
	if set := pymodule.PackageSet(w.File.Pythons()); set != "" {
		line += " (" + set + ")"
	}
	return line
}

// systemLine says which machines take the wheel and, where it is not every release of
// nixpkgs, since when these have the glibc that the tags ask for.
func (w wheelInfo) systemLine() string {
	var parts []string
	for _, s := range w.systems() {
		line := s.String()
		if s.Glibc != [2]int{} {
			if since := nixpkgsSince(s.Glibc); since != "" {
				line += " (" + since + ")"
			}
		}
		parts = append(parts, line)
	}
	return strings.Join(parts, ", ")
}

// nixpkgsSince returns the releases of nixpkgs that have a glibc, or "" for all of them.
func nixpkgsSince(glibc [2]int) string {
	release, known := providers.Oldest(fmt.Sprintf("GLIBC_%d.%d", glibc[0], glibc[1]))
	switch {
	case !known:
		return "newer than any nixpkgs release known here"
	case release.Name == providers.Releases()[0].Name:
		return ""
	}
	return "nixpkgs " + release.Name + " or newer"
}

// modulesLine counts the extension modules of a wheel by the Pythons that they are for.
func (w wheelInfo) modulesLine() string {
	type count struct {
		what string
		n    int
	}
	var counts []count
	for _, m := range w.Modules {
		what := w.whose(m.Pythons)
		i := slices.IndexFunc(counts, func(c count) bool { return c.what == what })
		if i < 0 {
			i, counts = len(counts), append(counts, count{what: what})
		}
		counts[i].n += m.N
	}
	slices.SortStableFunc(counts, func(a, b count) int { return cmp.Compare(b.n, a.n) })
	var parts []string
	for _, c := range counts {
		parts = append(parts, fmt.Sprintf("%d for %s", c.n, c.what))
	}
	return strings.Join(parts, ", ")
}

// whose returns the Pythons of a module in words. Since when the stable ABI of a module
// holds, only the tags of its wheel say.
func (w wheelInfo) whose(p pyname.Pythons) string {
	if p.Later {
		for _, tag := range w.File.Pythons() {
			if tag.Later && tag.Implementation == p.Implementation && tag.Meets(p) {
				return tag.String()
			}
		}
	}
	return p.String()
}

// modules writes the line on the extension modules, with the reason below it where no
// Python that is meant loads any.
func (t *text) modules(w wheelInfo) {
	line := w.modulesLine()
	if line == "" {
		return
	}
	if w.WrongPython != "" {
		line = t.red("wrong: " + words.Printable(w.WrongPython))
	}
	t.field("modules", line)
}

// wheelReports returns the wheels in the form of docs/json.md.
func (m Model) wheelReports() []report.WheelReport {
	out := []report.WheelReport{}
	for i, w := range m.wheels {
		wants, release, known := m.wants(i)
		r := report.WheelReport{
			Root: w.Path, Name: w.Name, Version: w.Version, Variant: w.File.Variant, Misfit: w.Misfit,
			Requires: append([]string{}, w.RequiresText...), Wants: append([]string{}, wants...), Write: writeReport(m.nixPackage(i)),
			Python: append([]string{}, w.File.Python...), ABI: append([]string{}, w.File.ABI...), Platform: append([]string{}, w.Platforms...),
			Pythons: []report.PythonReport{}, Systems: []report.SystemReport{}, Modules: []report.ModulesReport{},
		}
		if known {
			r.Nixpkgs = release.Name
		}
		for _, p := range w.File.Pythons() {
			r.Pythons = append(r.Pythons, pythonReport(p))
		}
		for _, s := range w.systems() {
			if s.Other == "" {
				r.Systems = append(r.Systems, report.SystemReport{Machine: s.Machine, Glibc: version(s.Glibc), Musl: version(s.Musl)})
			}
		}
		for _, c := range w.Modules {
			r.Modules = append(r.Modules, report.ModulesReport{Suffix: c.Suffix, Count: c.N})
		}
		out = append(out, r)
	}
	return out
}

func pythonReport(p pyname.Pythons) report.PythonReport {
	r := report.PythonReport{Implementation: p.Implementation, Newer: p.Later, FreeThreaded: p.Threads == pyname.FreeThreaded}
	switch {
	case p.Major == 0:
	case p.Minor >= 0:
		r.Version = fmt.Sprintf("%d.%d", p.Major, p.Minor)
	default:
		r.Version = fmt.Sprint(p.Major)
	}
	return r
}

func version(v [2]int) string {
	if v == [2]int{} {
		return ""
	}
	return fmt.Sprintf("%d.%d", v[0], v[1])
}
