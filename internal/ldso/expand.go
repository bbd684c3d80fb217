package ldso

import "strings"

// Reasons for which a place is passed over, as Place.Reason has them.
const (
	reasonEmpty    = "an empty entry means the current directory"
	reasonRelative = "relative to the current directory"
	reasonToken    = "a token without a value"
	reasonNoName   = "an empty name"
)

// Expand replaces $ORIGIN, $LIB and $PLATFORM, braced or not (ld.so(8), "Dynamic
// string tokens"), in what the object at the path file names. It is false where a
// token has no value: glibc then drops the whole entry. A dollar sign before anything
// else stays.
func (l Loader) Expand(s, file string) (string, bool) {
	var b strings.Builder
	origin := origin(file)
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			b.WriteString(s)
			return b.String(), true
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		n, value := 0, ""
		for _, t := range [...]struct{ name, value string }{{"ORIGIN", origin}, {"PLATFORM", l.Platform}, {"LIB", l.Lib}} {
			if n = tokenLen(s, t.name); n > 0 {
				value = t.value
				break
			}
		}
		switch {
		case n == 0:
			b.WriteByte('$')
		case value == "":
			return "", false
		}
		b.WriteString(value)
		s = s[n:]
	}
}

// tokenLen returns the length of the token name at the start of s, which follows a
// dollar sign, or 0. A name that goes on ($ORIGINAL) is no token.
func tokenLen(s, name string) int {
	braced := strings.HasPrefix(s, "{")
	rest, ok := strings.CutPrefix(strings.TrimPrefix(s, "{"), name)
	switch {
	case !ok:
		return 0
	case braced && strings.HasPrefix(rest, "}"):
		return len(name) + 2
	case braced, rest != "" && isNameByte(rest[0]):
		return 0
	}
	return len(name)
}

func isNameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// places returns the directories of a RUNPATH or RPATH as glibc makes them of its
// entries. Tokens are replaced, slashes at the end dropped, and a directory that
// came before is left out. One that is empty as a whole has no entries; an empty
// entry among others is the current directory.
func (l Loader) places(via Via, owner string, entries []string) []Place {
	if len(entries) == 1 && entries[0] == "" {
		return nil
	}
	var list []Place
	seen := make(map[Place]bool, len(entries))
	for _, entry := range entries {
		p := Place{Via: via, Object: owner}
		dir, ok := l.Expand(entry, owner)
		switch {
		case entry == "":
			p.Dir, p.Reason = ".", reasonEmpty
		case !ok:
			p.Dir, p.Reason = entry, reasonToken
		case dir == "":
			continue
		default:
			if p.Dir = strings.TrimRight(dir, "/"); p.Dir == "" {
				p.Dir = "/"
			}
			if dir[0] != '/' {
				p.Reason = reasonRelative
			}
		}
		if !seen[p] {
			seen[p] = true
			list = append(list, p)
		}
	}
	return list
}

// origin returns the directory that $ORIGIN stands for: of the path by which the
// object was found, not of its real path, and never cleaned.
func origin(file string) string {
	if i := strings.LastIndexByte(file, '/'); i > 0 {
		return file[:i]
	}
	return "/"
}
