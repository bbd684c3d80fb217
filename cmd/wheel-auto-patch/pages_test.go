// The pages of the reference: their examples and severities are what the program
// prints, in the scripts of tests/cli/pages.
package main

import (
	goflag "flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/cli"
)

var update = goflag.Bool("update", false, "write the examples of the pages anew")

const (
	pagesDir = "../../internal/problem/pages"
	mend     = "go test ./cmd/wheel-auto-patch -run Pages -update && go test ./internal/problem -run TestDocs -update"
)

// Rule: the example of each page is, byte for byte, what the program prints about its
// code, and the severities that the page names are those that it printed. Each
// code has a script.
func TestPages(t *testing.T) {
	scripts := "../../tests/cli/pages"
	printed := cli.Scenarios(t, scripts)
	t.Run("pages", func(t *testing.T) {
		for _, code := range problem.Codes() {
			t.Run(string(code), func(t *testing.T) {
				s := printed[string(code)]
				if s.Example == "" {
					t.Fatalf("no example: %s fails, or has no line \"example\", or is not there", filepath.Join(scripts, string(code)+".txtar"))
				}
				comparePage(t, code, s)
			})
		}
	})
	for code := range printed {
		if _, ok := problem.Page(problem.Code(code)); !ok {
			t.Errorf("a script of no code: %s", code)
		}
	}
}

func comparePage(t *testing.T, code problem.Code, s cli.Scenario) {
	page, _ := problem.Page(code)
	before, have, after, ok := cutExample(page)
	if !ok {
		t.Fatal("the page has no fenced block below \"## Example\"")
	}
	if named := namedSeverities(page); !slices.Equal(named, s.Severities) {
		t.Errorf("the page names the severities %q, the program printed %q: mend the line \"Severity:\", or the script", named, s.Severities)
	}
	switch {
	case have == s.Example:
	case *update:
		if err := os.WriteFile(filepath.Join(pagesDir, string(code)+".md"), []byte(before+s.Example+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the example is not what the program prints; to mend it: %s\nthe page:\n%s\nthe program:\n%s", mend, have, s.Example)
	}
}

// cutExample returns the text between the fences below "## Example", and what is
// around it.
func cutExample(page string) (before, example, after string, ok bool) {
	const open, end = "\n## Example\n\n```", "\n```\n"
	at := strings.Index(page, open+"\n")
	if at < 0 {
		return "", "", "", false
	}
	before, rest := page[:at+len(open)+1], page[at+len(open):] // rest begins with the end of the first fence
	stop := strings.Index(rest, end)
	if stop < 0 {
		return "", "", "", false
	}
	return before, strings.TrimPrefix(rest[:stop+1], "\n"), rest[stop+1:], true
}

// namedSeverities returns the severities in the line "Severity:" of a page, each
// once, sorted.
func namedSeverities(page string) []string {
	_, line, _ := strings.Cut(page, "\nSeverity: ")
	line, _, _ = strings.Cut(line, "\n")
	named := regexp.MustCompile(`\b(error|warning|notice)\b`).FindAllString(line, -1)
	slices.Sort(named)
	return slices.Compact(named)
}
