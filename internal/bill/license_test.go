package bill

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// shortLicenses returns licenses in few words: id=, name= and expr=.
func shortLicenses(t *testing.T, l *cdx.Licenses, by cdx.LicenseAcknowledgement) string {
	t.Helper()
	if l == nil {
		return ""
	}
	var out []string
	for _, c := range *l {
		switch {
		case c.License == nil:
			out = append(out, "expr="+c.Expression)
			if c.Acknowledgement == nil && by != "" || c.Acknowledgement != nil && *c.Acknowledgement != by {
				t.Errorf("%+v", c)
			}
			continue
		case c.License.ID != "":
			out = append(out, "id="+c.License.ID)
		default:
			out = append(out, "name="+c.License.Name)
		}
		if c.License.Acknowledgement != by {
			t.Errorf("%+v", c.License)
		}
	}
	return strings.Join(out, "; ")
}

// Rule: the license is License-Expression, else License where it is an expression of known
// identifiers, else classifiers that leave no doubt, else what they say as names.
func TestLicenseOfAWheel(t *testing.T) {
	const apache, mit, gpl, bsd = "License :: OSI Approved :: Apache Software License", "License :: OSI Approved :: MIT License",
		"License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)", "License :: OSI Approved :: BSD License"
	long := strings.Repeat("Permission is hereby granted. ", 40)
	for _, c := range []struct {
		expression, license string
		classifiers         []string
		want                string
	}{
		{"MIT", "", nil, "id=MIT"},
		{"mit or Apache-2.0", "", []string{gpl}, "expr=MIT OR Apache-2.0"},
		{"LicenseRef-NVIDIA-SLA", "", nil, "expr=LicenseRef-NVIDIA-SLA"},
		{"NoSuch-1.0", "", nil, "expr=NoSuch-1.0"},
		{"Unicode-3.0", "", nil, "expr=Unicode-3.0"},
		{"no expression", "", []string{mit}, "id=MIT"},
		{"", "BSD-3-Clause", []string{bsd}, "id=BSD-3-Clause"},
		{"", "BSD", []string{bsd}, "name=BSD"},
		{"", "MIT License", []string{mit}, "id=MIT"},
		{"", "Apache 2.0", []string{apache}, "name=Apache 2.0"},
		{"", "", []string{apache}, "name=Apache Software License"},
		{"", "", []string{"License :: OSI Approved", gpl}, "id=GPL-3.0-or-later"},
		{"", "", []string{mit, gpl}, "id=MIT; id=GPL-3.0-or-later"},
		{"", "", []string{mit, bsd}, "id=MIT; name=BSD License"},
		{"", "UNKNOWN", nil, ""},
		{"", "", nil, ""},
		{"", long, []string{bsd}, "name=BSD License"},
		{"", long, nil, "name=" + long[:119] + "…"},
	} {
		license := c.license
		if c.expression != "" {
			license = c.expression
		}
		got := shortLicenses(t, licenses(wheel.Dist{LicenseExpression: c.expression, License: license, Classifiers: c.classifiers}), cdx.LicenseAcknowledgementDeclared)
		if got != c.want {
			t.Errorf("%q %.40q %q: %s, want %s", c.expression, c.license, c.classifiers, got, c.want)
		}
	}
}

// Rule: the licenses that other bills give stay, as an identifier or an expression where they
// are one.
func TestLicensesOfOtherBillsStay(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                                    "",
		`[{"license": {"id": "MIT"}}]`:          "id=MIT",
		`[{"license": {"id": "NoSuch"}}]`:       "expr=NoSuch",
		`[{"license": {"id": "no such"}}]`:      "name=no such",
		`[{"license": {"name": "MIT"}}]`:        "id=MIT",
		`[{"license": {"name": "NoSuch"}}]`:     "name=NoSuch",
		`[{"expression": "MIT OR Apache-2.0"}]`: "expr=MIT OR Apache-2.0",
		`[{"license": {"id": "Zlib"}}, {"expression": "MIT OR Apache-2.0"}, {"license": {"id": "Zlib"}}]`: "id=Zlib; name=MIT OR Apache-2.0",
	} {
		var f foreign
		if err := json.Unmarshal([]byte(`{"licenses": `+text+`}`), &f); err != nil {
			t.Fatal(err)
		}
		if got := shortLicenses(t, f.licenses(), ""); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// Rule: a bill with any identifier or classifier that is known is valid.
func TestEveryKnownLicenseIsValid(t *testing.T) {
	rows, err := os.ReadFile("../providers/licenses.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var c Contents
	for line := range strings.Lines(string(rows)) {
		name, _, ok := strings.Cut(line, "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		d := wheel.Dist{License: name}
		if strings.Contains(name, "::") {
			d = wheel.Dist{Classifiers: []string{name}}
		}
		c.Wheels = append(c.Wheels, Wheel{Name: "pkg", Dist: d})
	}
	for i, w := range *billOf(t, c).Components {
		if w.Licenses == nil {
			t.Errorf("%+v has no license", c.Wheels[i].Dist)
		}
	}
}
