// The file name of a wheel: PEP 427, "File name convention", and the tags of
// PEP 425, 600 and 656 in it.

package wheel

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/nixstore"
)

// A Filename is a wheel's file name, parsed.
type Filename struct {
	Name, Version string // as written
	Python, ABI   []string
	Platforms     []Platform
}

// A Platform is one platform tag.
type Platform struct {
	Tag     string
	Libc    string // "glibc" for manylinux, "musl" for musllinux, else empty
	Major   int    // the least version of that C library
	Minor   int
	Machine string // as uname -m has it, empty for "any" and what is not Linux
}

// ParseFilename parses the last component of a path, without the hash that a Nix
// store put before it. The build tag is checked and left out.
func ParseFilename(path string) (Filename, bool) {
	base := nixstore.TrimHash(filepath.Base(path))
	stem, ok := strings.CutSuffix(base, ".whl")
	parts := strings.Split(stem, "-")
	if !ok || len(parts) < 5 || len(parts) > 6 {
		return Filename{}, false
	}
	for _, p := range parts {
		if p == "" {
			return Filename{}, false
		}
	}
	f := Filename{Name: parts[0], Version: parts[1]}
	if len(parts) == 6 {
		if build := parts[2]; build[0] < '0' || build[0] > '9' {
			return Filename{}, false
		}
	}
	tags := parts[len(parts)-3:]
	f.Python, f.ABI = strings.Split(tags[0], "."), strings.Split(tags[1], ".")
	for tag := range strings.SplitSeq(tags[2], ".") {
		f.Platforms = append(f.Platforms, ParsePlatform(tag))
	}
	return f, true
}

// legacyManylinux are the names that manylinux tags had before PEP 600 ("Legacy
// manylinux tags"), each with the minor version of the glibc that it stands for.
var legacyManylinux = [...]struct {
	prefix string
	minor  int
}{
	{"manylinux1_", 5}, {"manylinux2010_", 12}, {"manylinux2014_", 17},
}

var platformTag = regexp.MustCompile(`^(manylinux|musllinux)_([0-9]{1,4})_([0-9]{1,4})_(.+)$`)

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
