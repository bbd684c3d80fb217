package problem

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
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
	all.sortUnique()
	var out []string
	if missing > 0 {
		out = append(out, "wheel-auto-patch: "+p.bold(countLine(missing, len(all.Objects), opt)))
	} else if n := Count(problems, Error); n > 0 && len(problems) > 1 {
		out = append(out, "wheel-auto-patch: "+p.bold(withOutcome(words.Count(n, "error"), opt.Outcome)))
	}
	r := opt.Reader
	r.closing = true
	return append(out, hints(strings.Join(all.lines(r), "\n"), p)...)
}

func countLine(missing, objects int, opt PrintOptions) string {
	line := words.Count(missing, "library") + " missing"
	switch {
	case objects > 0 && opt.Objects >= objects: // not where inputs lack libraries, too
		line += fmt.Sprintf(" for %d of %s", objects, words.Count(opt.Objects, "object"))
	case objects > 0:
		line += " for " + words.Count(objects, "object")
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
	c.Opened = append(c.Opened, d.Opened...)
	c.Substitutions = append(c.Substitutions, d.Substitutions...)
	c.Dists = append(c.Dists, d.Dists...)
	c.Unpackaged = append(c.Unpackaged, d.Unpackaged...)
	c.Offers = append(c.Offers, d.Offers...)
	c.Choices = append(c.Choices, d.Choices...)
	c.Ignore = append(c.Ignore, d.Ignore...)
	c.Plugins = append(c.Plugins, d.Plugins...)
	c.Others = append(c.Others, d.Others...)
	c.Locate = append(c.Locate, d.Locate...)
	c.Advice = append(c.Advice, d.Advice...)
	c.Objects = append(c.Objects, d.Objects...)
	c.Records = append(c.Records, d.Records...)
	c.WheelRecords = append(c.WheelRecords, d.WheelRecords...)
	c.TreeRecords = append(c.TreeRecords, d.TreeRecords...)
	c.Accept = c.Accept || d.Accept
}

// sortUnique brings each list into its order, without repetitions.
func (c *Cure) sortUnique() {
	for _, list := range []*[]string{&c.Inputs, &c.Opened, &c.Dists, &c.Unpackaged, &c.Ignore, &c.Locate, &c.Advice, &c.Objects, &c.Records, &c.WheelRecords, &c.TreeRecords} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	slices.SortFunc(c.Offers, func(a, b Offer) int { return cmp.Compare(a.line(Reader{}), b.line(Reader{})) })
	c.Offers = slices.Compact(c.Offers)
	slices.SortFunc(c.Choices, func(a, b Choice) int { return cmp.Compare(a.line(Reader{}), b.line(Reader{})) })
	c.Choices = slices.CompactFunc(c.Choices, func(a, b Choice) bool { return a.line(Reader{}) == b.line(Reader{}) })
	for _, list := range []*[]Pattern{&c.Plugins, &c.Others} {
		slices.SortFunc(*list, func(a, b Pattern) int { return cmp.Compare(a.String(), b.String()) })
		*list = slices.Compact(*list)
	}
}

// digestLines says in at most limit lines what the blocks above said: for each
// code how many, and the subjects as far as they fit.
func digestLines(problems []Problem, limit int, p painter) []string {
	subjects, many, counted := map[Code][]string{}, map[Code]int{}, map[Code]int{}
	severity := map[Code]Severity{}
	for _, q := range problems {
		if counted[q.Code] += q.Many; q.Many == 0 {
			subjects[q.Code] = append(subjects[q.Code], subject(q))
		}
		many[q.Code] += q.many()
		severity[q.Code] = max(severity[q.Code], q.Severity)
	}
	codes := slices.SortedFunc(maps.Keys(many), func(a, b Code) int {
		return cmp.Or(cmp.Compare(severity[a], severity[b]), cmp.Compare(a, b)) // gravest last
	})
	if drop := len(codes) - limit/2; drop > 0 {
		codes = codes[min(drop, len(codes)-1):]
	}
	each := max(1, limit/max(1, len(codes))-1)
	extent := "each in full above"
	if slices.ContainsFunc(problems, func(q Problem) bool { return q.Many > 0 }) {
		extent = "in full above, as far as listed"
	}
	out := []string{"wheel-auto-patch: summary (" + extent + ")"}
	for _, c := range codes {
		list := slices.Compact(slices.Sorted(slices.Values(subjects[c])))
		out = append(out, fmt.Sprintf("  %s: %s, %d", p.severity(severity[c]), p.bold(string(c)), many[c]))
		out = append(out, wrap(list, each-1, counted[c])...)
	}
	return out
}

// subject is what a line of the digest calls a problem.
func subject(q Problem) string { return clean(cmp.Or(q.Subject, q.Path, q.Message)) }

// wrap sets words in at most limit lines and counts what did not fit, and more that have no
// word.
func wrap(list []string, limit, more int) []string {
	var out []string
	line := ""
	flush := func() {
		if line != "" {
			out = append(out, "    "+line)
		}
		line = ""
	}
	for i, word := range list {
		if line != "" && len(line)+1+len(word) > digestWidth-4 {
			flush()
		}
		if len(out) >= limit {
			more += len(list) - i
			break
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	flush()
	if len(out) > 0 && more > 0 {
		out[len(out)-1] += fmt.Sprintf(" (+%d more)", more)
	}
	return out
}
