package problem

import (
	"io"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// SummaryLines is the most that the closing summary takes: Nix shows the last
// 25 lines of a failed build.
const SummaryLines = 20

// PrintOptions says how problems print.
type PrintOptions struct {
	// Color sets terminal colours; the caller knows of NO_COLOR and terminals.
	Color bool
	// Outcome ends the line that counts, for example "nothing was changed".
	Outcome string
	// Objects is how many objects were looked at, 0 where that is of no interest.
	Objects int
	// Reader writes the cures.
	Reader Reader
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
	body := blocks(problems, opt.Reader, p)
	closing := closingLines(problems, opt, p)
	if len(body)+len(closing) > SummaryLines {
		digest := digestLines(problems, SummaryLines-len(closing)-1, p)
		body = append(append(body, ""), digest...)
	}
	_, err := io.WriteString(w, strings.Join(append(body, closing...), "\n")+"\n")
	return err
}

// blocks returns every problem in full.
func blocks(problems []Problem, r Reader, p painter) []string {
	var out []string
	var searched *Search
	for i, q := range problems {
		out = append(out, head(q, p))
		for _, line := range q.lines(searched) {
			out = append(out, strings.TrimRight("  "+line, " "))
		}
		if q.Searched != nil && len(q.Searched.Steps) > 0 {
			searched = q.Searched
		}
		if !q.Cure.empty() || q.Hint+q.Set == "" {
			continue
		}
		if i+1 < len(problems) && problems[i+1].Code == q.Code && problems[i+1].Hint+problems[i+1].Set == q.Hint+q.Set {
			continue // said once, after the last of them
		}
		out = append(out, hints(r.hint(q), p)...)
	}
	return out
}

// head is the first line of a problem.
func head(q Problem, p painter) string {
	line := "wheel-auto-patch: " + p.severity(q.Severity) + ": " + p.bold(string(q.Code)) + ": "
	if q.Path != "" && !q.PathSaid {
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

// clean is one line that is safe to print.
func clean(s string) string { return words.Printable(strings.TrimRight(s, "\n")) }

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
