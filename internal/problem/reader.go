package problem

import (
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// A Reader says where the reader of a cure writes it.
type Reader struct {
	// Package names a package of a pyproject.nix or uv2nix set, where an override holds
	// what is written. Where it is empty, attributes go into the derivation.
	Package string
	// ByHand is set where there is no derivation: flags of the command are written.
	ByHand bool
	// Located are packages by the sonames that they have, as nix-locate answered; nil where
	// it was not asked.
	Located map[string][]string

	closing bool // it is said once for all problems
}

// inputs says to hand in libraries of nixpkgs.
func (r Reader) inputs(attrs []string) string {
	switch {
	case r.ByHand:
		return nixBuild(attrs)
	case r.Package == "" && r.closing:
		return BuildInputs(attrs) + "  # pypi2nix: -E " + strings.Join(attrs, " -E ")
	case r.Package == "":
		return BuildInputs(attrs)
	}
	return r.appends("buildInputs", "pkgs", attrs)
}

// opened says to hand in libraries of nixpkgs that objects open by name.
func (r Reader) opened(attrs []string) string {
	r.closing = false
	return r.inputs(attrs)
}

// dependencies says to hand in Python packages.
func (r Reader) dependencies(dists []string) string {
	switch {
	case r.ByHand:
		return "--python-lib DIR, the site-packages of " + strings.Join(dists, ", ")
	case r.Package == "":
		return Dependencies(dists)
	}
	return r.appends("wheelAutoPatchPythonDeps", "final", dists)
}

// names reports whether a Python package is written as nixpkgs calls it.
func (r Reader) names() bool { return !r.ByHand && r.Package == "" }

// ignore says to let libraries be missing.
func (r Reader) ignore(patterns []string) string {
	if r.ByHand {
		return flags("--ignore-missing", patterns)
	}
	return r.sets(IgnoreMissing(patterns))
}

// ignoreSome says how libraries are let be missing that the reader names.
func (r Reader) ignoreSome() string {
	if r.ByHand {
		return "--ignore-missing SONAME"
	}
	return `wheelAutoPatchIgnoreMissingDeps = [ "SONAME" … ];`
}

// ignoreRecord says to let files differ from RECORD.
func (r Reader) ignoreRecord(globs []string) string {
	if r.ByHand {
		return flags("--ignore-record", globs)
	}
	return r.sets("wheelAutoPatchIgnoreRecord = " + words.NixList(globs) + ";")
}

// recordWarns says to take a false RECORD for a warning.
func (r Reader) recordWarns() string {
	if r.ByHand {
		return "--record=warn"
	}
	return r.sets(`wheelAutoPatchRecord = "warn";`)
}

// changes says who has changed n files.
func (r Reader) changes(n int) string {
	if r.ByHand {
		return words.Choose(n, "it was changed", "they were changed")
	}
	return "the derivation changes " + words.Choose(n, "it", "them")
}

// hint returns what a problem says to write or do.
func (r Reader) hint(q Problem) string {
	if r.ByHand && q.ByHand != "" {
		return q.ByHand
	}
	switch {
	case q.Set == "":
		return q.Hint
	case q.Hint == "":
		return r.sets(q.Set)
	}
	return q.Hint + ": " + r.sets(q.Set)
}

// appends says to add members of a set to a list of the package.
func (r Reader) appends(attribute, set string, names []string) string {
	members := make([]string, 0, len(names))
	for _, name := range names {
		members = append(members, set+"."+words.NixName(name))
	}
	return r.sets(attribute + " = old." + attribute + " or [ ] ++ [ " + strings.Join(members, " ") + " ];")
}

// sets says to give the package attributes.
func (r Reader) sets(attributes string) string {
	if r.Package == "" {
		return attributes
	}
	name := words.NixName(r.Package)
	return name + " = prev." + name + ".overrideAttrs (old: { " + attributes + " });"
}

// flags says a flag once for each value.
func flags(flag string, values []string) string {
	list := make([]string, 0, len(values))
	for _, value := range values {
		list = append(list, flag+" "+words.ShellWord(value))
	}
	return strings.Join(list, " ")
}

// nixBuild says the flags that name the libraries of nixpkgs, whichever output has them,
// by the command that gives their paths.
func nixBuild(attrs []string) string {
	const build = "$(nix-build --no-out-link -E 'with import <nixpkgs> { }; "
	if len(attrs) == 1 {
		return `--lib "` + build + "lib.getLib " + attrs[0] + `')/lib"`
	}
	return build + "map lib.getLib [ " + strings.Join(attrs, " ") + " ]' | sed 's|.*|--lib=&/lib|')"
}
