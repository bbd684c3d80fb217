package hook

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// prose returns the lines of docs/hook.md that are no code.
func prose(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "hook.md"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	code := false
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "```") {
			code = !code
		} else if !code {
			out = append(out, strings.TrimSuffix(line, "\n"))
		}
	}
	return out
}

// Rule: docs/hook.md is a section of the Nixpkgs manual (its README, "Syntax"): each heading
// has an anchor of its own, links lead to anchors, admonitions are of known kinds and end.
func TestDocsAreASectionOfTheManual(t *testing.T) {
	heading := regexp.MustCompile(`^#+ .* \{#([\w-]+)\}$`)
	block := regexp.MustCompile(`^::: \{(?:\.(?:note|important|warning|caution|tip)|\.example #([\w-]+))\}$`)
	link := regexp.MustCompile(`\]\(#([\w-]+)\)`)
	var anchors, links []string
	open, title := "", false
	for _, line := range prose(t) {
		for _, m := range link.FindAllStringSubmatch(line, -1) {
			links = append(links, m[1])
		}
		switch m := heading.FindStringSubmatch(line); {
		case m != nil:
			anchors = append(anchors, m[1])
		case strings.HasPrefix(line, "#") && title:
			title = false // of an example
		case strings.HasPrefix(line, "#"):
			t.Errorf("no anchor: %s", line)
		case line == ":::":
			if open == "" || title {
				t.Errorf("an admonition ends that is none, or is an example without a title: %q", open)
			}
			open = ""
		case strings.HasPrefix(line, ":::"):
			m := block.FindStringSubmatch(line)
			if m == nil || open != "" {
				t.Errorf("%q within %q", line, open)
				continue
			}
			if open = line; m[1] != "" {
				anchors, title = append(anchors, m[1]), true
			}
		}
	}
	if open != "" {
		t.Errorf("%q has no end", open)
	}
	if len(anchors) < 20 {
		t.Fatalf("only %d anchors: the test does not read the page", len(anchors))
	}
	slices.Sort(anchors)
	if once := slices.Compact(slices.Clone(anchors)); len(once) != len(anchors) {
		t.Errorf("an anchor stands twice: %q", anchors)
	}
	for _, l := range links {
		if !slices.Contains(anchors, l) {
			t.Errorf("a link to #%s, which is no anchor", l)
		}
	}
}

// Rule: each line of the table of behaviour names tests of tests/nix that there are.
func TestBehaviourIsTested(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "nix", "*.nix"))
	if err != nil {
		t.Fatal(err)
	}
	var nix strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		nix.Write(text)
	}
	lines := prose(t)
	start := slices.Index(lines, "### How it behaves {#wheelautopatchhook-behaviour}")
	if start < 0 {
		t.Fatal("no table of behaviour")
	}
	rows := 0
	name := regexp.MustCompile("`([\\w-]+)`")
	for _, line := range lines[start+1:] {
		if strings.HasPrefix(line, "#") {
			break
		}
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || strings.HasPrefix(line, "| where") || strings.HasPrefix(line, "| ---") {
			continue
		}
		rows++
		named := name.FindAllStringSubmatch(cells[2], -1)
		if len(named) == 0 {
			t.Errorf("no test: %s", line)
		}
		for _, m := range named {
			if !regexp.MustCompile(`(?m)^ +` + m[1] + ` =`).MatchString(nix.String()) {
				t.Errorf("tests/nix has no %s", m[1])
			}
		}
	}
	if rows < 10 {
		t.Errorf("%d rows", rows)
	}
}

// Rule: what a derivation can say to the hook stands in its documentation.
func TestEveryVariableIsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "hook", "wheel-auto-patch-hook.sh"))
	if err != nil {
		t.Fatal(err)
	}
	docs := strings.Join(prose(t), "\n")
	found := 0
	for _, m := range regexp.MustCompile(`(?m)(?:wheelAutoPatchList \w+|\$\{)[ ]?((?:dontW|w)heelAutoPatch\w+|runtimeDependencies|appendRunpaths|patchelfFlags)`).FindAllStringSubmatch(string(text), -1) {
		found++
		internal := regexp.MustCompile(`^wheelAutoPatch(Active|Verified|Registered|Traced|Inputs|SearchPath)$`)
		if !internal.MatchString(m[1]) && !strings.Contains(docs, "`"+m[1]+"`") {
			t.Errorf("%s is not in docs/hook.md", m[1])
		}
	}
	if found < 10 {
		t.Errorf("%d variables found", found)
	}
}
