package problem

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/problems.md anew")

// declaredCodes reads the constants of code.go, so that a new one cannot be
// forgotten.
func declaredCodes(t *testing.T) []Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "code.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []Code
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			s, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, Code(s))
		}
		return true
	})
	slices.Sort(codes)
	return codes
}

// Every code has a page and every page a code.
func TestEveryCodeHasAPage(t *testing.T) {
	if want, got := declaredCodes(t), Codes(); !slices.Equal(want, got) {
		t.Errorf("codes %q\npages %q", want, got)
	}
}

// Every page has the same five parts, in order, and its example shows its code.
func TestPagesHaveAllParts(t *testing.T) {
	for _, c := range Codes() {
		page, _ := Page(c)
		rest := page
		for _, part := range []string{"# " + string(c) + "\n", "\nSeverity: ", "\n## Why it matters\n", "\n## Example\n", ": " + string(c) + ": ", "\n## What to do\n"} {
			var ok bool
			if _, rest, ok = strings.Cut(rest, part); !ok {
				t.Errorf("%s: no %q, or not in order", c, part)
				break
			}
		}
	}
	if _, ok := Page("../problem"); ok {
		t.Error("a page outside the folder")
	}
}

// reference returns all pages as the one document docs/problems.md.
func reference() string {
	var b strings.Builder
	b.WriteString(`<!-- Made from internal/problem/pages by: go test ./internal/problem -run TestDocs -update -->
# Problems

Everything that wheel-auto-patch can find wrong has a lasting code. Only a problem of
severity error makes the exit status 1. ` + "`explain`" + ` only looks: in its JSON the same problems
are warnings and notices. ` + "`wheel-auto-patch reference CODE`" + ` prints one of these pages; their
examples are what the program printed in the scripts of ` + "`tests/cli/pages`" + `, without the hashes
of store paths.

| code | severity |
| --- | --- |
`)
	for _, c := range Codes() {
		page, _ := Page(c)
		_, rest, _ := strings.Cut(page, "Severity: ")
		severity, _, _ := strings.Cut(rest, "\n")
		b.WriteString("| [" + string(c) + "](#" + string(c) + ") | " + severity + " |\n")
	}
	for _, c := range Codes() {
		page, _ := Page(c)
		b.WriteString("\n")
		for line := range strings.Lines(page) {
			if strings.HasPrefix(line, "#") {
				line = "#" + line
			}
			b.WriteString(line)
		}
	}
	return b.String()
}

// docs/problems.md is made from the pages.
func TestDocs(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "problems.md")
	if *update {
		if err := os.WriteFile(file, []byte(reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != reference() {
		t.Errorf("%s is out of date: go test ./internal/problem -run TestDocs -update", file)
	}
}
