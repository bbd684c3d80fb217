package providers

import (
	_ "embed"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

//go:embed sonames.tsv
var sonames string

// A table is sonames.tsv as read: each row when it is asked for, since a run asks for few.
type table struct {
	rows  []string                   // in the order of the file
	globs []glob                     // longest pattern first
	stems func() map[string][]string // sonames of rows by stem, in the order of the file
}

// exact returns the row of a soname. It panics at an error: the file is part of the
// program, and a test parses all of it.
func (t *table) exact(soname string) (Provider, bool) {
	i, ok := slices.BinarySearchFunc(t.rows, soname, func(row, soname string) int { return strings.Compare(sonameOf(row), soname) })
	if !ok {
		return Provider{}, false
	}
	_, p, err := parseRow(t.rows[i])
	if err != nil {
		panic(err)
	}
	return p, true
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
	t := &table{rows: make([]string, 0, strings.Count(text, "\n")+1)}
	last, n := "", 0
	for row := range strings.Lines(text) {
		n++
		row = strings.TrimSuffix(row, "\n")
		if strings.HasPrefix(row, "#") {
			continue
		}
		soname := sonameOf(row)
		if soname <= last {
			return nil, fmt.Errorf("providers: sonames.tsv:%d: %q does not sort after %q", n, soname, last)
		}
		last = soname
		prefix, suffix, ok := strings.Cut(soname, "*")
		if !ok {
			t.rows = append(t.rows, row)
			continue
		}
		_, p, err := parseRow(row)
		if err == nil && strings.Contains(suffix, "*") {
			err = fmt.Errorf("%q has a second *", soname)
		}
		if err != nil {
			return nil, fmt.Errorf("providers: sonames.tsv:%d: %w", n, err)
		}
		t.globs = append(t.globs, glob{prefix, suffix, p})
	}
	slices.SortStableFunc(t.globs, func(a, b glob) int {
		return len(b.prefix) + len(b.suffix) - len(a.prefix) - len(a.suffix)
	})
	t.stems = sync.OnceValue(func() map[string][]string {
		stems := make(map[string][]string, len(t.rows))
		for _, row := range t.rows {
			soname := sonameOf(row)
			stems[stem(soname)] = append(stems[stem(soname)], soname)
		}
		return stems
	})
	return t, nil
}

// sonameOf returns the first column of a row.
func sonameOf(row string) string {
	soname, _, _ := strings.Cut(row, "\t")
	return soname
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
