package explain

import (
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/bill"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
)

// Bill returns what the bill of materials lists. The model must be that of sources that were
// gathered with Options.Hash and Options.Bill.
func (m Model) Bill() bill.Contents {
	var out bill.Contents
	for _, w := range m.wheels {
		item := bill.Wheel{
			Name: w.Name, Version: w.Version, Path: w.Path, Archive: w.Archive, SHA256: w.SHA256, Dist: w.Dist, SBOMs: w.SBOMs, Dists: w.Dists,
		}
		if len(w.Dists) == 1 {
			item.Dist, item.Dists = w.Dists[0], nil
		}
		out.Wheels = append(out.Wheels, item)
	}
	for _, o := range m.objects {
		item := bill.Object{
			Wheel: o.Wheel, Path: o.Path, Kind: string(o.Kind), Machine: o.Machine, Soname: o.Soname,
			Program: o.Kind == plan.Program, BuildID: o.BuildID, SHA256: o.SHA256,
		}
		for _, n := range o.Needs {
			if n.Object >= 0 {
				item.Needs = append(item.Needs, n.Object)
			} else {
				item.Outside = append(item.Outside, n.Soname)
			}
		}
		out.Objects = append(out.Objects, item)
	}
	return out
}
