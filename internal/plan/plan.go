package plan

// This file decides what will be written into each object. It follows the
// order of resolution of the reference: the C library of the interpreter, the
// object's own path, the other objects of the outputs, --lib, the Python
// dependencies, the driver.

import (
	"context"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// A Plan says what will be written into each object and why. It is a pure
// value: making it writes nothing, applying it decides nothing.
type Plan struct {
	Loader   ldso.Loader
	Objects  []Object // one for each Object of the inventory that is ours, in its order
	Moves    []Move   // of the flat layout, done before the edits
	Problems []problem.Problem
	Batches  []Batch
}

// A PlannedObject is an object, where its libraries will come from, and its
// edit.
type Object struct {
	tree.Object
	Kind  Kind
	Needs []Need
	// Opens has for each .note.dlopen of the object a file of its own output that
	// answers to one of the names, or nil. It is set only where a tree is looked at
	// as it is.
	Opens []*Candidate
	// Closure is what the loader must map for this object once the plan is
	// applied: real paths (ldso.File.Real), sorted, without the object itself and
	// the interpreter. Nil where something is missing, ignored or the driver's.
	Closure []string
	// Together tells that the loader's answers to Plan.Together do for this
	// object.
	Batched bool
	Edit    *Edit // nil: nothing to write
}

// A PlannedNeed is one DT_NEEDED and the library that serves it.
type Need struct {
	ldso.Need
	Status Status
	// Unreached is a file that would serve, though the object's search does not
	// lead there: what patching would write a RUNPATH for. It is set only where a
	// tree is looked at as it is and the library is missing.
	Unreached *Candidate
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
	inventory tree.Inventory
	names     map[string][]string // Inventory.Names, as the moves leave them
	loader    ldso.Loader
	libcDir   string
	options   Options
	files     *overlay
	placed    map[string]string // old place of a moved library to the new one
	asIs      bool              // trees are only looked at
	shown     map[string]string // absolute path of an object to the one relative to its root
	dirs      realDirs
}

// PlanOptions is what the packager decides of a plan. All paths are absolute.
type Options struct {
	Libs                []string // searched in order, without subdirectories
	PythonLibs          []string // site-packages of Python dependencies
	RuntimeDependencies []string // added to the RUNPATH of programs whether needed or not
	AppendRpaths        []string // added to the RUNPATH of every object
	IgnoreMissing       []string // SONAME-GLOB or FILE-GLOB:SONAME-GLOB
	Layout              Layout
	KeepLibc            bool   // keep and add directories of the C library
	ClearExecstack      bool   // clear the flag of executable stacks
	Jobs                int    // objects planned for at once
	StoreDir            string // the Nix store: what lies in it may stay in a RUNPATH
}

// A Layout says where bundled libraries end.
type Layout string

// The layouts.
const (
	Origin Layout = "origin" // files stay where they are
	Flat   Layout = "flat"   // bundled libraries go to lib/ of the output
)

// MakePlan decides for the objects that the loader runs. It reads nothing but
// Inventory.Files.
func Make(inv tree.Inventory, target Target, o Options) Plan {
	p, plan := newPlanner(inv, target, o)
	if o.Layout == Flat {
		moves, conflicts := p.flatten(plan.Objects)
		plan.Moves, plan.Problems = moves, append(plan.Problems, conflicts...)
	}
	p.planEdits(plan.Objects)
	return p.finish(plan)
}

// MakeStill is the plan of trees that are left as they are: where their
// libraries come from now. Nobody can patch an archive where it is: it is
// planned for as if it were installed.
func AsIs(inv tree.Inventory, target Target, o Options) Plan {
	p, plan := newPlanner(inv, target, o)
	p.asIs = true
	p.planEdits(plan.Objects)
	return p.finish(plan)
}

// planEdits fills in the edit of every object that may be edited.
func (p *planner) planEdits(objects []Object) {
	p.each(len(objects), func(i int) {
		po := &objects[i]
		if !p.asIs || po.Root.Archive {
			o := po.Object
			o.File = p.at(o.File)
			po.Edit = p.edit(&o)
		}
	})
	for i := range objects {
		p.files.apply(&objects[i])
	}
}

// finish resolves every object of the plan and sorts what is wrong.
func (p *planner) finish(plan Plan) Plan {
	plan.Problems = append(plan.Problems, p.objectProblems(plan.Objects)...)
	unmet, searches := p.resolve(plan.Objects)
	plan.Problems = append(plan.Problems, p.unmetProblems(plan.Objects, unmet)...)
	p.batch(&plan, searches)
	problem.Sort(plan.Problems)
	return plan
}

func newPlanner(inv tree.Inventory, target Target, o Options) (*planner, Plan) {
	ours, problems := selectTarget(inv, target)
	plan := Plan{Loader: target.Loader, Problems: problems}
	for _, obj := range ours {
		plan.Objects = append(plan.Objects, Object{Object: obj})
	}
	shown := make(map[string]string, len(ours))
	for _, obj := range ours {
		shown[obj.File] = obj.Path
	}
	return &planner{
		shown:     shown,
		inventory: inv,
		names:     inv.Names,
		loader:    target.Loader,
		libcDir:   target.LibcDir,
		options:   o,
		dirs:      newRealDirs(inv),
		files:     &overlay{Files: inv.Files, edited: map[string]*elfobj.Object{}},
	}, plan
}

// each calls f for 0 to n-1, Jobs at a time.
func (p *planner) each(n int, f func(i int)) {
	// Neither f nor the context ends it.
	_ = pool.Each(context.Background(), p.options.Jobs, n, func(_ context.Context, i int) error { f(i); return nil })
}

// A Status is what became of a need.
type Status string

// The statuses of a need.
const (
	Found   Status = "found"
	Missing Status = "missing"
	Ignored Status = "ignored"
)
