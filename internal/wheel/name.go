// When two names or two versions are the same: PEP 503, "Normalized Names", and
// PEP 440, "Normalization".

package wheel

import (
	"regexp"
	"strings"
)

var (
	nameRuns    = regexp.MustCompile(`[-_.]+`)
	versionForm = regexp.MustCompile(`^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)` +
		`(?:[-_.]?(alpha|beta|preview|pre|a|b|c|rc)[-_.]?([0-9]*))?` +
		`(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?` +
		`(?:[-_.]?(dev)[-_.]?([0-9]*))?` +
		`(?:[+]([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`)
	preNames = map[string]string{"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
)

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
// not count. What is no version of PEP 440 is compared letter by letter.
func NormalVersion(version string) string {
	v := strings.ToLower(strings.TrimSpace(version))
	// In file names the plus and the dash of a version are underscores.
	m := versionForm.FindStringSubmatch(v)
	if m == nil {
		if i := strings.IndexByte(v, '_'); i > 0 {
			m = versionForm.FindStringSubmatch(v[:i] + "+" + v[i+1:])
		}
	}
	if m == nil {
		return strings.ReplaceAll(v, "-", "_")
	}
	var b strings.Builder
	if e := number(m[1]); e != "0" {
		b.WriteString(e + "!")
	}
	release := strings.Split(m[2], ".")
	for i, r := range release {
		release[i] = number(r)
	}
	for len(release) > 1 && release[len(release)-1] == "0" {
		release = release[:len(release)-1]
	}
	b.WriteString(strings.Join(release, "."))
	if pre := m[3]; pre != "" {
		if short := preNames[pre]; short != "" {
			pre = short
		}
		b.WriteString(pre + number(m[4]))
	}
	if m[5] != "" || m[6] != "" {
		b.WriteString(".post" + number(m[5]+m[7]))
	}
	if m[8] != "" {
		b.WriteString(".dev" + number(m[9]))
	}
	if m[10] != "" {
		local := strings.FieldsFunc(m[10], func(r rune) bool { return r == '-' || r == '_' || r == '.' })
		b.WriteString("+" + strings.Join(local, "."))
	}
	return b.String()
}

// number drops leading zeros; none is 0.
func number(digits string) string {
	if d := strings.TrimLeft(digits, "0"); d != "" {
		return d
	}
	return "0"
}
