package problem

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// A Cure is what mends a missing library, or lets a file differ from RECORD, in the words
// of a derivation.
type Cure struct {
	Inputs        []string       // attributes of nixpkgs for buildInputs
	Opened        []string       // likewise with what objects open by name, for those who use it
	Dists         []string       // Python packages for dependencies
	Offers        []Offer        // Python packages that METADATA does not name
	Unpackaged    []string       // of Dists, those that nixpkgs is known not to have
	Choices       []Choice       // what may be taken in the place of what Others leave
	Ignore        []string       // sonames to ignore instead, if they are never loaded
	Plugins       []Pattern      // what to ignore because only a plugin that nothing needs asks for it
	Others        []Pattern      // what to ignore because its files are for another maker's library
	Substitutions []Substitution // what has Python code open a library by its path
	Locate        []string       // sonames that nobody here knows a package for
	Advice        []string       // other lines, without "hint: "
	Objects       []string       // the objects that lack the library

	Records      []string // paths in RECORD of files that a derivation has changed, since the wheel is true
	WheelRecords []string // likewise of files at which the wheel itself is false
	TreeRecords  []string // likewise of files of a tree, where nothing says who changed them
	Accept       bool     // a row is false by itself, whatever its file holds
}

// A Pattern is one element of wheelAutoPatchIgnoreMissingDeps for one file.
type Pattern struct{ File, Soname string }

// An Offer is a Python package that has a library.
type Offer struct {
	Dist, Soname string
	Opened       bool // the library is opened by name
	Unpackaged   bool // nixpkgs is known not to have it
}

// line says to take the package.
func (o Offer) line(r Reader) string {
	line := fmt.Sprintf("the Python package %s has %s", o.Dist, o.Soname)
	switch {
	case o.Opened:
	case r.ByHand:
		line += ", and METADATA does not name it"
	default: // Nix has no value for packages that need one another
		line += ", but METADATA does not name it: if that one does not depend on this, " + r.dependencies([]string{o.Dist})
		return words.Printable(line) + o.unpackaged(r)
	}
	return words.Printable(line) + ": " + r.dependencies([]string{o.Dist}) + o.unpackaged(r)
}

// unpackaged is a comment behind the dependency.
func (o Offer) unpackaged(r Reader) string {
	if !o.Unpackaged || !r.names() {
		return ""
	}
	return "  # not in nixpkgs: package its wheel, too"
}

// A Choice is between two attributes of nixpkgs, with what to ignore where the second is
// taken.
type Choice struct {
	Taken, Other string
	Ignore       []Pattern
}

func (c Choice) line(r Reader) string {
	line := fmt.Sprintf("choose between %s and %s: with %s instead, ", c.Taken, c.Other, c.Other)
	if r.ByHand {
		return line + r.ignore(patterns(c.Ignore))
	}
	return line + "ignore " + words.NixList(patterns(c.Ignore))
}

// String returns the pattern as the hook takes it: for the file of that name in
// any folder.
func (p Pattern) String() string { return "*/" + p.File + ":" + p.Soname }

func (c Cure) empty() bool {
	return len(c.Inputs)+len(c.Opened)+len(c.Dists)+len(c.Offers)+len(c.Choices)+len(c.Ignore)+len(c.Plugins)+len(c.Others)+len(c.Locate)+len(c.Advice)+
		len(c.Substitutions)+len(c.Records)+len(c.WheelRecords)+len(c.TreeRecords) == 0 && !c.Accept
}

// The closing lines hold so many lines of advice, and name so many libraries to
// ignore.
const (
	maxAdvice = 6
	maxNamed  = 8
)

// lines says the cure, one line a way, as r writes it.
func (c Cure) lines(r Reader) []string {
	var out []string
	for _, line := range c.Advice {
		out = append(out, words.Printable(line))
	}
	for _, o := range c.Offers {
		out = append(out, o.line(r))
	}
	for _, choice := range c.Choices {
		out = append(out, choice.line(r))
	}
	if c.Accept {
		out = append(out, "the wheel's maker wrote it so; to accept it: "+r.recordWarns())
	}
	if n := len(out); n > maxAdvice {
		out = append(out[:maxAdvice-1], fmt.Sprintf("%d more such lines stand above", n-maxAdvice+1))
	}
	out = append(out, c.locateLines(r)...)
	if n := len(c.Dists); n > 0 {
		line := r.dependencies(c.Dists) + words.Choose(n, "  # the Python package that has it", "  # the Python packages that have them")
		switch left := len(c.Unpackaged); {
		case left == 0 || !r.names():
		case left == n:
			line += words.Choose(n, "; not in nixpkgs: package its wheel, too", "; none is in nixpkgs: package their wheels, too")
		default:
			line += "; not in nixpkgs: " + strings.Join(c.Unpackaged, ", ") + words.Choose(left, ", so package its wheel, too", ", so package their wheels, too")
		}
		out = append(out, line)
	}
	if len(c.Inputs) > 0 {
		out = append(out, r.inputs(c.Inputs))
	}
	if pass := append(shortPatterns(c.Plugins), patterns(c.Others)...); len(pass) > 0 {
		out = append(out, "for "+c.passedBy()+": "+r.ignore(pass))
	}
	if line := c.ignoreLine(r); line != "" {
		if len(out) > 0 {
			line = "or, " + line
		}
		out = append(out, line)
	}
	if line := c.recordLine(r); line != "" {
		out = append(out, line)
	}
	out = append(out, r.substitute(c.Substitutions)...)
	if len(c.Opened) > 0 {
		out = slices.Insert(out, 0, "for what is opened by name, as far as it is used: "+r.opened(c.Opened))
	}
	return out
}

