package problem

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

const (
	shownObjects = 3 // a list of objects names so many before it counts
	shownDirs    = 4 // likewise for directories of one step of a search
)

// Lines returns what stands below the message: who needs it, what was searched,
// the details, the root. No name makes a line of its own.
func (q Problem) Lines() []string { return q.lines(nil) }

// lines is Lines, but says so where the search is the one said before.
func (q Problem) lines(before *Search) []string {
	out := []string{}
	for i, path := range q.NeededBy[:min(len(q.NeededBy), shownObjects)] {
		lead := "needed by "
		if q.Code == LibraryOpenedByName {
			lead = "opened by "
		}
		if i > 0 {
			lead = "      and "
		}
		out = append(out, lead+path)
	}
	if rest := len(q.NeededBy) - shownObjects; rest > 0 {
		out[len(out)-1] += more(rest)
	}
	out = append(out, q.Objects[:min(len(q.Objects), shownObjects)]...)
	if rest := len(q.Objects) - shownObjects; rest > 0 {
		out = append(out, strings.TrimSpace(more(rest)))
	}
	switch {
	case q.Searched == nil:
	case before != nil && len(q.Searched.Steps) > 0 && q.Searched.equal(before):
		out = append(out, "searched as above")
	default:
		out = append(out, q.Searched.lines()...)
	}
	out = append(out, q.Details...)
	if q.Root != "" {
		out = append(out, "in "+words.Quote(q.Root))
	}
	for i := range out {
		out[i] = words.Printable(out[i])
	}
	return out
}

func (s *Search) lines() []string {
	if len(s.Steps) == 0 {
		return []string{"searched: nothing (no RUNPATH, no buildInputs)"}
	}
	out := []string{"searched, in order:"}
	for _, step := range s.Steps {
		dirs := strings.Join(step.Dirs[:min(len(step.Dirs), shownDirs)], ", ")
		if rest := len(step.Dirs) - shownDirs; rest > 0 {
			dirs += more(rest)
		}
		out = append(out, fmt.Sprintf("  %-10s %s", step.Kind, dirs))
	}
	for _, p := range slices.Compact(slices.Clone(s.Passed)) {
		out = append(out, fmt.Sprintf("  passed over in %s: %s", p.Dir, p.Reason))
	}
	return out
}

func more(n int) string { return fmt.Sprintf(" (+%d more)", n) }

// Advice returns what to write or do, one line a way.
func (q Problem) Advice() string {
	if q.Cure.empty() {
		return Reader{}.hint(q)
	}
	return strings.Join(q.Cure.lines(Reader{}), "\n")
}

// A jsonProblem is the shape of docs/json.md.
type jsonProblem struct {
	Code     Code     `json:"code"`
	Root     string   `json:"root"`
	Path     string   `json:"path"`
	Message  string   `json:"message"`
	Details  []string `json:"details"`
	Hint     string   `json:"hint"`
	Severity Severity `json:"severity"`
}

// MarshalJSON writes a problem with its text, as docs/json.md says. Whether <, >
// and & are escaped is for the encoder around it to say.
func (q Problem) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(jsonProblem{q.Code, q.Root, q.Path, words.Printable(q.Message), q.Lines(), q.Advice(), q.Severity})
	return b.Bytes(), err
}
