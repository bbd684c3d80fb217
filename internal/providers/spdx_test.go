package providers

import (
	"strings"
	"testing"
)

// Rule: an expression of SPDX is told from other text, and its identifiers and operators are
// written as SPDX does.
func TestParseSPDX(t *testing.T) {
	for text, want := range map[string]string{
		"MIT":                                 "MIT",
		"mit":                                 "MIT",
		"MIT or apache-2.0":                   "MIT OR Apache-2.0",
		"(MIT AND (BSD-3-Clause OR Zlib))":    "(MIT AND (BSD-3-Clause OR Zlib))",
		"( MIT )":                             "(MIT)",
		"GPL-3.0-only WITH GCC-exception-3.1": "GPL-3.0-only WITH GCC-exception-3.1",
		"GPL-2.0+":                            "GPL-2.0+",
		"LicenseRef-NVIDIA AND MIT":           "LicenseRef-NVIDIA AND MIT",
		"":                                    "",
		"MIT License":                         "",
		"MIT OR":                              "",
		"OR MIT":                              "",
		"MIT OR AND Zlib":                     "",
		"(MIT":                                "",
		"MIT)":                                "",
		"()":                                  "",
		"MIT (Zlib)":                          "",
		"MIT WITH (x)":                        "",
		"(MIT) WITH x":                        "",
		"MIT/Apache-2.0":                      "",
		"BSD, see LICENSE":                    "",
		strings.Repeat("(", 5000):             "",
	} {
		e, ok := ParseSPDX(text)
		if ok != (want != "") || ok && e.Text != want {
			t.Errorf("%.80q is %q, %v", text, e.Text, ok)
		}
	}
	e, _ := ParseSPDX("MIT OR mit AND GPL-3.0-only WITH GCC-exception-3.1")
	if len(e.Licenses) != 2 || e.Known {
		t.Errorf("%+v", e)
	}
	if e, _ := ParseSPDX("MIT OR Zlib"); !e.Known {
		t.Errorf("%+v", e)
	}
}

// Rule: a classifier has an identifier only where it leaves no doubt (PEP 639).
func TestSPDXOfClassifiers(t *testing.T) {
	for classifier, want := range map[string]string{
		"License :: OSI Approved :: MIT License":                                     "MIT",
		"License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
		"License :: OSI Approved :: GNU General Public License v3 (GPLv3)":           "",
		"License :: OSI Approved :: Apache Software License":                         "",
		"License :: OSI Approved :: BSD License":                                     "",
		"License :: OSI Approved :: Python Software Foundation License":              "",
		"License :: Other/Proprietary License":                                       "",
		"License :: Public Domain":                                                   "",
		"MIT":                                                                        "MIT",
	} {
		if id, _ := SPDX(classifier); id != want {
			t.Errorf("%s is %q", classifier, id)
		}
	}
	for classifier := range unsaid {
		if _, known := License(classifier); !known {
			t.Errorf("no such classifier in licenses.tsv: %s", classifier)
		}
	}
}
