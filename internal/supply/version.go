package supply

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/symver"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// VersionProblems returns one version-not-found for each library and prefix of
// version, such as GLIBC. It names the highest that is wanted: a library with that
// has the lower ones. Objects are named as problems show them.
func VersionProblems(missing []ldso.MissingVersion, ctx Context) []problem.Problem {
	missing = slices.Clone(missing)
	library := func(m ldso.MissingVersion) string { return cmp.Or(m.Library, m.Soname) }
	slices.SortStableFunc(missing, func(a, b ldso.MissingVersion) int {
		return cmp.Or(
			cmp.Compare(library(a), library(b)),
			cmp.Compare(symver.Prefix(a.Want), symver.Prefix(b.Want)),
			symver.Compare(a.Want, b.Want),
		)
	})
	var out []problem.Problem
	for len(missing) > 0 {
		first, n := missing[0], 1
		for n < len(missing) && library(missing[n]) == library(first) && symver.Prefix(missing[n].Want) == symver.Prefix(first.Want) {
			n++
		}
		out = append(out, versionProblem(missing[:n], ctx))
		missing = missing[n:]
	}
	return out
}

// versionProblem words the missing versions of one library and prefix, sorted.
func versionProblem(group []ldso.MissingVersion, ctx Context) problem.Problem {
	var wanted, objects []string
	for _, m := range group {
		wanted = append(wanted, m.Want)
		objects = append(objects, m.Object)
	}
	slices.Sort(objects)
	objects = slices.Compact(objects)
	wanted = slices.Compact(wanted)
	last := group[len(group)-1]
	if last.Library == "" {
		return unloadedProblem(last, objects)
	}
	p := problem.Problem{
		Code:     problem.VersionNotFound,
		Severity: problem.Error,
		Path:     objects[0],
		PathSaid: true,
		Message:  fmt.Sprintf("%s lacks %s", last.Soname, last.Want),
		NeededBy: objects,
		Details:  []string{"found as " + ctx.show(last.Library)},
		Hint:     versionHint(last),
	}
	if last.Highest == "" {
		p.Details = append(p.Details, fmt.Sprintf("which has no %s version at all", symver.Prefix(last.Want)))
	} else {
		p.Details = append(p.Details, "whose newest is "+last.Highest)
	}
	if len(wanted) > 1 {
		p.Details = append(p.Details, "also wanted: "+strings.Join(wanted[:len(wanted)-1], ", "))
	}
	return p
}

// unloadedProblem words a version that is wanted of a name for which nothing is loaded.
func unloadedProblem(m ldso.MissingVersion, objects []string) problem.Problem {
	return problem.Problem{
		Code:     problem.VersionNotFound,
		Severity: problem.Error,
		Path:     objects[0],
		PathSaid: true,
		Message:  fmt.Sprintf("%s is wanted of %q, and nothing loads a library of that name", m.Want, m.Soname),
		NeededBy: objects,
		Details:  []string{"the loader ends with \"Assertion `needed != NULL' failed\""},
		Hint: "some tool removed the DT_NEEDED and left its versions, as patchelf --remove-needed does; to have it needed again:\n" +
			"    patchelf --add-needed " + words.ShellWord(m.Soname) + " FILE",
	}
}

// versionHint returns what a packager can do about a missing version.
func versionHint(m ldso.MissingVersion) string {
	var text string
	switch symver.Prefix(m.Want) {
	case "GLIBC":
		text = fmt.Sprintf("the wheel wants glibc %s or newer", symver.Number(m.Want))
		if m.Highest != "" {
			text += fmt.Sprintf(", this stdenv has %s", symver.Number(m.Highest))
		}
		text += ": take an older manylinux wheel"
		if m.Highest != "" {
			text += fmt.Sprintf(" (manylinux_%s or lower)", strings.ReplaceAll(symver.Number(m.Highest), ".", "_"))
		}
	case "GLIBCXX", "CXXABI":
		text = fmt.Sprintf("the wheel wants a libstdc++ with %s", m.Want)
		if m.Highest != "" {
			text += fmt.Sprintf(", this stdenv's has %s", m.Highest)
		}
		text += ": take an older manylinux wheel"
	default:
		if a := Find(m.Soname, Wheel{}); a.Attr != "" {
			return fmt.Sprintf("the wheel was built against a newer %s: take a newer nixpkgs, or an override of %s that has %s", m.Soname, a.Attr, m.Want)
		}
		return fmt.Sprintf("the wheel was built against a newer %s: give one that has %s", m.Soname, m.Want)
	}
	release, ok := providers.Oldest(m.Want)
	if !ok {
		return text + ", or a newer nixpkgs"
	}
	compiler := ""
	if symver.Prefix(m.Want) != "GLIBC" {
		compiler = ", gcc " + release.GCC
	}
	return text + fmt.Sprintf(", or nixpkgs %s or newer (glibc %s%s)", release.Name, release.Glibc, compiler)
}
