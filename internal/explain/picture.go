package explain

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/layered"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// The measures of the picture of the HTML page, in pixels.
const (
	boxWidth, boxHeight  = 232, 24
	columnGap, rowHeight = 100, 32
	margin               = 20
	tallRows             = 24 // that do not all fit in the view
)

// foldAbove is how many objects a picture shows one by one. Of more, those that nothing in
// the wheels needs are folded by their folders, and only edges that are asked for are drawn.
const foldAbove = 100

// foldDepth is how deep these folders lie: in those of Qt's qml each plugin is alone.
const foldDepth = 3

// A pageGraph is the picture: boxes with their places, in pixels, and what leads to what.
type pageGraph struct {
	Folded bool
	Nodes  []pageNode
	Data   pageData
}

// A pageData is what the script of the page reads. Numbers are indices of nodes.
type pageData struct {
	Fold    bool                 `json:"fold"`
	Edges   [][2]int             `json:"edges"`
	Members map[int][]pageMember `json:"members"` // of folders, by node
}

// A pageMember is an object of a folder, and the nodes that it needs.
type pageMember struct {
	Title string `json:"title"`
	To    []int  `json:"to"`
}

type pageNode struct {
	ID, Label, Group, Title, About string
	X, Y, Width, Height            int
	Missing                        bool
	Count                          int // objects that it stands for
}

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
	d := &drawing{m: m, fold: len(m.objects) > foldAbove, folders: map[folder]int{}, members: map[int][]int{}}
	d.count()
	for i := range m.objects {
		d.object(i)
	}
	external := make([]int, len(m.external))
	for i, e := range m.external {
		external[i] = -1
		if e.From == supply.Libc {
			continue
		}
		external[i] = len(d.nodes)
		d.nodes = append(d.nodes, pageNode{
			ID: fmt.Sprintf("e%d", i), Label: shown(e.Soname), Group: string(e.From), Title: shown(e.Soname),
			About: shown(title(e.From) + ": " + e.write()), Missing: e.lacking(), Count: 1,
		})
	}
	out := pageGraph{Folded: d.fold, Data: pageData{Fold: d.fold, Edges: [][2]int{}, Members: map[int][]pageMember{}}}
	g := make(layered.Graph, len(d.nodes))
	for i, o := range m.objects {
		var to []int
		for _, n := range o.Needs {
			at := -1
			if n.Object >= 0 {
				at = d.nodeOf[n.Object]
			} else {
				at = external[n.External]
			}
			if at >= 0 && at != d.nodeOf[i] && !slices.Contains(to, at) {
				to = append(to, at)
			}
		}
		from := d.nodeOf[i]
		for _, at := range to {
			if !slices.Contains(g[from], at) {
				g[from] = append(g[from], at)
			}
		}
		if d.members[from] != nil {
			out.Data.Members[from] = append(out.Data.Members[from], pageMember{shown(o.Path), append([]int{}, to...)})
		}
	}
	for from, tos := range g {
		for _, to := range tos {
			out.Data.Edges = append(out.Data.Edges, [2]int{from, to})
		}
	}
	out.Nodes = arrange(d.nodes, g)
	return out
}

// lacking reports whether something is to be done for the library.
func (e external) lacking() bool {
	return e.From == supply.Nixpkgs || e.From == supply.Dist || e.From == supply.Unknown
}

// A drawing is a picture in the making.
type drawing struct {
	m       Model
	fold    bool
	nodes   []pageNode
	nodeOf  []int          // of each object
	folders map[folder]int // the node of each folder, -1 where it has one object alone
	members map[int][]int  // objects of the nodes that are folders
}

// A folder holds objects of one kind that nothing in the wheels needs.
type folder struct {
	wheel int
	kind  plan.Kind
	dir   string
}

func (d *drawing) folderOf(i int) (f folder, folded bool) {
	o := d.m.objects[i]
	parts := strings.Split(path.Dir(o.Path), "/")
	return folder{o.Wheel, o.Kind, strings.Join(parts[:min(len(parts), foldDepth)], "/")}, d.fold && len(o.NeededBy) == 0
}

// count finds the folders that hold several objects.
func (d *drawing) count() {
	n := map[folder]int{}
	for i := range d.m.objects {
		if f, folded := d.folderOf(i); folded {
			n[f]++
		}
	}
	for f, count := range n {
		if count < 2 {
			d.folders[f] = -1
		}
	}
}

// object gives an object its node, or that of its folder.
func (d *drawing) object(i int) {
	o := d.m.objects[i]
	f, folded := d.folderOf(i)
	at, known := d.folders[f]
	switch {
	case !folded || known && at < 0:
		at = len(d.nodes)
		d.nodes = append(d.nodes, pageNode{
			ID: fmt.Sprintf("o%d", i), Label: shown(o.name()), Group: groupOf(o.Kind), Title: shown(o.Path),
			About: shown(string(o.Kind) + " of " + d.m.wheels[o.Wheel].label()), Count: 1,
		})
	case !known:
		at = len(d.nodes)
		d.folders[f] = at
		d.nodes = append(d.nodes, pageNode{ID: fmt.Sprintf("f%d", i), Group: groupOf(o.Kind)})
		fallthrough
	default:
		d.members[at] = append(d.members[at], i)
		n := &d.nodes[at]
		n.Count++
		n.Label, n.Title = shown(fmt.Sprintf("%s/ (%d)", f.dir, n.Count)), shown(f.dir+"/")
		n.About = shown(words.Count(n.Count, string(f.kind)) + " of " + d.m.wheels[o.Wheel].label())
	}
	d.nodeOf = append(d.nodeOf, at)
}

// arrange returns the nodes, each in its place.
func arrange(nodes []pageNode, g layered.Graph) []pageNode {
	spots := layered.Spots(g)
	tallest := 0
	count := map[int]int{}
	for _, s := range spots {
		tallest = max(tallest, s.Row)
		count[s.Column]++
	}
	for i, s := range spots {
		// Columns are centred, but where that leaves the top of a tall picture empty.
		top := (tallest + 1 - count[s.Column]) * rowHeight / 2
		if tallest >= tallRows {
			top = 0
		}
		n := &nodes[i]
		n.X, n.Y = margin+s.Column*(boxWidth+columnGap), margin+top+s.Row*rowHeight
		n.Width, n.Height = boxWidth, boxHeight
	}
	return nodes
}

// filters returns the filters of the groups that have nodes.
func (g pageGraph) filters() []pageFilter {
	count := map[string]int{}
	for _, n := range g.Nodes {
		count[n.Group] += n.Count
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
