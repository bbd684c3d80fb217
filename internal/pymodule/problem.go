package pymodule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// problem words a group none of whose modules can be loaded. Several says that there are
// several roots.
func (g *group) problem(several, accept bool) problem.Problem {
	var paths, suffixes []string
	var pythons []pyname.Pythons
	wrong := g.tagged()
	for _, m := range wrong {
		paths, suffixes = append(paths, m.object.Path), append(suffixes, m.Suffix)
		pythons = append(pythons, m.Pythons)
		if since := stableSince(g.dist.Tags); m.Pythons.Later && len(since) > 0 {
			pythons = append(pythons[:len(pythons)-1], since...)
		}
	}
	slices.Sort(paths)
	first := wrong[0]
	want := first.before[0]
	p := problem.Problem{
		Code: problem.WrongPython, Severity: problem.Error, Path: paths[0], PathSaid: true, Objects: paths,
		Message: fmt.Sprintf("%s for %s, but %s for %s", words.Count(len(paths), "extension module"), pyname.Describe(pythons), place(first), describeFirst(first.before)),
		Details: details(first, suffixes),
		Hint:    hint(pythons, want, false),
		Set:     "wheelAutoPatchAnyPython = true;",
		ByHand:  hint(pythons, want, true),
	}
	if several {
		p.Root = words.Quote(first.object.Root.Path)
	}
	if accept {
		p.Severity, p.Hint, p.Set, p.ByHand = problem.Notice, "", "", ""
	}
	return p
}

// place names what says the Python of a module.
func place(m module) string {
	if m.object.Root.Archive && m.site == m.object.Root.Abs {
		return "the file name of the wheel is"
	}
	return strings.TrimPrefix(strings.TrimPrefix(m.site, m.object.Root.Abs), "/") + " is"
}

// describeFirst names the Pythons of a folder or of tags, but not GraalPy beside CPython,
// which has the same folder.
func describeFirst(sets []pyname.Pythons) string {
	return pyname.Describe(slices.DeleteFunc(slices.Clone(sets), func(p pyname.Pythons) bool {
		return p.Implementation == "graalpy" && p != sets[0]
	}))
}

// details says what the names end in, and what the Python looks for.
func details(m module, suffixes []string) []string {
	slices.Sort(suffixes)
	suffixes = slices.Compact(suffixes)
	const shown = 3
	line := "their names end in " + strings.Join(suffixes[:min(len(suffixes), shown)], ", ")
	if rest := len(suffixes) - shown; rest > 0 {
		line += fmt.Sprintf(" (+%d more)", rest)
	}
	out := []string{line}
	if row, ok := arch.Of(m.object.ELF.Kind()); ok && row.Triplet != "" && m.before[0].Exact() {
		if wanted := m.before[0].SuffixesOf(row.Triplet); len(wanted) > 0 {
			out = append(out, fmt.Sprintf("%s looks for %s", m.before[0], strings.Join(wanted, ", ")))
		}
	}
	return out
}

// hint says which wheel, and which set of Nixpkgs, to take instead; by hand, which wheel. Its
// last line ends before what has modules of any Python taken, unless it is read by hand.
func hint(have []pyname.Pythons, want pyname.Pythons, byHand bool) string {
	var lines []string
	if byHand {
		if python, abi := tagsOf(want); python != "" {
			lines = append(lines, fmt.Sprintf("fetch the wheel for %s, with the tags %s-%s", want, python, abi))
		}
		return strings.Join(append(lines, "if nothing imports its modules: --any-python"), "\n")
	}
	if python, abi := tagsOf(want); python != "" {
		lines = append(lines, fmt.Sprintf("fetch the wheel for %s: fetchPypi { …; dist = %q; python = %q; abi = %q; }", want, python, python, abi))
	}
	if set := PackageSet(have); set != "" {
		lines = append(lines, "or, if your nixpkgs has the Python that it is for, build it in "+set)
	}
	lines = append(lines, "or, if nothing imports its modules")
	lines[0] = strings.TrimPrefix(lines[0], "or, ")
	lines[0] = strings.TrimPrefix(lines[0], "or ")
	return strings.Join(lines, "\n")
}

// tagsOf returns the Python and the ABI tag of wheels for one Python.
func tagsOf(p pyname.Pythons) (python, abi string) {
	version := fmt.Sprintf("%d%d", p.Major, p.Minor)
	switch {
	case !p.Exact():
		return "", ""
	case p.Implementation == "cpython" && p.Threads == pyname.FreeThreaded:
		return "cp" + version, "cp" + version + "t"
	case p.Implementation == "cpython":
		return "cp" + version, "cp" + version
	case p.Implementation == "pypy":
		return "pp" + version, "pypy" + version + "_pp73"
	}
	return "", ""
}

// PackageSet returns the set of Nixpkgs that has a Python of the sets: that of a version
// which is named alone, else the oldest. It is empty where none is known.
func PackageSet(sets []pyname.Pythons) string {
	all := slices.Clone(sets)
	slices.SortStableFunc(all, func(p, q pyname.Pythons) int {
		return cmp.Or(cmp.Compare(len(later(p)), len(later(q))), cmp.Compare(p.Minor, q.Minor))
	})
	for _, p := range all {
		version := fmt.Sprintf("%d%d", p.Major, p.Minor)
		switch {
		case p.Major == 0 || p.Minor < 0:
		case p.Later && p.Minor == firstStable:
			return "python3Packages" // of the stable ABI, since when nobody says
		case p.Implementation == "pypy":
			return "pypy" + version + "Packages" + later(p)
		case p.Implementation != "cpython":
		case p.Threads == pyname.FreeThreaded:
			return "python" + version + "FreeThreading.pkgs" + later(p)
		default:
			return "python" + version + "Packages" + later(p)
		}
	}
	return ""
}

// firstStable is the minor version of the first CPython with a stable ABI (PEP 384).
const firstStable = 2

func later(p pyname.Pythons) string {
	if p.Later {
		return " or a newer one"
	}
	return ""
}
