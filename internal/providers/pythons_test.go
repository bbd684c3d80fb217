package providers

import (
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// Rule: pythons.tsv is sorted, names each distribution once by its normal name, and has only
// what the rule does not give.
func TestPythonTable(t *testing.T) {
	loadPythons()
	var dists []string
	for line := range strings.Lines(pythons) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		dist, attr, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		dists = append(dists, dist)
		if name := strings.TrimSuffix(dist, "*"); dist == attr || strings.ToLower(name) != name || strings.ContainsAny(name, "_. ") {
			t.Errorf("%q", line)
		}
		if attr != noAttr && words.NixName(attr) != attr {
			t.Errorf("%q is no name of Nix", attr)
		}
	}
	if !slices.IsSorted(dists) || len(slices.Compact(slices.Clone(dists))) != len(dists) {
		t.Errorf("not sorted, or twice: %q", dists)
	}
}

// Rule: the attribute of a distribution is its normal name, unless pythons.tsv has another or
// says that there is none.
func TestPythonAttr(t *testing.T) {
	for dist, want := range map[string]struct {
		attr string
		ok   bool
	}{
		"numpy":                  {"numpy", true},
		"mysql-connector-python": {"mysql-connector-python", true}, // of 2024 it was mysql-connector
		"pygobject":              {"pygobject3", true},
		"cupy-cuda13x":           {"cupy", true},
		"nvidia-cudnn-cu13":      {"nvidia-cudnn-cu13", false},
		"nvidia-cudnn-frontend":  {"nvidia-cudnn-frontend", true},
		"polars-runtime-32":      {"polars-runtime-32", false},
	} {
		if attr, ok := PythonAttr(dist); attr != want.attr || ok != want.ok {
			t.Errorf("%s: %q, %v", dist, attr, ok)
		}
	}
}
