package plan

import (
	"cmp"
	"fmt"
	"path"
	"strings"
	"sync/atomic"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// ignores are the patterns of --ignore-missing, and which of them have matched. They
// have the form that users of autoPatchelfHook know: SONAME-GLOB, or
// FILE-GLOB:SONAME-GLOB for some files only.
type ignores struct {
	patterns []string
	holders  map[string]string // as Options.IgnoreHolders
	used     []atomic.Bool
}

func newIgnores(patterns []string, holders map[string]string) *ignores {
	return &ignores{patterns: patterns, holders: holders, used: make([]atomic.Bool, len(patterns))}
}

// CheckIgnore returns an error where a pattern of --ignore-missing cannot match anything.
func CheckIgnore(pattern string) error {
	file, soname, _ := splitIgnore(pattern)
	for _, glob := range []string{file, soname} {
		if _, err := path.Match(glob, ""); err != nil {
			return fmt.Errorf("not a glob: %s", words.Quote(glob))
		}
	}
	return nil
}

// splitIgnore returns the globs of a pattern; one that is not scoped is for all files.
func splitIgnore(pattern string) (file, soname string, scoped bool) {
	if file, soname, scoped = strings.Cut(pattern, ":"); scoped {
		return file, soname, true
	}
	return "", pattern, false
}

// match reports whether soname may be missing for the object at file, a path
// relative to its root or absolute. Every pattern that matches counts as used.
func (g *ignores) match(file, soname string) bool {
	matched := false
	for i, pattern := range g.patterns {
		fileGlob, sonameGlob, scoped := splitIgnore(pattern)
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

// matchFile reports whether a glob matches the path or its tail from any directory
// on: "*/libqsqlmimer.so" and "libqsqlmimer.so" both match a plugin in any folder.
// "*" does not match a slash, as in the shell.
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

// unused returns a warning for each pattern that matched nothing: the library may
// be found by now, or the pattern is mistyped.
func (g *ignores) unused() []problem.Problem {
	var out []problem.Problem
	for i, pattern := range g.patterns {
		if g.used[i].Load() {
			continue
		}
		out = append(out, problem.Problem{
			Code:     problem.IgnoreUnused,
			Message:  fmt.Sprintf("nothing that is missing matches %q", pattern),
			Hint:     "remove the pattern from " + cmp.Or(g.holders[pattern], "wheelAutoPatchFlags"),
			ByHand:   "take away --ignore-missing " + words.ShellWord(pattern),
			Severity: problem.Warning,
		})
	}
	return out
}
