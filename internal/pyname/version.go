package pyname

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A Version is a version of PEP 440. Its numbers are digits without leading zeros, since
// they have no bound.
type Version struct {
	epoch   string
	release []string // at least one
	pre     string   // "a", "b", "rc" or empty
	preN    string
	post    string // empty: it is none
	dev     string // likewise
	local   []string
}

// ParseVersion reads a version in any spelling that PEP 440 normalizes. It is false for all
// else.
func ParseVersion(text string) (Version, bool) {
	text = strings.TrimFunc(text, isPythonSpace)
	if strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) >= 0 {
		return Version{}, false
	}
	m := versionForm.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return Version{}, false
	}
	return newVersion(m), true
}

// newVersion takes what versionForm matched.
func newVersion(m []string) Version {
	v := Version{epoch: number(m[1]), release: strings.Split(m[2], "."), pre: m[3]}
	for i, part := range v.release {
		v.release[i] = number(part)
	}
	if v.pre != "" {
		v.pre, v.preN = cmp.Or(preNames[v.pre], v.pre), number(m[4])
	}
	if m[5] != "" || m[6] != "" {
		v.post = number(m[5] + m[7])
	}
	if m[8] != "" {
		v.dev = number(m[9])
	}
	if m[10] != "" {
		v.local = strings.FieldsFunc(m[10], func(r rune) bool { return r == '-' || r == '_' || r == '.' })
		for i, part := range v.local {
			if isNumber(part) {
				v.local[i] = number(part)
			}
		}
	}
	return v
}

// trimmed returns the release without zeros at its end.
func (v Version) trimmed() []string {
	release := v.release
	for len(release) > 1 && release[len(release)-1] == "0" {
		release = release[:len(release)-1]
	}
	return release
}

// String returns the normal form, without zeros at the end of the release: two versions are
// the same if theirs are.
func (v Version) String() string {
	var b strings.Builder
	if v.epoch != "0" {
		b.WriteString(v.epoch + "!")
	}
	b.WriteString(strings.Join(v.trimmed(), ".") + v.pre + v.preN)
	if v.post != "" {
		b.WriteString(".post" + v.post)
	}
	if v.dev != "" {
		b.WriteString(".dev" + v.dev)
	}
	if v.local != nil {
		b.WriteString("+" + strings.Join(v.local, "."))
	}
	return b.String()
}

// Compare orders versions (PEP 440, "Summary of permitted suffixes and relative ordering").
func (v Version) Compare(w Version) int {
	return cmp.Or(v.compareRelease(w), comparePre(v, w), compareOptional(v.post, w.post, -1),
		compareOptional(v.dev, w.dev, 1), compareLocal(v.local, w.local))
}

// compareRelease compares the epochs and releases.
func (v Version) compareRelease(w Version) int {
	return cmp.Or(compareNumbers(v.epoch, w.epoch), slices.CompareFunc(v.trimmed(), w.trimmed(), compareNumbers))
}

// comparePre compares pre-releases. A development release of a final one comes before them
// all.
func comparePre(v, w Version) int {
	rank := func(v Version) string {
		switch {
		case v.pre != "":
			return v.pre
		case v.post == "" && v.dev != "":
			return ""
		}
		return "z"
	}
	return cmp.Or(strings.Compare(rank(v), rank(w)), compareNumbers(v.preN, w.preN))
}

// compareOptional compares numbers, of which an empty one is less (-1) or greater (1) than
// all others.
func compareOptional(a, b string, absent int) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return absent
	case b == "":
		return -absent
	}
	return compareNumbers(a, b)
}

// compareLocal compares local versions: none comes first, and numbers behind words.
func compareLocal(a, b []string) int {
	return slices.CompareFunc(a, b, func(p, q string) int {
		switch pNumber, qNumber := isNumber(p), isNumber(q); {
		case pNumber && qNumber:
			return compareNumbers(p, q)
		case pNumber:
			return 1
		case qNumber:
			return -1
		}
		return strings.Compare(p, q)
	})
}

