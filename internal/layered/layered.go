// Package layered places the nodes of a directed graph in columns, so that a node stands
// left of those that it leads to. It follows Sugiyama, Tagawa and Toda, "Methods for visual
// understanding of hierarchical system structures", without their dummy nodes.
//
// explain draws its picture by it. It leaves out all measures: a place is a column and a
// row. It is pure, and the same for one graph always.
package layered

import (
	"cmp"
	"slices"
)

// A Graph has for each node, by number, the nodes that it leads to.
type Graph [][]int

// A Spot is the place of a node.
type Spot struct{ Column, Row int }

// Spots returns the spot of each node.
func Spots(g Graph) []Spot {
	column := columns(g)
	rows := make([][]int, 1+slices.Max(append(column, 0)))
	for node, c := range column {
		rows[c] = append(rows[c], node)
	}
	reduceCrossings(g, rows)
	spots := make([]Spot, len(g))
	for c, nodes := range rows {
		for r, node := range nodes {
			spots[node] = Spot{c, r}
		}
	}
	return spots
}

// columns returns for each node the length of the longest way to it. Edges that
// close a cycle do not count.
func columns(g Graph) []int {
	order, back := topological(g)
	column := make([]int, len(g))
	for _, from := range order {
		for _, to := range g[from] {
			if !back[[2]int{from, to}] {
				column[to] = max(column[to], column[from]+1)
			}
		}
	}
	return column
}

// topological returns the nodes sorted so that edges lead forward, and the edges
// that do not, because they close a cycle.
func topological(g Graph) (order []int, back map[[2]int]bool) {
	const (
		fresh = iota
		open
		closed
	)
	state := make([]int, len(g))
	back = map[[2]int]bool{}
	type frame struct{ node, next int }
	for root := range g {
		if state[root] != fresh {
			continue
		}
		// A stack instead of recursion: a chain of libraries may be long.
		stack := []frame{{root, 0}}
		state[root] = open
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(g[top.node]) {
				state[top.node] = closed
				order = append(order, top.node)
				stack = stack[:len(stack)-1]
				continue
			}
			to := g[top.node][top.next]
			top.next++
			switch state[to] {
			case open:
				back[[2]int{top.node, to}] = true
			case fresh:
				state[to] = open
				stack = append(stack, frame{to, 0})
			}
		}
	}
	slices.Reverse(order)
	return order, back
}

// sweeps is how often the columns are sorted, from left to right and back in turn.
const sweeps = 6

// reduceCrossings sorts the nodes of each column by the mean row of their
// neighbours.
func reduceCrossings(g Graph, rows [][]int) {
	row := make([]float64, len(g))
	near := make([][]int, len(g))
	for from := range g {
		for _, to := range g[from] {
			near[from] = append(near[from], to)
			near[to] = append(near[to], from)
		}
	}
	number := func() {
		for _, nodes := range rows {
			for r, node := range nodes {
				row[node] = (float64(r) + 0.5) / float64(len(nodes))
			}
		}
	}
	number()
	for sweep := range sweeps {
		for k := range rows {
			c := k
			if sweep%2 == 1 {
				c = len(rows) - 1 - k
			}
			mean := map[int]float64{}
			for _, node := range rows[c] {
				mean[node] = row[node]
				if n := len(near[node]); n > 0 {
					sum := 0.0
					for _, other := range near[node] {
						sum += row[other]
					}
					mean[node] = sum / float64(n)
				}
			}
			slices.SortStableFunc(rows[c], func(a, b int) int { return cmp.Or(cmp.Compare(mean[a], mean[b]), cmp.Compare(a, b)) })
			for r, node := range rows[c] {
				row[node] = (float64(r) + 0.5) / float64(len(rows[c]))
			}
		}
	}
}
