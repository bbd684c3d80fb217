package explain

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/nixexpr"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

//go:embed page/page.html
var pageHTML string

//go:embed page/page.css
var pageCSS string

//go:embed page/page.js
var pageJS string

// HTML writes one page with the graph as a picture, tables of the same facts, and
// the Nix expression. The page loads nothing and needs no network.
func HTML(w io.Writer, m Model) error {
	t, err := template.New("page").Funcs(template.FuncMap{"pieces": pieces}).Parse(pageHTML)
	if err != nil {
		return err
	}
	page, err := newPage(m)
	if err != nil {
		return err
	}
	return t.Execute(w, page)
}

// A page is what the template page.html shows. No character of it is hidden: what a
// wheel says goes through [shown], for html/template escapes only what HTML reads.
type page struct {
	Title    string
	CSS      template.CSS
	JS       template.JS
	Wheels   []pageWheel
	Outside  []pageOutside
	Missing  int // of Outside
	Filters  []pageFilter
	Graph    pageGraph
	Nix      string
	Large    bool // tables come first, and long ones scroll in themselves
	Objects  []pageObject
	Guesses  []pageGuess
	Problems []pageProblem
}

type pageWheel struct {
	Name, Version, Tag, Damage, Misfit, Record, Wants, Kinds, Python, System, Modules string
	Archive, RecordGood, ModulesGood                                                  bool
}

type pageOutside struct {
	Soname, From, Title, Write, Note string
	NeededBy                         []string
	More                             int // objects that NeededBy leaves out
	Count                            int
	Missing                          bool
}

type pageFilter struct {
	Group, Title string
	Count        int
}

type pageObject struct {
	Path, Kind, Machine, Soname, Runpath string
	Needs                                []string
	Missing                              bool // some of them
}

// neededByShown is how many objects a row of the page names.
const neededByShown = 40

type pageGuess struct{ Soname, Where, From string }

type pageProblem struct{ Severity, Code, Path, Message, Details, Hint string }

func newPage(m Model) (page, error) {
	p := page{Title: shown(m.title()), CSS: template.CSS(pageCSS), JS: template.JS(pageJS)} //nolint:gosec // our own files
	plain := &text{m: m}
	for i, w := range m.wheels {
		p.Wheels = append(p.Wheels, pageWheel{
			Name: shown(w.label()), Version: shown(w.Version), Tag: shown(w.File.Tags()), Damage: shown(w.Damage), Misfit: shown(w.Misfit), Archive: w.Archive,
			Record: strings.TrimSuffix(plain.record(w.Record), " (contents: wheel-auto-patch verify)"),
			Wants:  shown(m.versionLine(i)), Kinds: plain.kinds(i),
			RecordGood: w.Record.good(), Python: w.pythonLine(), System: shown(w.systemLine()), Modules: shown(cmp.Or(w.WrongPython, w.modulesLine())),
			ModulesGood: w.WrongPython == "",
		})
	}
	for _, e := range m.external {
		if e.From == supply.Libc {
			continue
		}
		o := pageOutside{
			Soname: shown(e.Soname), From: string(e.From), Title: title(e.From),
			Note: shown(e.Note), Write: shown(e.write()), Missing: e.lacking(), Count: len(e.NeededBy),
			More: max(0, len(e.NeededBy)-neededByShown),
		}
		for _, obj := range e.NeededBy[:len(e.NeededBy)-o.More] {
			o.NeededBy = append(o.NeededBy, shown(m.objects[obj].Path))
		}
		p.Outside = append(p.Outside, o)
		if o.Missing {
			p.Missing++
		}
	}
	// Libraries for which something must be done come first.
	rank := func(o pageOutside) int { return -slices.Index(supply.Suppliers(), supply.Supplier(o.From)) }
	slices.SortStableFunc(p.Outside, func(a, b pageOutside) int { return cmp.Compare(rank(a), rank(b)) })
	for _, o := range m.objects {
		row := pageObject{
			Path: shown(o.Path), Kind: string(o.Kind), Machine: shown(o.Machine),
			Soname: shown(o.Soname), Runpath: shown(strings.Join(o.Runpath, ":")),
		}
		for _, n := range o.Needs {
			row.Needs = append(row.Needs, shown(n.Soname))
			row.Missing = row.Missing || n.Object < 0 && m.external[n.External].lacking()
		}
		p.Objects = append(p.Objects, row)
	}
	for i := range m.wheels {
		for _, g := range m.openedGroups(i) {
			p.Guesses = append(p.Guesses, pageGuess{g.names(true), shown(m.namedIn(g)), shown(g.title())})
		}
	}
	for _, g := range m.guesses {
		p.Guesses = append(p.Guesses, pageGuess{shown(g.Soname), shown(fmt.Sprintf("%s:%d", g.File, g.Line)), shown(g.title())})
	}
	for _, q := range m.allProblems() {
		if q.PathSaid {
			q.Path = ""
		}
		p.Problems = append(p.Problems, pageProblem{
			Severity: q.Severity.String(), Code: string(q.Code), Path: shown(q.Path), Message: shown(q.Message),
			Details: strings.Join(q.Lines(), "\n"), Hint: shownLines(q.Advice()),
		})
	}
	var nix bytes.Buffer
	if err := nixexpr.Write(&nix, m.Packages()); err != nil {
		return p, err
	}
	p.Nix = nix.String()
	p.Graph = m.graph()
	p.Large = p.Graph.Folded
	p.Filters = p.Graph.filters()
	return p, nil
}

// pieces returns a path in pieces between which a line may be broken.
func pieces(path string) []string { return strings.SplitAfter(path, "/") }

// shown returns text of a wheel as all views show it.
func shown(s string) string { return words.Printable(s) }

// shownLines is shown of each line.
func shownLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = shown(lines[i])
	}
	return strings.Join(lines, "\n")
}

func (m Model) title() string {
	if len(m.wheels) == 1 {
		w := m.wheels[0]
		return strings.TrimSpace(w.label() + " " + w.Version)
	}
	return words.Count(len(m.wheels), "wheel")
}

// write returns what to write in a derivation for a library from outside.
func (e external) write() string {
	switch e.From {
	case supply.Nixpkgs:
		return problem.BuildInputs([]string{e.Attr})
	case supply.Dist:
		if len(e.Dists) > 0 {
			return problem.Dependencies(e.Dists[:1])
		}
	case supply.Promise:
		return "nothing: the hook hands in " + e.Attr
	case supply.Libc:
		return "nothing: it comes with the interpreter"
	case supply.Driver:
		return "nothing: it comes with the driver"
	case supply.Input:
		return path.Dir(e.File)
	}
	return problem.NixLocate([]string{e.Soname})
}
