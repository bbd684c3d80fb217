package problem

import (
	"strings"
	"testing"
)

// Rule: a hint is what its reader writes: attributes in a derivation, the override of a
// package in a set of pyproject.nix, where pkgs and final are in scope.
func TestCuresAreWrittenWhereTheyAreRead(t *testing.T) {
	c := Cure{Inputs: []string{"libGL", "xorg.libX11"}, Dists: []string{"tbb"}, Ignore: []string{"libGL.so.1"}}
	for _, test := range []struct {
		pkg  string
		want []string
	}{
		{"", []string{
			"dependencies = [ tbb ];  # the Python package that has it",
			"buildInputs = [ libGL xorg.libX11 ];  # pypi2nix: -E libGL -E xorg.libX11",
			`or, if it is never loaded: wheelAutoPatchIgnoreMissingDeps = [ "libGL.so.1" ];`,
		}},
		{"opencv-python", []string{
			"opencv-python = prev.opencv-python.overrideAttrs (old: { wheelAutoPatchPythonDeps = old.wheelAutoPatchPythonDeps or [ ] ++ [ final.tbb ]; });  # the Python package that has it",
			"opencv-python = prev.opencv-python.overrideAttrs (old: { buildInputs = old.buildInputs or [ ] ++ [ pkgs.libGL pkgs.xorg.libX11 ]; });",
			`or, if it is never loaded: opencv-python = prev.opencv-python.overrideAttrs (old: { wheelAutoPatchIgnoreMissingDeps = [ "libGL.so.1" ]; });`,
		}},
	} {
		if got, want := strings.Join(c.lines(Reader{test.pkg}), "\n"), strings.Join(test.want, "\n"); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", test.pkg, got, want)
		}
	}
	records := Cure{Records: []string{"a.py"}}
	const want = `if the derivation changes it on purpose: "2to3" = prev."2to3".overrideAttrs (old: { wheelAutoPatchIgnoreRecord = [ "a.py" ]; });`
	if got := records.lines(Reader{"2to3"}); len(got) != 1 || got[0] != want {
		t.Errorf("%q, want %q", got, want)
	}
}
