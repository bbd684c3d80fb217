package nixexpr

import (
	"slices"
	"testing"
)

// Rule: a license expression gives the attributes of lib.licenses, identifiers that have none
// by their name where METADATA says that it is one, and no text of another kind gives any.
func TestLicensesOfAnExpression(t *testing.T) {
	for text, want := range map[string][]string{
		"MIT":                            {"mit"},
		"(MIT OR Apache-2.0) AND MIT":    {"mit", "asl20"},
		"MIT AND Not-Known-1.0":          {"mit", "=Not-Known-1.0"},
		"Apache-2.0 WITH LLVM-exception": {"asl20"},
		"MIT OR":                         nil,
		"Not-Known-1.0":                  {"=Not-Known-1.0"},
		"MIT AND LicenseRef-Own":         nil,
		"Copyright (c) 2026 Someone. All rights r": nil,
		"": nil,
	} {
		got, ok := licenses(text, true)
		if !slices.Equal(got, want) || ok != (want != nil) {
			t.Errorf("%q: %q %v, want %q", text, got, ok, want)
		}
	}
	for text, want := range map[string][]string{"MIT OR Apache-2.0": {"mit", "asl20"}, "MIT AND Not-Known-1.0": nil, "GPLv2+ or LGPLv2.1+": nil} {
		if got, _ := licenses(text, false); !slices.Equal(got, want) {
			t.Errorf("License: %q: %q, want %q", text, got, want)
		}
	}
}
