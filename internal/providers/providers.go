// Package providers knows which Nix attribute supplies which library, what a
// manylinux tag promises (PEP 513, 571, 599 and 600), and which nixpkgs release
// first had a version of glibc or libstdc++.
//
// It is data and look-ups: nothing is read from disk, no attribute is evaluated.
package providers

import (
	"slices"
	"strings"
)

// A Provider is one way to supply a library in Nix.
type Provider struct {
	// Attr is the attribute of nixpkgs, for example "libGL" or
	// "stdenv.cc.cc.lib"; empty where nixpkgs has none.
	Attr string
	// Note says what to watch for; it may be empty.
	Note string
	// Dists are the Python distributions that have the library, by their
	// normalized names, the most likely first. One that METADATA of the wheel names
	// is to be preferred to Attr; any other is not for that wheel to depend on.
	Dists []string
	// Musl: it is the C library of a musllinux wheel.
	Musl bool
	// Optional: an optional plugin asks for it, seldom worth an input.
	Optional bool
	// Alternative: it is one maker's of a library that several make, each under a
	// soname of its own; see [ResolveAlternatives].
	Alternative bool
	// Unfree: nixpkgs builds it only with allowUnfree.
	Unfree bool
}

// A Kind says how sure a match is.
type Kind int

// The kinds of match, best first.
const (
	Exact        Kind = iota // a row of this very soname
	Pattern                  // a row with a wildcard
	FileName                 // the soname after the last version numbers were dropped
	OtherVersion             // same stem, another version: not this library, but worth a word
)

// A Match is a row of the table that serves, or nearly serves, a soname.
type Match struct {
	Provider
	Soname string // of the row: another than was asked for where Kind is FileName or OtherVersion
	Kind   Kind
}

// Lookup finds the row for a soname, or for a file name such as
// libgomp.so.1.0.0. A [OtherVersion] match has another version than was asked for: its
// attribute must not be offered as a cure. With several near rows the highest
// in the order of the table is given.
func Lookup(soname string) (Match, bool) {
	t := loadTable()
	if p, ok := t.exact[soname]; ok {
		return Match{p, soname, Exact}, true
	}
	for _, g := range t.globs {
		if text, ok := g.match(soname); ok {
			p := g.provider
			p.Attr = strings.ReplaceAll(p.Attr, "*", strings.ReplaceAll(text, ".", ""))
			return Match{p, g.prefix + "*" + g.suffix, Pattern}, true
		}
	}
	for s := soname; ; {
		i := strings.LastIndexByte(s, '.')
		if i < 0 || !isVersion(s[i+1:]) {
			break
		}
		s = s[:i]
		if p, ok := t.exact[s]; ok {
			return Match{p, s, FileName}, true
		}
	}
	if names := t.stems[stem(soname)]; len(names) > 0 {
		name := names[len(names)-1]
		if i := slices.IndexFunc(names, func(n string) bool { return t.exact[n].Attr != "" }); i >= 0 && t.exact[name].Attr == "" {
			name = names[i]
		}
		return Match{t.exact[name], name, OtherVersion}, true
	}
	return Match{}, false
}

// stem is what a soname keeps through all its versions: libnsl.so.1 and
// libnsl.so.3 are both "libnsl".
func stem(soname string) string {
	name, _, ok := strings.Cut(soname, ".so")
	if !ok {
		return ""
	}
	return strings.TrimRight(name, "-0123456789.")
}

func isVersion(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