// locateLines says where the libraries are that no table knows: by nix-locate's own word,
// or by the command that asks it.
func (c Cure) locateLines(r Reader) []string {
	var out, unknown []string
	for _, soname := range c.Locate {
		packages := r.Located[soname]
		if len(packages) == 0 {
			unknown = append(unknown, soname)
			continue
		}
		more := ""
		if n := len(packages) - maxNamed; n > 0 {
			more = fmt.Sprintf(" (+%d more)", n)
		}
		where := strings.Join(packages[:min(len(packages), maxNamed)], ", ") + more
		if len(packages) == 1 {
			where += ": " + r.inputs(packages)
		}
		out = append(out, "nix-locate finds "+words.Printable(soname)+" in "+where)
	}
	if n := len(out); n > maxAdvice {
		out = append(out[:maxAdvice-1], fmt.Sprintf("nix-locate finds %d more", n-maxAdvice+1))
	}
	switch {
	case len(unknown) == 0:
	case r.Located == nil:
		out = append(out, words.Choose(len(unknown), "find the package: ", "find the packages: ")+NixLocate(unknown))
	default:
		shown := unknown[:min(len(unknown), maxNamed)]
		line := "nix-locate finds no package with " + words.Printable(strings.Join(shown, ", "))
		if n := len(unknown) - len(shown); n > 0 {
			line += fmt.Sprintf(" (+%d more)", n)
		}
		out = append(out, line)
	}
	return out
}

// passedBy says whose needs are ignored for good.
func (c Cure) passedBy() string {
	const plugins, others = "plugins that nothing in the wheel needs", "the files of what is not chosen"
	switch {
	case len(c.Others) == 0:
		return plugins
	case len(c.Plugins) == 0:
		return others
	}
	return plugins + " and " + others
}

// ignoreLine is the last resort. A long list is not spelt out: nobody should
// paste it unread.
func (c Cure) ignoreLine(r Reader) string {
	switch n := len(c.Ignore); {
	case n == 0:
		return ""
	case n > maxNamed:
		return fmt.Sprintf("for those of the %d that are never loaded: ", n) + r.ignoreSome()
	case len(c.Plugins)+len(c.Others) > 0 && !r.ByHand:
		return fmt.Sprintf("if %s never loaded, add to that list: %s", words.Choose(n, "it is", "they are"), words.NixStrings(c.Ignore))
	default:
		return fmt.Sprintf("if %s never loaded: %s", words.Choose(n, "it is", "they are"), r.ignore(c.Ignore))
	}
}

// shortPatterns leaves out the files of a long list: nothing but plugins needs
// these libraries, so the sonames alone ignore as much.
func shortPatterns(list []Pattern) []string {
	if len(list) <= maxNamed {
		return patterns(list)
	}
	var out []string
	for _, p := range list {
		out = append(out, p.Soname)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func patterns(list []Pattern) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.String())
	}
	return out
}

// BuildInputs returns the attribute of a derivation that hands in libraries of
// nixpkgs.
func BuildInputs(attrs []string) string { return "buildInputs = [ " + strings.Join(attrs, " ") + " ];" }

// Dependencies returns the attribute of a derivation that names Python packages.
func Dependencies(dists []string) string {
	return "dependencies = [ " + strings.Join(dists, " ") + " ];"
}

// IgnoreMissing returns the attribute of a derivation that lets libraries be
// missing.
func IgnoreMissing(patterns []string) string {
	return "wheelAutoPatchIgnoreMissingDeps = " + words.NixList(patterns) + ";"
}

// NixLocate returns the command that finds the packages of libraries.
func NixLocate(sonames []string) string {
	if len(sonames) == 1 {
		return "nix-locate -w " + words.ShellWord("lib/"+sonames[0])
	}
	var list []string
	for _, s := range sonames {
		list = append(list, words.ShellWord(s))
	}
	return "for s in " + strings.Join(list, " ") + "; do nix-locate -w \"lib/$s\"; done"
}
