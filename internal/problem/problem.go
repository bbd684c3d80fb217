// Package problem is the catalogue of everything that can be wrong with a
// wheel, and how it is said.
//
// A problem has a lasting code: users grep for it, CI matches on it, and the
// reference has a page for each. Codes are never renamed or used again for
// something else. Leaf packages return typed errors, rooms make problems of
// them, the command prints them once. Nothing reads printed text back.
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
// it. It is facts; text is made of them once, by [Fprint] or as JSON.
type Problem struct {
	// Code is the lasting name of this kind of problem.
	Code Code
	// Severity decides the exit status.
	Severity Severity
	// Root is the PATH argument that it belongs to, where that must be said.
	Root string
	// Path is the file that it is about, relative to its root, or empty.
	Path string
	// PathSaid is set where Message, NeededBy or Objects name Path already.
	PathSaid bool
	// Subject is what a summary calls it; the path, else the message, where empty.
	Subject string
	// Message is one line without a full stop: what is wrong.
	Message string
	// Many is how many problems it stands for where it counts those that are not
	// listed, else 0.
	Many int
	// NeededBy are the objects that need what is missing, by their paths.
	NeededBy []string
	// Objects are the objects that it is about, where there are several.
	Objects []string
	// Searched is where a missing library was looked for; nil where nothing is
	// missing.
	Searched *Search
	// Details are further lines: both values of a comparison, what a program said.
	Details []string
	// Hint is what to write or do to mend it, where Cure does not say it; it may
	// hold several lines.
	Hint string
	// Set are attributes of a derivation, with a semicolon, that Hint ends in or that are all
	// of it: an override holds them where the package is one of a set.
	Set string
	// ByHand stands for Hint and Set where no derivation holds what is written, but the command
	// line of the program; empty where Hint fits there, too.
	ByHand string
	// Cure is what mends a missing library, or lets a file differ from RECORD, in
	// parts, so that the cures of many problems are said in one line each.
	Cure Cure
}

// A Search is where a library was looked for, in order.
type Search struct {
	Steps  []Step
	Passed []Passed
}

// A Step is directories of one kind that follow one another in a search.
type Step struct {
	Kind string // RUNPATH, inputs, default and so on
	Dirs []string
}

// A Passed is a file of the name that was found and not taken.
type Passed struct{ Dir, Reason string }

func (s *Search) equal(t *Search) bool {
	return slices.Equal(s.Passed, t.Passed) && slices.EqualFunc(s.Steps, t.Steps, func(a, b Step) bool {
		return a.Kind == b.Kind && slices.Equal(a.Dirs, b.Dirs)
	})
}

// Sort puts problems in the order of all output: by severity, gravest first,
// then code, path, message, root and details. What counts the others of a code comes
// after them.
func Sort(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Many, b.Many),
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Message, b.Message),
			cmp.Compare(a.Root, b.Root),
			slices.Compare(a.NeededBy, b.NeededBy),
			slices.Compare(a.Details, b.Details),
		)
	})
}

// Count returns how many of the problems have the severity s.
func Count(problems []Problem, s Severity) int {
	n := 0
	for _, p := range problems {
		if p.Severity == s {
			n += p.many()
		}
	}
	return n
}

// many returns how many problems p stands for.
func (q Problem) many() int { return max(q.Many, 1) }

// Failed reports whether any of the problems is an error.
func Failed(problems []Problem) bool { return Count(problems, Error) > 0 }
