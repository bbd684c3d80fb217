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
}

// inputs says to hand in libraries of nixpkgs.
func (r Reader) inputs(attrs []string) string {
	if r.Package == "" {
		return BuildInputs(attrs) + "  # pypi2nix: -E " + strings.Join(attrs, " -E ")
	}
	return r.appends("buildInputs", "pkgs", attrs)
}

// dependencies says to hand in Python packages.
func (r Reader) dependencies(dists []string) string {
	if r.Package == "" {
		return Dependencies(dists)
	}
	return r.appends("wheelAutoPatchPythonDeps", "final", dists)
}

// ignore says to let libraries be missing.
func (r Reader) ignore(patterns []string) string { return r.sets(IgnoreMissing(patterns)) }

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
