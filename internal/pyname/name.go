// What a name and a version may be, and when two are the same: PEP 503, "Normalized
// Names", and PEP 440, "Normalization".

package pyname

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
)

var (
	nameRuns    = lazyregexp.New(`[-_.]+`)
	versionRuns = lazyregexp.New(`[^a-z0-9.]+`)
	versionForm = lazyregexp.New(`^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)` +
		`(?:[-_.]?(alpha|beta|preview|pre|a|b|c|rc)[-_.]?([0-9]*))?` +
		`(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?` +
		`(?:[-_.]?(dev)[-_.]?([0-9]*))?` +
		`(?:[+]([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`)
	preNames = map[string]string{"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
)

// isProject reports whether packaging takes a name in the file name of a wheel: of
// letters, numbers, single underscores and dots.
func isProject(name string) bool {
	return name != "" && !strings.Contains(name, "__") && strings.IndexFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' && r != '.'
	}) < 0
}

// isVersion reports whether this is a version of PEP 440, in any spelling.
func isVersion(version string) bool {
	_, ok := ParseVersion(version)
	return ok
}

// isPythonSpace reports whether Python's str.isspace does.
func isPythonSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// isIdentifier reports whether Python's str.isidentifier does: UAX #31, XID_Start
// and XID_Continue.
func isIdentifier(s string) bool {
	// A character counts where it does so in its compatibility form too (NFKC).
	return hasIdentifierForm(s) && hasIdentifierForm(norm.NFKC.String(s))
}

func hasIdentifierForm(s string) bool {
	for i, r := range s {
		start := r == '_' || unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start)
		more := unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)
		if !start && (i == 0 || !more) || unicode.In(r, unicode.Pattern_Syntax, unicode.Pattern_White_Space) {
			return false
		}
	}
	return s != ""
}

// NormalName returns the form in which names of distributions are compared.
func NormalName(name string) string {
	return strings.ToLower(nameRuns.ReplaceAllString(name, "-"))
}

// RequirementName returns the distribution that a line of Requires-Dist names (PEP
// 508), without version and marker, in the form of NormalName.
func RequirementName(line string) string {
	if end := strings.IndexAny(line, " ;[(<>=!~"); end >= 0 {
		line = line[:end]
	}
	return NormalName(line)
}

// NormalVersion returns the form in which versions are compared; trailing zeros do
// not count. What is no version of PEP 440 is compared as setuptools wrote it into names:
// blanks are dots, and runs of other characters than letters, digits and dots are one.
func NormalVersion(version string) string {
	v := strings.ToLower(strings.TrimFunc(version, isPythonSpace))
	m := versionForm.FindStringSubmatch(v)
	if m == nil {
		v = versionRuns.ReplaceAllString(strings.ReplaceAll(v, " ", "."), "_")
		m = versionForm.FindStringSubmatch(v)
	}
	if m == nil {
		// In file names the plus of a version is an underscore.
		m = versionForm.FindStringSubmatch(strings.Replace(v, "_", "+", 1))
	}
	if m == nil {
		return v
	}
	return newVersion(m).String()
}

// number drops leading zeros; none is 0.
func number(digits string) string {
	if d := strings.TrimLeft(digits, "0"); d != "" {
		return d
	}
	return "0"
}
