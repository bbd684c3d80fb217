package problem

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// recordLine says how files may differ from RECORD: one attribute with all names, as a
// derivation has each attribute once.
func (c Cure) recordLine(r Reader) string {
	all := slices.Concat(c.Records, c.WheelRecords, c.TreeRecords)
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) == 0 {
		return ""
	}
	var purposes []string
	if len(c.Records) > 0 {
		purposes = append(purposes, "if "+r.changes(len(c.Records))+" on purpose")
	}
	switch {
	case len(c.WheelRecords) > 0:
		purposes = append(purposes, "to accept the wheel as it is")
	case len(c.TreeRecords) > 0:
		purposes = append(purposes, "to accept the tree as it is")
	}
	globs, missed := recordGlobs(all)
	line := strings.Join(purposes, ", or ") + ": " + r.ignoreRecord(globs)
	if missed > 0 {
		line += fmt.Sprintf("  # and %d more", missed)
	}
	return line
}

// recordGlobs returns at most maxNamed globs that match the paths, which are sorted, and
// how many paths they do not match: the paths themselves, else all of one extension in
// their folders, else these folders.
func recordGlobs(paths []string) (globs []string, missed int) {
	if len(paths) <= maxNamed {
		for _, p := range paths {
			globs = append(globs, recordGlob(p))
		}
		return globs, 0
	}
	for _, wide := range []struct {
		folder func(p string) string
		ext    bool
	}{{path.Dir, true}, {path.Dir, false}, {top, true}, {top, false}} {
		globs = globs[:0]
		for _, p := range paths {
			glob, dir, ext := recordGlob(p), wide.folder(p), ""
			if wide.ext {
				ext = recordGlob(path.Ext(p))
			}
			if dir != "." && dir != "/" && dir != ".." && wide.ext == (ext != "") {
				glob = recordGlob(dir) + "/*" + ext
			}
			globs = append(globs, glob)
		}
		slices.Sort(globs)
		if globs = slices.Compact(globs); len(globs) <= maxNamed {
			return globs, 0
		}
	}
	named, _ := recordGlobs(paths[:maxNamed])
	return named, len(paths) - maxNamed
}

// top returns the first folder of a path, with what it climbs before.
func top(p string) string {
	climb := 0
	for strings.HasPrefix(p[climb:], "../") {
		climb += len("../")
	}
	first, _, nested := strings.Cut(p[climb:], "/")
	if !nested || first == "" {
		return "."
	}
	return p[:climb] + first
}

// recordGlob returns a glob that matches the path. The hook splits lists at blanks, and a
// Nix string has no way to write hidden characters: a question mark matches each of them.
func recordGlob(p string) string {
	var b strings.Builder
	for _, r := range p {
		switch {
		case r == ' ' || r == utf8.RuneError || words.Hidden(r):
			r = '?'
		case strings.ContainsRune(`*?[\`, r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
