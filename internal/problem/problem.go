// Package problem is the catalogue of everything that can be wrong with a
// wheel, and how it is said.
//
// A problem has a lasting code: users grep for it, CI matches on it, and the
// reference has a page for each. Codes are never renamed or used again for
// something else. Leaf packages return typed errors; package fixup turns them
// into problems; the command prints them once.
package problem

import (
	"cmp"
	"fmt"
	"slices"
)

// A Severity says what a problem does to the exit status: only an [Error]
// makes it 1.
type Severity int

// The severities, from harmless to fatal.
const (
	Notice Severity = iota
	Warning
	Error
)

var severityNames = [...]string{Notice: "notice", Warning: "warning", Error: "error"}

func (s Severity) String() string {
	if s < 0 || int(s) >= len(severityNames) {
		return fmt.Sprintf("severity(%d)", int(s))
	}
	return severityNames[s]
}

// MarshalText writes a severity as the word that the reference uses.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (s *Severity) UnmarshalText(text []byte) error {
	i := slices.Index(severityNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("problem: unknown severity %q", text)
	}
	*s = Severity(i)
	return nil
}

// A Problem is one thing that is wrong, with all that a packager needs to mend
// it.
type Problem struct {
	// Code is the lasting name of this kind of problem.
	Code Code `json:"code"`
	// Path is the file that it is about, relative to its root, or empty.
	Path string `json:"path"`
	// Message is one line without a full stop: what is wrong.
	Message string `json:"message"`
	// Details are further lines: who needs it, what was searched, both values
	// of a comparison. Never nil in JSON.
	Details []string `json:"details"`
	// Hint is what to write or do to mend it; it may hold several lines.
	Hint string `json:"hint"`
	// Severity decides the exit status.
	Severity Severity `json:"severity"`
	// Cure is the hint in parts, so that [Fprint] can say the cures of many
	// problems in one line each. It repeats what Hint says.
	Cure Cure `json:"-"`
}

// A Cure is what mends a missing library, in the words of a derivation.
type Cure struct {
	Inputs  []string // attributes of nixpkgs for buildInputs
	Dists   []string // Python packages for dependencies
	Ignore  []string // what to ignore instead, if the library is never loaded
	Plugins []string // what to ignore because only a plugin that nothing needs asks for it
	Others  []string // what to ignore because its files are for another maker's library
	Locate  []string // sonames that nobody here knows a package for
	Advice  []string // other lines, without "hint: "
	Objects []string // the objects that lack the library
}

// Sort puts problems in the order of all output: by severity, gravest first,
// then code, path, message and details.
func Sort(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Message, b.Message),
			slices.Compare(a.Details, b.Details),
		)
	})
}

// Count gives how many of the problems have the severity s.
func Count(problems []Problem, s Severity) int {
	n := 0
	for _, p := range problems {
		if p.Severity == s {
			n++
		}
	}
	return n
}

// Failed tells whether any of the problems is an error.
func Failed(problems []Problem) bool { return Count(problems, Error) > 0 }
