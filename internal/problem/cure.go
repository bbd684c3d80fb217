package problem

import (
	"fmt"
	"slices"
	"strings"
)

// This file words what mends a missing library.

// The closing lines hold so many lines of advice, and name so many libraries to
// ignore.
const (
	maxAdvice = 6
	maxNamed  = 8
)

// Hint says the cure in the words that [Problem.Hint] uses, one line a way.
func (c Cure) Hint() string { return strings.Join(c.lines(), "\n") }

func (c Cure) lines() []string {
	out := slices.Clone(c.Advice)
	if n := len(out); n > maxAdvice {
		out = append(out[:maxAdvice-1], fmt.Sprintf("%d more such lines stand above", n-maxAdvice+1))
	}
	if len(c.Locate) == 1 {
		out = append(out, "find the package: nix-locate -w lib/"+c.Locate[0])
	} else if len(c.Locate) > 1 {
		out = append(out, "find the packages: for s in "+strings.Join(c.Locate, " ")+"; do nix-locate -w lib/$s; done")
	}
	if len(c.Dists) > 0 {
		what := "that has it"
		if len(c.Dists) > 1 {
			what = "that have them"
		}
		out = append(out, fmt.Sprintf("dependencies = [ %s ];  # %s %s", strings.Join(c.Dists, " "), noun(len(c.Dists), "the Python package", "the Python packages"), what))
	}
	if len(c.Inputs) > 0 {
		out = append(out, fmt.Sprintf("buildInputs = [ %s ];  # pypi2nix: -E %s",
			strings.Join(c.Inputs, " "), strings.Join(c.Inputs, " -E ")))
	}
	if pass := append(shortPatterns(c.Plugins), c.Others...); len(pass) > 0 {
		out = append(out, "for "+c.passedBy()+": "+ignoreAttr(pass))
	}
	if line := c.ignoreLine(); line != "" {
		if len(out) > 0 {
			line = "or, " + line
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
func (c Cure) ignoreLine() string {
	switch n := len(c.Ignore); {
	case n == 0:
		return ""
	case n > maxNamed:
		return fmt.Sprintf(`for those of the %d that are never loaded: wheelAutoPatchIgnoreMissingDeps = [ "SONAME" … ];`, n)
	case len(c.Plugins)+len(c.Others) > 0:
		return fmt.Sprintf("if %s never loaded, add to that list: %s", noun(n, "it is", "they are"), strings.Join(nixStrings(c.Ignore), " "))
	default:
		return fmt.Sprintf("if %s never loaded: %s", noun(n, "it is", "they are"), ignoreAttr(c.Ignore))
	}
}

// shortPatterns leaves out the files of a long list: nothing but plugins needs
// these libraries, so the sonames alone ignore as much.
func shortPatterns(patterns []string) []string {
	if len(patterns) <= maxNamed {
		return patterns
	}
	var out []string
	for _, p := range patterns {
		out = append(out, p[strings.LastIndexByte(p, ':')+1:])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func ignoreAttr(patterns []string) string {
	return "wheelAutoPatchIgnoreMissingDeps = " + NixList(patterns) + ";"
}

// NixList writes strings as a list of the Nix language.
func NixList(list []string) string { return "[ " + strings.Join(nixStrings(list), " ") + " ]" }

// nixStrings quotes for the Nix language.
func nixStrings(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", `\${`).Replace(s) + `"`
	}
	return out
}
