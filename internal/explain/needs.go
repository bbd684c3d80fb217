package explain

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// ErrNoMatch is the error of [Text] where nothing needs what was asked for, which it has
// written.
var ErrNoMatch = errors.New("nothing here needs it")

// needs answers --needs: it writes each object that needs a library whose name matches the
// glob, where the library comes from, and the way from a root of the tree down to the object.
func (t *text) needs(glob string) {
	is := func(name string) bool {
		ok, err := path.Match(glob, name)
		return name == glob || ok && err == nil
	}
	found := false
	for i, o := range t.m.objects {
		for _, n := range o.Needs {
			if !is(n.Soname) && (n.Object < 0 || !is(t.m.objects[n.Object].Soname) && !is(filepath.Base(t.m.objects[n.Object].Path))) {
				continue
			}
			found = true
			t.line(t.bold(words.Printable(o.Path)) + "  " + t.dim(words.Printable(t.m.wheels[o.Wheel].label())))
			t.need("  needs ", n, map[int]bool{})
			t.places("  ", o, n)
			if chain := t.m.chainTo(i); len(chain) > 1 {
				t.line("  loaded by " + words.Printable(strings.Join(chain[:len(chain)-1], " -> ")))
			}
		}
	}
	for _, o := range t.m.opened {
		if slices.ContainsFunc(o.Names, is) {
			found = true
			t.line(t.bold(words.Printable(t.m.objects[o.Object].Path)) + t.dim(" opens it by name; "+words.Printable(o.title())))
		}
	}
	for _, g := range t.m.guesses {
		if is(g.Soname) {
			found = true
			t.line(t.bold(words.Printable(g.File)) + t.dim(fmt.Sprintf(" line %d, a guess: %s", g.Line, g.Call)))
		}
	}
	if !found {
		t.line("nothing here needs " + words.Printable(glob))
		t.unmatched = ErrNoMatch
	}
}

// chainTo returns the shortest way from an object that nothing needs down to obj.
func (m Model) chainTo(obj int) []string {
	parent := map[int]int{obj: -1}
	queue := []int{obj}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if len(m.objects[at].NeededBy) == 0 {
			var chain []string
			for ; at >= 0; at = parent[at] {
				chain = append(chain, m.objects[at].Path)
			}
			return chain
		}
		for _, by := range m.objects[at].NeededBy {
			if _, seen := parent[by]; !seen {
				parent[by] = at
				queue = append(queue, by)
			}
		}
	}
	return []string{m.objects[obj].Path}
}
