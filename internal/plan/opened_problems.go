package plan

import (
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
)

// openedProblems returns what is to be told of libraries that objects open by name and do
// not find, each once for all objects that open it. What a pattern ignores is marked.
func (p *planner) openedProblems(objects []Object, ignore *ignores) []problem.Problem {
	asking := supply.NewWheel(p.inventory.Dists, p.inventory.Tags)
	var missing []supply.Opened
	index := map[string]int{}
	for i := range objects {
		po := &objects[i]
		for k := range po.Opens {
			open := &po.Opens[k]
			if open.Status != Missing && open.Unfit == "" || p.asIs && open.Via == ldso.Driver {
				continue
			}
			if slices.ContainsFunc(open.Names, func(name string) bool { return ignore.match(po.Path, name) }) {
				open.Status = ignored
				continue
			}
			key := strings.Join(open.Names, "\x00")
			if open.required() {
				key = "\x00" + key
			}
			at, ok := index[key]
			if !ok {
				at = len(missing)
				index[key] = at
				missing = append(missing, supply.Opened{Names: open.Names, Wheel: asking, Required: open.required(), Unfit: open.Unfit})
			}
			missing[at].By = append(missing[at].By, po.Path)
			if open.Unreached != nil && missing[at].Unreached == "" {
				missing[at].Unreached = open.Unreached.Path
			}
		}
	}
	return supply.OpenedTogether(missing)
}
