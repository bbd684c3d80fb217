package problem

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// A Substitution has Python code open a library of nixpkgs by its path, since no run path
// of a wheel counts for it (Nixpkgs manual, "substituteInPlace").
type Substitution struct {
	File          string // below site-packages, as RECORD has it
	Old           string // what stands in the file, on one line
	Before, After string // what stands around the path in the place of that
	Attr          string // of nixpkgs
	Soname        string // of the library there, behind the folder below lib that has it
}

// Writable reports whether a derivation can say the substitution: characters that are not
// seen cannot be written in Nix.
func (s Substitution) Writable() bool {
	text := s.File + s.Old + s.Before + s.After
	return s.Old != "" && words.Printable(text) == text
}

// Path returns the path of the library as a string of Nix has it. pkgs is the set that names
// are taken from, such as "pkgs.", or empty.
func (s Substitution) Path(pkgs string) string {
	return "${" + pkgs + "lib.getLib " + pkgs + words.NixName(s.Attr) + "}/lib/" + s.Soname
}

// Substitute returns the attributes of a derivation that make substitutions, in lines.
// pkgs and python are the sets that names are taken from, such as "pkgs." and "final.", or
// empty; before stands before the text of postInstall.
func Substitute(list []Substitution, pkgs, python, before string) []string {
	commands, globs := SubstituteCommands(list, pkgs, python)
	if len(commands) == 0 {
		return nil
	}
	lines := []string{"postInstall = " + before + "''"}
	for _, line := range commands {
		lines = append(lines, "  "+line)
	}
	return append(lines, "'';", "wheelAutoPatchIgnoreRecord = "+words.NixList(globs)+";")
}

// SubstituteCommands returns the lines of an indented string of Nix that make substitutions,
// and the globs of RECORD for the files.
func SubstituteCommands(list []Substitution, pkgs, python string) (lines, globs []string) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Substitution) int { return cmp.Compare(a.File, b.File) })
	list = slices.Compact(list)
	for i, s := range list {
		if i == 0 || s.File != list[i-1].File {
			globs = append(globs, recordGlob(s.File))
			lines = append(lines, "substituteInPlace $out/${"+python+"python.sitePackages}/"+words.NixText(words.ShellWord(s.File))+" \\")
		}
		old := quotesFor(s.Old)
		with := quotesFor(s.Before + s.After)
		line := "  --replace-fail " + words.NixText(old.open+old.inside(s.Old)+old.open) + " " +
			words.NixText(with.open+with.inside(s.Before)) + s.Path(pkgs) + words.NixText(with.inside(s.After)+with.open)
		if i+1 < len(list) && list[i+1].File == s.File {
			line += " \\"
		}
		lines = append(lines, line)
	}
	return lines, globs
}

// quotes are those of a shell, and what stands inside of them for a text.
type quotes struct {
	open   string
	inside func(text string) string
}

// quotesFor returns quotes that the text does not have, or else those that it may have with
// a backslash.
func quotesFor(text string) quotes {
	if !strings.Contains(text, "'") {
		return quotes{"'", func(text string) string { return text }}
	}
	return quotes{`"`, strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace}
}

// substitute says to make substitutions.
func (r Reader) substitute(list []Substitution) []string {
	if r.Package == "" {
		return Substitute(list, "", "", "")
	}
	lines := Substitute(list, "pkgs.", "final.", `(old.postInstall or "") + `)
	if len(lines) == 0 {
		return nil
	}
	name := words.NixName(r.Package)
	out := []string{name + " = prev." + name + ".overrideAttrs (old: {"}
	for _, line := range lines {
		out = append(out, "  "+line)
	}
	return append(out, "});")
}
