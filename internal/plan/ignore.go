package plan

// This file holds the patterns of --ignore-missing, in the form that
// autoPatchelfHook's users know: SONAME-GLOB, or FILE-GLOB:SONAME-GLOB for one
// place only.

import (
	"fmt"
	"path"
	"strings"
	"sync/atomic"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// ignores is the list of patterns and which of them have matched.
type ignores struct {
	patterns []string
	used     []atomic.Bool
}

func newIgnores(patterns []string) *ignores {
	return &ignores{patterns: patterns, used: make([]atomic.Bool, len(patterns))}
}

// match tells whether soname may be missing for the object at file, a path
// relative to its root or absolute. Every pattern that matches counts as used.
func (g *ignores) match(file, soname string) bool {
	matched := false
	for i, pattern := range g.patterns {
		fileGlob, sonameGlob, scoped := strings.Cut(pattern, ":")
		if !scoped {
			fileGlob, sonameGlob = "", pattern
		}
		if scoped && !matchFile(fileGlob, file) {
			continue
		}
		if ok, err := path.Match(sonameGlob, soname); err == nil && ok {
			g.used[i].Store(true)
			matched = true
		}
	}
	return matched
}

// matchFile matches a glob against the whole path or against its tail from any
// directory on, so that both "*/libqsqlmimer.so" and the name alone serve. "*"
// does not cross a slash, as in the shell.
func matchFile(glob, file string) bool {
	for {
		if ok, err := path.Match(glob, file); err == nil && ok {
			return true
		}
		i := strings.IndexByte(file, '/')
		if i < 0 {
			return false
		}
		file = file[i+1:]
	}
}

// unused gives a warning for each pattern that matched nothing: a wheel may
// have been mended since, or the pattern has a slip.
func (g *ignores) unused() []problem.Problem {
	var out []problem.Problem
	for i, pattern := range g.patterns {
		if g.used[i].Load() {
			continue
		}
		out = append(out, problem.Problem{
			Code:     problem.IgnoreUnused,
			Message:  fmt.Sprintf("nothing that is missing matches %q", pattern),
			Hint:     "remove the pattern from wheelAutoPatchIgnoreMissingDeps",
			Severity: problem.Warning,
		})
	}
	return out
}
