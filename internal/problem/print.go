package problem

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// This file states the rules of all printed problems.

// SummaryLines is the most that the closing summary takes: Nix shows the last
// 25 lines of a failed build.
const SummaryLines = 20

// SearchedLine is the detail that opens the list of searched places; the lines of
// the list are indented by two spaces.
const SearchedLine = "searched, in order:"

// PrintOptions says how problems print.
type PrintOptions struct {
	// Color sets terminal colours; the caller knows of NO_COLOR and terminals.
	Color bool
	// Outcome ends the line that counts, for example "nothing was changed".
	Outcome string
	// Objects is how many objects were looked at, 0 where that is of no interest.
	Objects int
}

// Fprint writes problems as a person reads them, sorted as [Sort] does: first
// each in full, then the cures. Where that takes more than [SummaryLines] lines, a
// closing summary of at most that many lines follows, its most useful line last.
//
// A problem is a line "wheel-auto-patch: error: code: path: message", its
// details indented by two, and its hint. Problems of one code that share a hint
// say it once.
func Fprint(w io.Writer, problems []Problem, opt PrintOptions) error {
	if len(problems) == 0 {
		return nil
	}
	problems = slices.Clone(problems)
	Sort(problems)
	p := painter(opt.Color)
	body := blocks(problems, p)
	closing := closingLines(problems, opt, p)
	if len(body)+len(closing) > SummaryLines {
		digest := digestLines(problems, SummaryLines-len(closing)-1, p)
		body = append(append(body, ""), digest...)
	}
	_, err := io.WriteString(w, strings.Join(append(body, closing...), "\n")+"\n")
	return err
}

// blocks gives every problem in full.
func blocks(problems []Problem, p painter) []string {
	var out, searched []string
	for i, q := range problems {
		out = append(out, head(q, p))
		details := q.Details
		if from, to := searchedLines(details); to > from {
			if slices.Equal(details[from:to], searched) {
				details = slices.Concat(details[:from], []string{"searched as above"}, details[to:])
			} else {
				searched = details[from:to]
			}
		}
		for _, d := range details {
			for line := range strings.Lines(d) {
				out = append(out, strings.TrimRight("  "+clean(line), " "))
			}
		}
		if q.cured() || q.Hint == "" {
			continue
		}
		if i+1 < len(problems) && problems[i+1].Code == q.Code && problems[i+1].Hint == q.Hint {
			continue // said once, after the last of them
		}
		out = append(out, hints(q.Hint, p)...)
	}
	return out
}

// searchedLines gives the range of the details that tells where was searched: it
// is the same for many problems, and long.
func searchedLines(details []string) (from, to int) {
	from = slices.Index(details, SearchedLine)
	if from < 0 {
		return 0, 0
	}
	for to = from + 1; to < len(details) && strings.HasPrefix(details[to], "  "); to++ {
	}
	return from, to
}

// head is the first line of a problem. The path is left out where the details or
// the message name it.
func head(q Problem, p painter) string {
	said := strings.Contains(q.Message, q.Path)
	for _, d := range q.Details {
		said = said || strings.Contains(d, q.Path)
	}
	line := "wheel-auto-patch: " + p.severity(q.Severity) + ": " + p.bold(string(q.Code)) + ": "
	if q.Path != "" && !said {
		line += clean(q.Path) + ": "
	}
	return line + clean(q.Message)
}

func hints(text string, p painter) []string {
	var out []string
	for line := range strings.Lines(text) {
		out = append(out, p.green("hint:")+" "+clean(line))
	}
	return out
}

// cured tells whether the hint comes in parts, to be said with all others.
func (q Problem) cured() bool {
	c := q.Cure
	return len(c.Inputs)+len(c.Dists)+len(c.Ignore)+len(c.Plugins)+len(c.Locate)+len(c.Advice) > 0
}

// clean keeps control characters of file names away from the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, strings.TrimRight(s, "\n"))
}

// A painter colours, or does not.
type painter bool

func (p painter) paint(code, s string) string {
	if !p {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p painter) bold(s string) string  { return p.paint("1", s) }
func (p painter) green(s string) string { return p.paint("32", s) }

func (p painter) severity(s Severity) string {
	return p.paint([...]string{Notice: "36", Warning: "33", Error: "1;31"}[min(max(s, Notice), Error)], s.String())
}

func plural(n int, one, many string) string { return fmt.Sprintf("%d %s", n, noun(n, one, many)) }

func noun(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
