package explain

import (
	"fmt"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/layered"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
)

// The measures of the picture of the HTML page, in pixels.
const (
	boxWidth, boxHeight  = 232, 24
	columnGap, rowHeight = 100, 32
	margin               = 20
)

// A pageGraph is the picture: boxes and curves with their places, in pixels.
type pageGraph struct {
	Width, Height int
	Nodes         []pageNode
	Edges         []pageEdge
}

type pageNode struct {
	ID, Label, Group, Title, About string
	X, Y, TextY                    int
	Width, Height                  int
	Missing                        bool
}

type pageEdge struct{ From, To, Path string }

// groupTitles are the filters of the picture, in their order.
var groupTitles = []struct{ group, title string }{
	{"program", "programs"},
	{"extension", "extension modules"},
	{"plugin", "plugins"},
	{"bundled", "bundled libraries"},
	{string(supply.Promise), "manylinux promise"},
	{string(supply.Driver), "graphics driver"},
	{string(supply.Input), "named directories"},
	{string(supply.Nixpkgs), "from nixpkgs"},
	{string(supply.Dist), "other Python packages"},
	{string(supply.Unknown), "nobody known"},
}

// groupOf returns the filter that objects of a kind belong to.
func groupOf(k plan.Kind) string {
	return map[plan.Kind]string{plan.Program: "program", plan.Extension: "extension", plan.Plugin: "plugin", plan.Library: "bundled"}[k]
}

// graph returns the picture of all objects and all libraries from outside, but for
// the C library.
func (m Model) graph() pageGraph {
	var nodes []pageNode
	external := make([]int, len(m.external))
	for i, o := range m.objects {
		nodes = append(nodes, pageNode{
			ID: fmt.Sprintf("o%d", i), Label: shown(o.name()), Group: groupOf(o.Kind), Title: shown(o.Path),
			About: shown(string(o.Kind) + " of " + m.wheels[o.Wheel].label()),
		})
	}
	for i, e := range m.external {
		external[i] = -1
		if e.From == supply.Libc {
			continue
		}
		external[i] = len(nodes)
		nodes = append(nodes, pageNode{
			ID: fmt.Sprintf("e%d", i), Label: shown(e.Soname), Group: string(e.From), Title: shown(e.Soname),
			About: shown(title(e.From) + ": " + e.write()), Missing: e.From == supply.Nixpkgs || e.From == supply.Dist || e.From == supply.Unknown,
		})
	}
	g := make(layered.Graph, len(nodes))
	for i, o := range m.objects {
		for _, n := range o.Needs {
			to := n.Object
			if to < 0 {
				to = external[n.External]
			}
			if to >= 0 && !slices.Contains(g[i], to) {
				g[i] = append(g[i], to)
			}
		}
	}
	return arrange(nodes, g)
}

// arrange returns the picture of nodes, each in its place, and of the edges g.
func arrange(nodes []pageNode, g layered.Graph) pageGraph {
	spots := layered.Spots(g)
	out := pageGraph{Width: 2 * margin, Height: 2*margin + boxHeight}
	tallest := 0
	for _, s := range spots {
		tallest = max(tallest, s.Row)
	}
	count := map[int]int{}
	for _, s := range spots {
		count[s.Column]++
	}
	for i, s := range spots {
		// Columns are centred.
		top := (tallest + 1 - count[s.Column]) * rowHeight / 2
		n := &nodes[i]
		n.X, n.Y = margin+s.Column*(boxWidth+columnGap), margin+top+s.Row*rowHeight
		n.Width, n.Height, n.TextY = boxWidth, boxHeight, n.Y+boxHeight/2+4
		out.Width = max(out.Width, n.X+boxWidth+margin)
		out.Height = max(out.Height, n.Y+boxHeight+margin)
	}
	out.Nodes = nodes
	for from, tos := range g {
		for _, to := range tos {
			out.Edges = append(out.Edges, pageEdge{nodes[from].ID, nodes[to].ID, curve(nodes[from], nodes[to])})
		}
	}
	return out
}

// curve returns the path from the right side of one box to the left side of another
// (SVG 2, chapter 9). One that leads back swings out on both sides.
func curve(a, b pageNode) string {
	x1, y1, x2, y2 := a.X+boxWidth, a.Y+boxHeight/2, b.X, b.Y+boxHeight/2
	bend := max(columnGap/2, (x2-x1)/2)
	return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1+bend, y1, x2-bend, y2, x2, y2)
}

// filters returns the filters of the groups that have nodes.
func (g pageGraph) filters() []pageFilter {
	count := map[string]int{}
	for _, n := range g.Nodes {
		count[n.Group]++
	}
	var out []pageFilter
	for _, t := range groupTitles {
		if count[t.group] > 0 {
			out = append(out, pageFilter{t.group, t.title, count[t.group]})
		}
	}
	return out
}

// Short returns a label that fits the box. The template calls it.
func (n pageNode) Short() string {
	const room = 30
	r := []rune(n.Label)
	if len(r) > room {
		return string(r[:room-9]) + "…" + string(r[len(r)-8:])
	}
	return string(r)
}
