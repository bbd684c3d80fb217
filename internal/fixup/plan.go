package fixup

// This file decides what will be written into each object. It follows the
// order of resolution of the reference: the C library of the interpreter, the
// object's own path, the other objects of the outputs, --lib, the Python
// dependencies, the driver.

import (
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// A Plan says what will be written into each object and why. It is a pure
// value: making it writes nothing, applying it decides nothing.
type Plan struct {
	Loader   ldso.Loader
	Objects  []PlannedObject // one for each Object of the inventory that is ours, in its order
	Moves    []Move          // of the flat layout, done before the edits
	Problems []problem.Problem
	Together []Together
}

// A PlannedObject is an object, where its libraries will come from, and its
// edit.
type PlannedObject struct {
	Object
	Needs []PlannedNeed
	// Closure is what the loader must map for this object once the plan is
	// applied: real paths (ldso.File.Real), sorted, without the object itself and
	// the interpreter. Nil where something is missing, ignored or the driver's.
	Closure []string
	// Together tells that the loader's answers to Plan.Together do for this
	// object.
	Together bool
	Edit     *Edit // nil: nothing to write
}

// A PlannedNeed is one DT_NEEDED and the library that serves it.
type PlannedNeed struct {
	ldso.Need
	Status Status
}

// An Edit is one call of patchelf.
type Edit struct {
	Interpreter    string   // new PT_INTERP, empty keeps the old
	SetRunpath     bool     // whether Runpath is written at all
	Runpath        []string // the whole new path; empty removes the tag
	ForceRpath     bool     // the object has DT_RPATH and keeps that kind
	ClearExecstack bool
	Reasons        []string // one line for each change, for --verbose and --dry-run
}

// A Move places one bundled library in lib/ of the output and leaves a relative
// symbolic link to it in the old place. Both are absolute paths in one root.
type Move struct {
	From, To string
	// Equal is set where To already holds the same bytes: From becomes a link.
	Equal bool
}

// planner holds what all decisions look at.
type planner struct {
	inventory Inventory
	names     map[string][]string // Inventory.Names, as the moves leave them
	loader    ldso.Loader
	options   Options
	files     *overlay
	placed    map[string]string // old place of a moved library to the new one
	still     bool              // trees are only looked at
	shown     map[string]string // absolute path of an object to the one relative to its root
	dirs      realDirs
}

// MakePlan decides for the objects that the loader runs. It reads nothing but
// Inventory.Files.
func MakePlan(inv Inventory, loader ldso.Loader, target *elfobj.Object, o Options) Plan {
	p, plan := newPlanner(inv, loader, target, o)
	if o.Layout == LayoutFlat {
		moves, conflicts := p.flatten(plan.Objects)
		plan.Moves, plan.Problems = moves, append(plan.Problems, conflicts...)
	}
	p.planEdits(plan.Objects)
	return p.finish(plan)
}

// MakeStill is the plan of trees that are left as they are: where their
// libraries come from now. Nobody can patch an archive where it is: it is
// planned for as if it were installed.
func MakeStill(inv Inventory, loader ldso.Loader, target *elfobj.Object, o Options) Plan {
	p, plan := newPlanner(inv, loader, target, o)
	p.still = true
	p.planEdits(plan.Objects)
	return p.finish(plan)
}

// planEdits fills in the edit of every object that may be edited.
func (p *planner) planEdits(objects []PlannedObject) {
	p.each(objects, func(po *PlannedObject) {
		if !p.still || p.inArchive(po.Root) {
			o := po.Object
			o.File = p.at(o.File)
			po.Edit = p.edit(&o)
		}
	})
	for i := range objects {
		p.files.apply(&objects[i])
	}
}

func (p *planner) inArchive(root string) bool {
	return slices.ContainsFunc(p.inventory.Roots, func(r Root) bool { return r.Archive && r.Path == root })
}

// finish resolves every object of the plan and sorts what is wrong.
func (p *planner) finish(plan Plan) Plan {
	plan.Problems = append(plan.Problems, p.objectProblems(plan.Objects)...)
	plan.Problems = append(plan.Problems, p.resolve(&plan)...)
	problem.Sort(plan.Problems)
	return plan
}

func newPlanner(inv Inventory, loader ldso.Loader, target *elfobj.Object, o Options) (*planner, Plan) {
	ours, problems := selectOurs(inv, loader, target)
	plan := Plan{Loader: loader, Problems: problems}
	for _, obj := range ours {
		plan.Objects = append(plan.Objects, PlannedObject{Object: obj})
	}
	shown := make(map[string]string, len(ours))
	for _, obj := range ours {
		shown[obj.File] = obj.Path
	}
	return &planner{
		shown:     shown,
		inventory: inv,
		names:     inv.Names,
		loader:    loader,
		options:   o,
		dirs:      newRealDirs(inv),
		files:     &overlay{Files: inv.Files, edited: map[string]*elfobj.Object{}},
	}, plan
}

// each runs f for every object, Jobs at a time.
func (p *planner) each(objects []PlannedObject, f func(*PlannedObject)) {
	var g errgroup.Group
	g.SetLimit(max(1, p.options.Jobs))
	for i := range objects {
		g.Go(func() error { f(&objects[i]); return nil })
	}
	_ = g.Wait() // f returns no error
}
