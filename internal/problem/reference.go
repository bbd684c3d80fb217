package problem

import (
	"embed"
	"io/fs"
	"strings"
)

// This file is the reference: a page for each code.

//go:embed pages/*.md
var pages embed.FS

// Codes gives every code that has a page, sorted.
func Codes() []Code {
	names, err := fs.Glob(pages, "pages/*.md") // sorted
	if err != nil {
		panic(err) // the pattern is constant
	}
	codes := make([]Code, len(names))
	for i, n := range names {
		codes[i] = Code(strings.TrimSuffix(strings.TrimPrefix(n, "pages/"), ".md"))
	}
	return codes
}

// Page gives the page of a code as Markdown: what it means, why it matters, an
// example and what to do.
func Page(c Code) (string, bool) {
	text, err := pages.ReadFile("pages/" + string(c) + ".md")
	return string(text), err == nil
}

// Reference gives all pages as the one document docs/problems.md.
func Reference() string {
	var b strings.Builder
	b.WriteString(`<!-- Made from internal/problem/pages by: go test ./internal/problem -run TestDocs -update -->
# Problems

Everything that wheel-auto-patch can find wrong has a lasting code. Only a problem of
severity error makes the exit status 1. ` + "`wheel-auto-patch reference CODE`" + ` prints one of
these pages.

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
