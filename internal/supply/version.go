package supply

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
)

// A missingVersion is one symbol version that the library which was found does
// not define (gABI symbol versioning: DT_VERNEED against DT_VERDEF).
type MissingVersion struct {
	Object  string   // path of the object that wants it, relative to its root
	Library string   // the soname
	Found   string   // absolute path of the file that was resolved
	Version string   // "GLIBC_2.38"
	Defined []string // all versions that the file defines
}

// versionProblems makes one version-not-found of each library and kind of version,
// naming the highest that is wanted: who has that has the rest.
func Versions(missing []MissingVersion, ctx Context) []problem.Problem {
	type key struct{ found, prefix string }
	groups := map[key][]MissingVersion{}
	var order []key
	for _, m := range missing {
		k := key{m.Found, versionPrefix(m.Version)}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], m)
	}
	slices.SortFunc(order, func(a, b key) int {
		return strings.Compare(a.found+"\x00"+a.prefix, b.found+"\x00"+b.prefix)
	})
	var out []problem.Problem
	for _, k := range order {
		out = append(out, versionProblem(groups[k], ctx))
	}
	return out
}

func versionProblem(group []MissingVersion, ctx Context) problem.Problem {
	var wanted, objects []string
	for _, m := range group {
		wanted = append(wanted, m.Version)
		objects = append(objects, m.Object)
	}
	slices.Sort(objects)
	objects = slices.Compact(objects)
	slices.SortFunc(wanted, func(a, b string) int { return providers.CompareVersions(versionNumber(a), versionNumber(b)) })
	wanted = slices.Compact(wanted)
	first, want := group[0], wanted[len(wanted)-1]
	have := providers.Highest(versionPrefix(want), first.Defined)

	p := problem.Problem{
		Code:     problem.VersionNotFound,
		Severity: problem.Error,
		Path:     objects[0],
		Message:  fmt.Sprintf("%s lacks %s", first.Library, want),
		Details:  neededBy(objects),
		Hint:     versionHint(first.Library, want, have),
	}
	p.Details = append(p.Details, "found as "+showDir(first.Found, ctx))
	if have == "" {
		p.Details = append(p.Details, fmt.Sprintf("which has no %s version at all", versionPrefix(want)))
	} else {
		p.Details = append(p.Details, "whose newest is "+have)
	}
	if len(wanted) > 1 {
		p.Details = append(p.Details, "also wanted: "+strings.Join(wanted[:len(wanted)-1], ", "))
	}
	return p
}

// versionHint says what the numbers mean to a packager.
func versionHint(library, want, have string) string {
	names := map[string]string{"GLIBC": "glibc", "GLIBCXX": "libstdc++", "CXXABI": "libstdc++"}
	name, known := names[versionPrefix(want)]
	if !known {
		m, ok := providers.Lookup(library)
		if !ok || m.Attr == "" {
			return fmt.Sprintf("the wheel was built against a newer %s: give one that has %s", library, want)
		}
		return fmt.Sprintf("the wheel was built against a newer %s: take a newer nixpkgs, or an override of %s that has %s", library, m.Attr, want)
	}
	var text string
	if name == "glibc" {
		text = fmt.Sprintf("the wheel wants glibc %s or newer", versionNumber(want))
		if have != "" {
			text += fmt.Sprintf(", this stdenv has %s", versionNumber(have))
		}
		text += ": take an older manylinux wheel"
		if have != "" {
			text += fmt.Sprintf(" (manylinux_%s or lower)", strings.ReplaceAll(versionNumber(have), ".", "_"))
		}
	} else {
		text = fmt.Sprintf("the wheel wants a libstdc++ with %s", want)
		if have != "" {
			text += fmt.Sprintf(", this stdenv's has %s", have)
		}
		text += ": take an older manylinux wheel"
	}
	release, ok := providers.Oldest(want)
	if !ok {
		return text + ", or a newer nixpkgs"
	}
	compiler := ""
	if name == "libstdc++" {
		compiler = ", gcc " + release.GCC
	}
	return text + fmt.Sprintf(", or nixpkgs %s or newer (glibc %s%s)", release.Name, release.Glibc, compiler)
}

func versionPrefix(v string) string { p, _, _ := strings.Cut(v, "_"); return p }

func versionNumber(v string) string { _, n, _ := strings.Cut(v, "_"); return n }