// compareNumbers compares numbers without leading zeros.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

// A Specifier is a condition on a version (PEP 440, "Version specifiers").
type Specifier struct {
	op      string
	text    string // of ===
	version Version
	prefix  bool // .* stands behind the version
}

// ParseSpecifier reads one condition, such as ">=3.9" or "!=3.10.*".
func ParseSpecifier(text string) (Specifier, bool) {
	text = strings.TrimFunc(text, isPythonSpace)
	op := text[:len(text)-len(strings.TrimLeft(text, "=!<>~"))]
	s := Specifier{op: op, text: strings.TrimFunc(text[len(op):], isPythonSpace)}
	if op == "===" {
		return s, s.text != "" && strings.IndexFunc(s.text, func(r rune) bool { return isPythonSpace(r) || r == ';' || r == ')' }) < 0
	}
	version := s.text
	if op == "==" || op == "!=" {
		version, s.prefix = strings.CutSuffix(version, ".*")
	}
	v, ok := ParseVersion(version)
	s.version = v
	plain := v.pre == "" && v.post == "" && v.dev == "" && v.local == nil
	switch {
	case !ok, version != strings.TrimFunc(version, isPythonSpace), s.prefix && !plain:
		return s, false
	case op == "~=":
		return s, v.local == nil && len(v.release) > 1
	case op == "<", op == "<=", op == ">", op == ">=":
		return s, v.local == nil
	}
	return s, op == "==" || op == "!="
}

// ParseSpecifiers reads conditions with commas between them, all of which must hold. None
// at all holds always.
func ParseSpecifiers(text string) (out []Specifier, err error) {
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimFunc(part, isPythonSpace) == "" {
			continue
		}
		s, ok := ParseSpecifier(part)
		if !ok {
			return nil, fmt.Errorf("no condition on a version: %q", part)
		}
		out = append(out, s)
	}
	return out, nil
}

// Contains reports whether the condition holds for a version without a local part. Such a
// one as is no version meets nothing but ===. Pre-releases count like others.
func (s Specifier) Contains(text string) bool {
	if s.op == "===" {
		return strings.EqualFold(text, s.text)
	}
	v, ok := ParseVersion(text)
	if !ok {
		return false
	}
	order := v.Compare(s.version)
	switch s.op {
	case "==":
		return s.prefix && s.isPrefix(v, len(s.version.release)) || !s.prefix && order == 0
	case "!=":
		return s.prefix && !s.isPrefix(v, len(s.version.release)) || !s.prefix && order != 0
	case "<=":
		return order <= 0
	case ">=":
		return order >= 0
	case "~=":
		return order >= 0 && s.isPrefix(v, len(s.version.release)-1)
	case "<":
		return s.before(v)
	}
	return order > 0 && s.after(v)
}

// isPrefix reports whether the first n parts of the release are those of a version, which
// may have fewer than that.
func (s Specifier) isPrefix(v Version, n int) bool {
	if v.epoch != s.version.epoch {
		return false
	}
	for i, part := range s.version.release[:n] {
		have := "0"
		if i < len(v.release) {
			have = v.release[i]
		}
		if have != part {
			return false
		}
	}
	return true
}

// before reports whether v < version: no pre-release of a version that is none itself comes
// before it (PEP 440, "Exclusive ordered comparison").
func (s Specifier) before(v Version) bool {
	least := s.version
	if least.pre == "" && least.dev == "" {
		least.dev = "0"
		if least.post == "" && v.compareRelease(least) == 0 {
			return false
		}
	}
	return v.Compare(least) < 0
}

// after reports whether a greater version counts as v > version: no post-release of a
// version that is none itself does (likewise).
func (s Specifier) after(v Version) bool {
	w := s.version
	return v.compareRelease(w) != 0 || w.dev != "" || w.post != "" || v.pre != w.pre || v.preN != w.preN
}
