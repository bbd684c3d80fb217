package bill

import (
	"slices"
	"strings"
	"unicode/utf8"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// licenses returns what METADATA says of the license of a distribution: License-Expression,
// else License where it is such an expression, else classifiers that name one without doubt,
// else the text of License as a name, else the names in the classifiers (PEP 639).
func licenses(d wheel.Dist) *cdx.Licenses {
	if e, ok := providers.ParseSPDX(d.License); ok && (e.Known || d.LicenseExpression != "") {
		return declared(expression(e))
	}
	classifiers := slices.DeleteFunc(slices.Clone(d.Classifiers), func(c string) bool {
		// The parent of another one says nothing more.
		return slices.ContainsFunc(d.Classifiers, func(other string) bool { return strings.HasPrefix(other, c+" :: ") })
	})
	var sure, named []cdx.LicenseChoice
	for _, c := range classifiers {
		choice := byName(c[strings.LastIndex(c, ":")+1:])
		if id, ok := providers.SPDX(c); ok {
			choice = expression(providers.SPDXExpression{Text: id, Licenses: []string{id}, Known: true})
			sure = append(sure, choice)
		}
		named = append(named, choice)
	}
	text := strings.Join(strings.Fields(d.License), " ")
	if text == "UNKNOWN" {
		text = ""
	}
	switch {
	case len(sure) > 0 && len(sure) == len(named), text == "", utf8.RuneCountInString(text) > longestName && len(named) > 0:
		return declared(named...)
	}
	return declared(byName(text))
}

// longestName is how much of the text of a license makes a name, in characters.
const longestName = 120

// byName returns a license that is known by a name alone.
func byName(name string) cdx.LicenseChoice {
	name = strings.TrimSpace(name)
	if runes := []rune(name); len(runes) > longestName {
		name = string(runes[:longestName-1]) + "…"
	}
	return cdx.LicenseChoice{License: &cdx.License{Name: name}}
}

// notListed are identifiers that are newer than the list in the schema of CycloneDX 1.6.
var notListed = []string{"Unicode-3.0"}

// expression returns a license that SPDX names.
func expression(e providers.SPDXExpression) cdx.LicenseChoice {
	if e.Known && len(e.Licenses) == 1 && e.Text == e.Licenses[0] && !strings.HasSuffix(e.Text, "+") && !slices.Contains(notListed, e.Text) {
		return cdx.LicenseChoice{License: &cdx.License{ID: e.Text}}
	}
	return cdx.LicenseChoice{Expression: e.Text}
}

// declared returns licenses that the makers of a component declare, or nil.
func declared(choices ...cdx.LicenseChoice) *cdx.Licenses {
	by := cdx.LicenseAcknowledgementDeclared
	out := together(choices)
	for i := range out {
		if l := out[i].License; l != nil {
			l.Acknowledgement = by
		} else {
			out[i].Acknowledgement = &by
		}
	}
	if len(out) == 0 {
		return nil
	}
	return &out
}

// together returns a list that is valid: an expression stands in none with others.
func together(choices []cdx.LicenseChoice) cdx.Licenses {
	var out cdx.Licenses
	for _, c := range choices {
		if c.License == nil && len(choices) > 1 {
			c = byName(c.Expression)
		}
		out = append(out, c)
	}
	return out
}

// licenses returns what a component of another bill says of its licenses, or nil.
func (f foreign) licenses() *cdx.Licenses {
	var choices []cdx.LicenseChoice
	var seen []string
	for _, l := range f.Licenses {
		text := l.Expression
		if text == "" {
			text = l.License.ID
		}
		said := text
		if said == "" {
			said = l.License.Name
		}
		if said == "" || slices.Contains(seen, said) {
			continue
		}
		seen = append(seen, said)
		e, ok := providers.ParseSPDX(said)
		if ok && (text != "" || e.Known) {
			choices = append(choices, expression(e))
		} else {
			choices = append(choices, byName(said))
		}
	}
	out := together(choices)
	if len(out) == 0 {
		return nil
	}
	return &out
}
