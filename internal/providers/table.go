package providers

import (
	"bufio"
	_ "embed"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

//go:embed sonames.tsv
var sonames string

// A table is sonames.tsv as read.
type table struct {
	exact map[string]Provider
	globs []glob              // longest pattern first
	stems map[string][]string // sonames of exact rows by stem, in the order of the file
}

// A glob is a row whose soname has one *.
type glob struct {
	prefix, suffix string
	provider       Provider
}

func (g glob) match(soname string) (text string, ok bool) {
	if len(soname) <= len(g.prefix)+len(g.suffix) ||
		!strings.HasPrefix(soname, g.prefix) || !strings.HasSuffix(soname, g.suffix) {
		return "", false
	}
	text = soname[len(g.prefix) : len(soname)-len(g.suffix)]
	return text, !strings.Contains(text, "/")
}

// loadTable parses sonames.tsv once. It panics at an error: the file is part of the
// program, and a test parses it.
var loadTable = sync.OnceValue(func() *table {
	t, err := parseTable(sonames)
	if err != nil {
		panic(err)
	}
	return t
})

// parseTable reads the format that the head of sonames.tsv describes.
func parseTable(text string) (*table, error) {
	rows := strings.Count(text, "\n")
	t := &table{exact: make(map[string]Provider, rows), stems: make(map[string][]string, rows)}
	last := ""
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		soname, p, err := parseRow(lines.Text())
		if err == nil && soname <= last {
			err = fmt.Errorf("%q does not sort after %q", soname, last)
		}
		if err != nil {
			return nil, fmt.Errorf("providers: sonames.tsv:%d: %w", n, err)
		}
		last = soname
		if prefix, suffix, ok := strings.Cut(soname, "*"); ok {
			t.globs = append(t.globs, glob{prefix, suffix, p})
			continue
		}
		t.exact[soname] = p
		t.stems[stem(soname)] = append(t.stems[stem(soname)], soname)
	}
	slices.SortStableFunc(t.globs, func(a, b glob) int {
		return len(b.prefix) + len(b.suffix) - len(a.prefix) - len(a.suffix)
	})
	return t, lines.Err()
}

func parseRow(line string) (soname string, p Provider, err error) {
	f := strings.Split(line, "\t")
	if len(f) != 5 {
		return "", p, fmt.Errorf("%d columns instead of 5", len(f))
	}
	if f[0] == "" {
		return "", p, fmt.Errorf("no soname")
	}
	p = Provider{Attr: f[1], Note: f[4]}
	if f[2] != "" {
		p.Dists = strings.Split(f[2], ",")
	}
	for _, flag := range strings.FieldsFunc(f[3], func(r rune) bool { return r == ',' }) {
		if below, ok := strings.CutPrefix(flag, "below="); ok && filepath.IsLocal(below) {
			p.Below = below
			continue
		}
		set := p.flag(flag)
		if set == nil {
			return "", p, fmt.Errorf("unknown flag %q", flag)
		}
		*set = true
	}
	return f[0], p, nil
}

// flag returns the field that a word of the flags column sets, or nil.
func (p *Provider) flag(word string) *bool {
	switch word {
	case "musl":
		return &p.Musl
	case "optional":
		return &p.Optional
	case "unfree":
		return &p.Unfree
	case "alternative":
		return &p.Alternative
	}
	return nil
}
