// The file name of a wheel: PEP 427, "File name convention", as the package packaging
// reads it, with the labels of PEP 825, "Variant label", and versions from before PEP
// 440 beside. Its platform tags: PEP 425, 600 and 656.

package pyname

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/nixstore"
)

// A Filename is a wheel's file name, parsed.
type Filename struct {
	Name, Version string // as written
	Legacy        bool   // whether the version is none of PEP 440; installers of today refuse it
	Build         string // the build tag, or empty
	Python, ABI   []string
	Platforms     []Platform
	Variant       string // the label of a variant wheel, or empty
}

// A Platform is one platform tag.
type Platform struct {
	Tag     string
	Libc    string // "glibc" for manylinux, "musl" for musllinux, else empty
	Major   int    // the least version of that C library
	Minor   int
	Machine string // as uname -m has it, empty for "any" and what is not Linux
}

// ParseFilename parses the last component of a path. Where the part behind the hash
// that a Nix store put before a name is that of a wheel, it is taken.
func ParseFilename(path string) (Filename, bool) {
	base := filepath.Base(path)
	if f, ok := parseFilename(nixstore.TrimHash(base)); ok {
		return f, true
	}
	return parseFilename(base)
}

func parseFilename(base string) (f Filename, ok bool) {
	stem, ok := strings.CutSuffix(base, ".whl")
	parts := strings.Split(stem, "-")
	if !ok || len(parts) < 5 || len(parts) > 7 {
		return Filename{}, false
	}
	f = Filename{Name: parts[0], Version: parts[1], Legacy: !isVersion(parts[1])}
	if !isProject(f.Name) || f.Legacy && !legacyVersion.MatchString(f.Version) {
		return Filename{}, false
	}
	rest := parts[2:]
	if len(rest) > 3 && buildTag.MatchString(rest[0]) {
		f.Build, rest = rest[0], rest[1:]
	}
	if len(rest) == 4 && isVariant(rest) {
		f.Variant, rest = rest[3], rest[:3]
	}
	if len(rest) != 3 || !f.setTags(rest[0], rest[1], rest[2]) {
		return Filename{}, false
	}
	return f, true
}

var nameParts = lazyregexp.New(`[-_.]+`)

// FilenameOf returns the file name that a wheel of these names should have, by the tags of
// WHEEL. Of several tags the compressed set is not known in its order, which is that of
// WHEEL here (PEP 427, "File name convention").
func FilenameOf(name, version string, tags []string) (string, bool) {
	var sets [3][]string
	for _, tag := range tags {
		parts := strings.Split(tag, "-")
		if len(parts) != len(sets) {
			return "", false
		}
		for i, part := range parts {
			if !slices.Contains(sets[i], part) {
				sets[i] = append(sets[i], part)
			}
		}
	}
	base := nameParts.ReplaceAllString(name, "_") + "-" + strings.ReplaceAll(version, "-", "_")
	for _, set := range sets {
		base += "-" + strings.Join(set, ".")
	}
	base += ".whl"
	_, ok := parseFilename(base)
	return base, ok
}

// setTags takes the three sets of tags, in which dots stand between the tags.
func (f *Filename) setTags(python, abi, platform string) bool {
	for tag := range strings.SplitSeq(python, ".") {
		if !isIdentifier(tag) {
			return false
		}
		f.Python = append(f.Python, tag)
	}
	for tag := range strings.SplitSeq(abi, ".") {
		if tag == "" {
			return false
		}
		f.ABI = append(f.ABI, tag)
	}
	for tag := range strings.SplitSeq(platform, ".") {
		if tag == "" {
			return false
		}
		f.Platforms = append(f.Platforms, ParsePlatform(tag))
	}
	return true
}

var (
	buildTag      = lazyregexp.New(`^[0-9][^\n]*$`)
	legacyVersion = lazyregexp.New(`^[0-9A-Za-z][0-9A-Za-z._+!]*$`)

	// In a name of six parts that are not what they should be, each may be read as
	// another one. These hold for every variant wheel.
	variantLabel    = lazyregexp.New(`^[0-9a-z_.]+$`)
	variantPython   = lazyregexp.New(`^[a-z]+[0-9][0-9a-z_.]*$`)
	variantPlatform = lazyregexp.New(`^(any|win32|[0-9a-z]+_[0-9A-Za-z_.]+)$`)
)

// isVariant reports whether four parts are the tags and the label of a variant wheel,
// not a false build tag and the tags behind it.
func isVariant(parts []string) bool {
	return variantPython.MatchString(parts[0]) && variantPlatform.MatchString(parts[2]) && variantLabel.MatchString(parts[3])
}

// legacyManylinux are the names that manylinux tags had before PEP 600 ("Legacy
// manylinux tags"), each with the minor version of the glibc that it stands for.
var legacyManylinux = [...]struct {
	prefix string
	minor  int
}{
	{"manylinux1_", 5}, {"manylinux2010_", 12}, {"manylinux2014_", 17},
}

var platformTag = lazyregexp.New(`^(manylinux|musllinux)_([0-9]{1,4})_([0-9]{1,4})_(.+)$`)

// ParsePlatform parses one platform tag.
func ParsePlatform(tag string) Platform {
	p := Platform{Tag: tag}
	for _, old := range legacyManylinux {
		if machine, ok := strings.CutPrefix(tag, old.prefix); ok {
			p.Libc, p.Major, p.Minor, p.Machine = "glibc", 2, old.minor, machine
			return p
		}
	}
	if m := platformTag.FindStringSubmatch(tag); m != nil {
		p.Libc = map[string]string{"manylinux": "glibc", "musllinux": "musl"}[m[1]]
		p.Major, _ = strconv.Atoi(m[2])
		p.Minor, _ = strconv.Atoi(m[3])
		p.Machine = m[4]
	} else if machine, ok := strings.CutPrefix(tag, "linux_"); ok {
		p.Machine = machine
	}
	return p
}

// Pythons returns the Pythons that take the wheel, by its tags.
func (f Filename) Pythons() []Pythons { return TagsPythons(f.Python, f.ABI) }

// IsMusl reports whether the wheel is for musl, by any of its tags.
func (f Filename) IsMusl() bool {
	return slices.ContainsFunc(f.Platforms, func(p Platform) bool { return strings.HasPrefix(p.Tag, "musllinux_") })
}

// Tags returns the compressed tag set as the name has it, with the label of a variant wheel;
// it is empty where there is none.
func (f Filename) Tags() string {
	if len(f.Platforms) == 0 {
		return ""
	}
	return strings.Join(f.Python, ".") + "-" + strings.Join(f.ABI, ".") + "-" + f.PlatformPart()
}

// PlatformPart returns the platform tags as the name has them, with the label of a variant
// wheel: the last part of it.
func (f Filename) PlatformPart() string {
	var tags []string
	for _, p := range f.Platforms {
		tags = append(tags, p.Tag)
	}
	part := strings.Join(tags, ".")
	if f.Variant != "" {
		part += "-" + f.Variant
	}
	return part
}

// String returns the file name.
func (f Filename) String() string {
	name := f.Name + "-" + f.Version
	if f.Build != "" {
		name += "-" + f.Build
	}
	return name + "-" + f.Tags() + ".whl"
}
