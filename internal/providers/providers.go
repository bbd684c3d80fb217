// Package providers is data: which attribute of nixpkgs or Python package has which
// library (sonames.tsv), what a manylinux tag promises (PEP 513, 571, 599 and 600),
// which libraries the C library and the graphics driver bring, and which nixpkgs
// release first had a version of glibc or libstdc++.
//
// Package supply goes by it to answer who supplies a library; packages plan and
// explain look up single facts. It leaves out what is best for a given wheel. It
// reads no file and evaluates no Nix.
package providers

import (
	"slices"
	"strings"
)

// A Provider is one way to supply a library in Nix.
type Provider struct {
	Attr  string   // of nixpkgs, such as "libGL" or "stdenv.cc.cc.lib"; empty where it has none
	Note  string   // what to watch for, or empty
	Below string   // the folder below lib that the attribute has the library in, such as "mariadb", or empty
	Dists []string // Python distributions that have the library, by normalized name, the most likely first

	Musl        bool // it is the C library of a musllinux wheel
	Optional    bool // only optional plugins need it, so it is seldom worth an input
	Alternative bool // several makers have it, each under another soname: see [ResolveAlternatives]
	Unfree      bool // nixpkgs builds it only with allowUnfree
}

// A Match is a row of the table that serves a soname, or nearly does.
type Match struct {
	Provider
	Soname string // of the row
	// OtherVersion is set if the row is of another version of the library: its
	// attribute is no cure.
	OtherVersion bool
}

// Lookup returns the best row for a soname: that of the soname itself; one with a
// wildcard; that of the soname without its last version numbers, since a file name
// such as libz.so.1.2.11 may be asked for; the last one for another version, if
// possible one of the same name, and one with an attribute.
func Lookup(soname string) (Match, bool) {
	t := loadTable()
	if p, ok := t.exact(soname); ok {
		return Match{Provider: p, Soname: soname}, true
	}
	for _, g := range t.globs {
		if text, ok := g.match(soname); ok {
			p := g.provider
			p.Attr = strings.ReplaceAll(p.Attr, "*", strings.ReplaceAll(text, ".", ""))
			return Match{Provider: p, Soname: g.prefix + "*" + g.suffix}, true
		}
	}
	for s := soname; ; {
		i := strings.LastIndexByte(s, '.')
		if i < 0 || !isVersion(s[i+1:]) {
			break
		}
		s = s[:i]
		if p, ok := t.exact(s); ok {
			return Match{Provider: p, Soname: s}, true
		}
	}
	if names := t.stems()[stem(soname)]; len(names) > 0 {
		if same := ofOneName(names, soname); len(same) > 0 {
			names = same
		} else {
			names = nearest(names, soname)
		}
		name := names[len(names)-1]
		p, _ := t.exact(name)
		for _, other := range names {
			if p.Attr != "" {
				break
			}
			if q, _ := t.exact(other); q.Attr != "" {
				name, p = other, q
			}
		}
		return Match{p, name, true}, true
	}
	return Match{}, false
}

// stem returns the part of a soname that all versions share: "libnsl" for
// libnsl.so.1 and libnsl.so.3.
func stem(soname string) string {
	name, _, ok := strings.Cut(soname, ".so")
	if !ok {
		return ""
	}
	return strings.TrimRight(name, "-0123456789.")
}

// ofOneName returns the sonames that differ from soname behind ".so" alone, libgtk-3.so.0
// for libgtk-3.so, or if there are none, those with a number between: libSDL2-2.0.so.0 for
// libSDL2.so, not libSDL3.so.0.
func ofOneName(names []string, soname string) []string {
	of := func(is func(base, want string) bool) []string {
		want, _, _ := strings.Cut(soname, ".so")
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
			base, _, _ := strings.Cut(name, ".so")
			return !is(base, want)
		})
	}
	if same := of(func(base, want string) bool { return base == want }); len(same) > 0 {
		return same
	}
	return of(func(base, want string) bool { return strings.HasPrefix(base, want+"-") })
}

// nearest returns the sonames that have the most letters in common with soname, from the
// first on.
func nearest(names []string, soname string) (out []string) {
	most := 0
	for _, name := range names {
		n := 0
		for n < min(len(name), len(soname)) && name[n] == soname[n] {
			n++
		}
		if n > most {
			most, out = n, nil
		}
		if n == most {
			out = append(out, name)
		}
	}
	return out
}

// Unversioned reports whether a soname may be what a name without a version stands for:
// libSDL2-2.0.so.0 for libSDL2.so.
func Unversioned(name, soname string) bool {
	return strings.HasSuffix(name, ".so") && len(ofOneName([]string{soname}, name)) > 0
}

func isVersion(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
