package pipeline

import (
	"context"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/explain"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// ExplainOptions says what a view shows beside the objects.
type ExplainOptions struct {
	Hash   bool     // the sha256 of each .whl
	Bill   bool     // the sha256 of each object, and the bills of materials that wheels bring along
	Plan   bool     // what patching would write
	Extras []string // whose dependencies are meant too
}

// Explain returns the model of wheels and trees as they are, which the views show. It
// asks no loader and writes nothing.
func Explain(ctx context.Context, paths []string, o Options, e ExplainOptions) (explain.Model, error) {
	gather := explain.Options{Libs: o.Libs, PythonLibs: o.PythonLibs, Jobs: o.Jobs, Hash: e.Hash, Bill: e.Bill, Extras: e.Extras}
	if e.Plan {
		gather.Preview = func(inv tree.Inventory) plan.Plan { return plan.Preview(inv, o.planning(), o.target()) }
	}
	source, err := explain.Gather(ctx, paths, gather)
	if err != nil {
		return explain.Model{}, err
	}
	return explain.Build(source), nil
}
