// Where an installer puts a member: PEP 427, "The .data directory", with the
// schemes of sysconfig as pip and installer lay them out under a prefix.

package wheel

import (
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// A Scheme is a kind of place in an installation.
type Scheme string

// The schemes that the .data directory knows. Purelib and Platlib are both
// site-packages.
const (
	Purelib Scheme = "purelib"
	Platlib Scheme = "platlib"
	Scripts Scheme = "scripts"
	Data    Scheme = "data"
	Headers Scheme = "headers"
)

// Programs returns the names of what an installer puts into the bin of the prefix: entry
// points, and files of the scripts folder of .data. Sorted, each once.
func (a *Archive) Programs() []string {
	names := slices.Clone(a.Scripts)
	for _, m := range a.Members {
		if scheme, rel := a.InstallPath(m.Name); scheme == Scripts && path.Dir(rel) == "bin" {
			names = append(names, path.Base(rel))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// InstallPath returns where an installer puts a member of this name. For Purelib
// and Platlib rel is relative to site-packages, for the others to the prefix:
// bin/… for Scripts, include/NAME/… for Headers, where installers may put the
// Python version between the two. Scheme is empty for a member that is not
// installed: one of an unsafe name or of a folder of .data that no installer knows.
func (a *Archive) InstallPath(name string) (scheme Scheme, rel string) {
	if checkName(name) != "" {
		return "", ""
	}
	top, rest, _ := strings.Cut(name, "/")
	stem, ok := strings.CutSuffix(top, ".data")
	if !ok || !a.ownStem(stem) {
		return Purelib, name
	}
	kind, rel, ok := strings.Cut(rest, "/")
	if !ok || rel == "" {
		return "", ""
	}
	switch Scheme(kind) {
	case Purelib, Platlib, Data:
		return Scheme(kind), rel
	case Scripts:
		return Scripts, path.Join("bin", rel)
	case Headers:
		if checkName(a.Dist.Name) == "" {
			return Headers, path.Join("include", a.Dist.Name, rel)
		}
	}
	return "", ""
}

// ownStem reports whether NAME-VERSION is that of this wheel's dist-info.
func (a *Archive) ownStem(stem string) bool {
	return a.Dist.Dir != "" && stem+distInfoSuffix == a.Dist.Dir
}

// inSite matches paths below the prefix that lie in a site-packages directory, of any
// version of Python: lib64 is lib, or its other half.
var inSite = lazyregexp.New(`^lib(?:64)?/(?:python|pypy)[^/]*/(?:site|dist)-packages/(.+)$`)

// sitePath returns where in site-packages a file of .data would be installed, or "".
func sitePath(scheme Scheme, rel string) string {
	switch scheme {
	case Purelib, Platlib:
		return rel
	case Data:
		if m := inSite.FindStringSubmatch(rel); m != nil {
			return m[1]
		}
	}
	return ""
}

// checkInstall finds members that an installer would put over one another, or
// into the dist-info folder of another distribution.
func (a *Archive) checkInstall() {
	targets := map[string]*Member{}
	for i := range a.Members {
		m := &a.Members[i]
		top, _, nested := strings.Cut(m.Name, "/")
		if m.Unsafe != "" || m.IsDir() || !nested || !strings.HasSuffix(top, ".data") {
			continue
		}
		scheme, rel := a.InstallPath(m.Name)
		switch {
		case scheme == "":
			a.fault(Malformed, m.Name, "a folder of .data that no installer knows")
			continue
		case rel == m.Name:
			a.fault(Malformed, m.Name, "a .data folder that is not named as the dist-info is")
			continue
		}
		if site := sitePath(scheme, rel); site != "" {
			if dir, _, ok := strings.Cut(site, "/"); ok && IsDistInfo(dir) {
				a.fault(Malformed, m.Name, "it would be installed into a dist-info folder")
			}
			if other := a.Lookup(site); other != nil {
				a.fault(UnsafePath, m.Name, "it would be installed over "+words.Quote(other.Name))
			}
			rel = path.Join("site-packages", site)
		}
		if other := targets[rel]; other != nil {
			a.fault(UnsafePath, m.Name, "it would be installed over "+words.Quote(other.Name))
		}
		targets[rel] = m
	}
}
