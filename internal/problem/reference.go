package problem

import (
	"embed"
	"io/fs"
	"strings"
)

// The reference: a page for each code. Its examples are made by
// cmd/wheel-auto-patch, TestPages.

//go:embed pages/*.md
var pages embed.FS

// Codes returns every code that has a page, sorted.
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

// Page returns the page of a code as Markdown: what it means, why it matters, an
// example and what to do.
func Page(c Code) (string, bool) {
	text, err := pages.ReadFile("pages/" + string(c) + ".md")
	return string(text), err == nil
}
