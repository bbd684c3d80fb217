package problem

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// digestWidth is where the lines of the digest break.
const digestWidth = 100

// closingLines ends the output: what is missing, in one line, then the cures of
// all problems together, at most one line of each kind.
func closingLines(problems []Problem, opt PrintOptions, p painter) []string {
	var all Cure
	missing := 0
	for _, q := range problems {
		if q.Code == LibraryNotFound {
			missing++
		}
		all.add(q.Cure)
	}
	all.settle()
	var out []string
	if missing > 0 {
		out = append(out, "wheel-auto-patch: "+p.bold(countLine(missing, len(all.Objects), opt)))
	} else if n := Count(problems, Error); n > 0 && len(problems) > 1 {
		out = append(out, "wheel-auto-patch: "+p.bold(withOutcome(plural(n, "error", "errors"), opt.Outcome)))
	}
	return append(out, hints(strings.Join(all.lines(), "\n"), p)...)
}

func countLine(missing, objects int, opt PrintOptions) string {
	line := plural(missing, "library", "libraries") + " missing"
	switch {
	case objects > 0 && opt.Objects > 0:
		line += fmt.Sprintf(" for %d of %s", objects, plural(opt.Objects, "object", "objects"))
	case objects > 0:
		line += " for " + plural(objects, "object", "objects")
	}
	return withOutcome(line, opt.Outcome)
}

func withOutcome(line, outcome string) string {
	if outcome == "" {
		return line
	}
	return line + "; " + outcome
}

func (c *Cure) add(d Cure) {
	c.Inputs = append(c.Inputs, d.Inputs...)
	c.Dists = append(c.Dists, d.Dists...)
	c.Ignore = append(c.Ignore, d.Ignore...)
	c.Plugins = append(c.Plugins, d.Plugins...)
	c.Locate = append(c.Locate, d.Locate...)
	c.Advice = append(c.Advice, d.Advice...)
	c.Objects = append(c.Objects, d.Objects...)
}

// settle sorts and makes unique.
func (c *Cure) settle() {
	for _, list := range []*[]string{&c.Inputs, &c.Dists, &c.Ignore, &c.Plugins, &c.Locate, &c.Advice, &c.Objects} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
}

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
	if len(c.Plugins) > 0 {
		out = append(out, "for plugins that nothing in the wheel needs: "+ignoreAttr(c.Plugins))
	}
	if line := c.ignoreLine(); line != "" {
		if len(out) > 0 {
			line = "or, " + line
		}
		out = append(out, line)
	}
	return out
}

// ignoreLine is the last resort. A long list is not spelt out: nobody should
// paste it unread.
func (c Cure) ignoreLine() string {
	switch n := len(c.Ignore); {
	case n == 0:
		return ""
	case n > maxNamed:
		return fmt.Sprintf(`for those of the %d that are never loaded: wheelAutoPatchIgnoreMissingDeps = [ "SONAME" … ];`, n)
	default:
		return fmt.Sprintf("if %s never loaded: %s", noun(n, "it is", "they are"), ignoreAttr(append(slices.Clone(c.Plugins), c.Ignore...)))
	}
}

func ignoreAttr(patterns []string) string {
	quoted := make([]string, len(patterns))
	for i, p := range patterns {
		quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", `\${`).Replace(p) + `"`
	}
	return "wheelAutoPatchIgnoreMissingDeps = [ " + strings.Join(quoted, " ") + " ];"
}

// digestLines says in at most limit lines what the blocks above said: for each
// code how many, and the subjects as far as they fit.
func digestLines(problems []Problem, limit int, p painter) []string {
	subjects := map[Code][]string{}
	severity := map[Code]Severity{}
	for _, q := range problems {
		subjects[q.Code] = append(subjects[q.Code], subject(q))
		severity[q.Code] = max(severity[q.Code], q.Severity)
	}
	codes := slices.SortedFunc(maps.Keys(subjects), func(a, b Code) int {
		return cmp.Or(cmp.Compare(severity[a], severity[b]), cmp.Compare(a, b)) // gravest last
	})
	if drop := len(codes) - limit/2; drop > 0 {
		codes = codes[min(drop, len(codes)-1):]
	}
	each := max(1, limit/max(1, len(codes))-1)
	out := []string{"wheel-auto-patch: summary (each in full above)"}
	for _, c := range codes {
		list := slices.Compact(slices.Sorted(slices.Values(subjects[c])))
		out = append(out, fmt.Sprintf("  %s: %s, %d", p.severity(severity[c]), p.bold(string(c)), len(subjects[c])))
		out = append(out, wrap(list, each-1)...)
	}
	return out
}

// subject is what a line of the digest calls a problem: the soname of a missing
// library, else the file.
func subject(q Problem) string {
	if q.Code == LibraryNotFound || q.Path == "" {
		return clean(q.Message)
	}
	return clean(q.Path)
}

// wrap sets words in at most limit lines and counts what did not fit.
func wrap(words []string, limit int) []string {
	var out []string
	line := ""
	for i, word := range words {
		if line != "" && len(line)+1+len(word) > digestWidth-4 {
			out = append(out, "    "+line)
			line = ""
		}
		if len(out) >= limit {
			if limit > 0 {
				out[limit-1] += fmt.Sprintf(" (+%d more)", len(words)-i)
			}
			return out
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" && len(out) < limit {
		out = append(out, "    "+line)
	}
	return out
}
