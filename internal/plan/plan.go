// Package plan decides what patchelf is to write into each object of wheels and
// directory trees, and computes where the loader will find each library then.
//
// It follows gABI chapter 5 and ld.so(8), whose search package ldso computes. A
// library that this search does not find is taken from the other objects of the
// outputs, then --lib, then the Python dependencies, then the driver's directory.
//
// [Make] plans edits, [AsIs] and [AsFound] resolve what is left as it is. Package
// pipeline calls it for patch and check, package explain for its model; packages
// apply, check and report read the [Plan].
//
// It leaves out who supplies a library that is missing: that is package supply. It
// writes nothing and asks no loader. It is pure but for Inventory.Files, through
// which objects are read, and for [FindTarget], which looks for the loader.
package plan

import (
	"context"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// A Plan says what will be written into each object and why. It is a value:
// making it writes nothing, applying it decides nothing.
type Plan struct {
	Loader   ldso.Loader
	Objects  []Object // those of the inventory that the loader can run, in its order
	Moves    []Move   // of the flat layout, done before the edits
	Links    []Link   // to be placed, by path
	Unlinks  []string // links that another layout placed, to be removed: absolute paths, sorted
	Problems []problem.Problem
	Batches  []Batch // what the loader is to be asked
	Openings []Opening
}

// An Object is an object, where its libraries will come from, and its edit.
type Object struct {
	tree.Object
	Kind  Kind
	Needs []Need
	Opens []Open // what it opens by name, first what its notes name
	// Closure is what the loader must map for this object once the plan is
	// applied: real paths (ldso.File.Real), sorted, without the object itself and
	// the interpreter. Nil where something is missing, ignored or the driver's, and
	// for most objects that are Covered.
	Closure []string
	Covered bool  // it is in the Closure of another object that the loader is asked about
	Batched bool  // Plan.Batches cover it, so it need not be checked alone
	Edit    *Edit // nil: nothing to write
	// Linked says why links serve the object that the layout would have edited, "" where
	// they do not or need no reason.
	Linked string
}

// A Need is one DT_NEEDED and the library that serves it. Of an object that others
// lead to, it is met as it is there: its RPATH may be theirs.
type Need struct {
	ldso.Need
	Status Status
	// Unreached is a file that would serve a missing library, but that the object's
	// search does not reach: patching would write a RUNPATH. Only AsIs and AsFound
	// set it.
	Unreached *Candidate
}

// An Edit is one call of patchelf.
type Edit struct {
	Interpreter    string   // new PT_INTERP, empty keeps the old
	SetRunpath     bool     // write Runpath
	Runpath        []string // the whole new path; empty removes the tag
	ForceRpath     bool     // the object has DT_RPATH and keeps that kind
	ClearExecstack bool
	Reasons        []string // one line for each change, for --verbose and --dry-run
	// Instead are links that do as well, where patchelf cannot write the edit. Only the
	// layout auto has some.
	Instead []Link
}

// A Move places one bundled library in lib/ of the output and leaves a relative
// symbolic link to it in the old place. Both are absolute paths in one root.
type Move struct {
	From, To string
	// Equal is set where To already holds the same bytes: From becomes a link.
	Equal bool
}

// A planner holds what all decisions look at.
type planner struct {
	inventory tree.Inventory
	names     map[string][]string // Inventory.Names, as the moves leave them
	undone    map[string][]string // file name to where links of it lead that will be removed
	loader    ldso.Loader
	libcDir   string
	options   Options
	files     *overlay
	linker    *linker
	placed    map[string]string // old place of a moved library to the new one
	asIs      bool              // nothing will be patched
	shown     map[string]string // absolute path of an object to the one relative to its root
	dirs      realDirs
	renamed   map[string]bool    // stems of the names that bundled libraries had before
	unfit     map[opening]string // why a library is not served
}

// Options is what the packager decides. All paths are absolute, but for
// AppendRpaths, which may begin with $ORIGIN.
type Options struct {
	Libs                []string          // searched in order, without subdirectories
	PythonLibs          []string          // site-packages of Python dependencies
	RuntimeDependencies []string          // added to the RUNPATH of programs whether needed or not
	AppendRpaths        []string          // added to the RUNPATH of every object
	IgnoreMissing       []string          // SONAME-GLOB or FILE-GLOB:SONAME-GLOB
	IgnoreHolders       map[string]string // the variable of a derivation that holds such a pattern
	Layout              Layout
	Opened              Opened // which libraries that objects open by name count
	KeepLibc            bool   // keep and add directories of the C library
	ClearExecstack      bool   // clear the flag of executable stacks
	InBuild             bool   // messages name the first output $out
	Jobs                int    // objects planned for at once
	StoreDir            string // the Nix store: what lies in it may stay in a RUNPATH
}

// A Layout says where bundled libraries end up, and how objects come to those from
// outside.
type Layout string

// The layouts. All but Flat leave bundled libraries where they are.
const (
	Auto   Layout = "auto"   // as Origin, but as Link where an edit costs too much or fails
	Origin Layout = "origin" // objects are edited
	Flat   Layout = "flat"   // bundled libraries are gathered in lib/ of their output
	Links  Layout = "link"   // links are placed where objects search, and others edited
)

// Make plans the edits of the objects that the target's loader can run.
func Make(inv tree.Inventory, target Target, o Options) Plan {
	p, plan := newPlan(inv, target, o)
	if o.Layout == Flat {
		moves, conflicts := p.flatten(plan.Objects)
		plan.Moves, plan.Problems = moves, append(plan.Problems, conflicts...)
	}
	if o.Layout == Flat || o.Layout == Origin {
		plan.Unlinks = p.unlink()
	}
	p.planEdits(plan.Objects)
	return p.finish(plan)
}

// AsIs resolves the objects that the target's loader can run in trees that nobody
// patches: where their libraries come from now. An archive cannot be run where it
// is, so its objects are planned for as Make does, as if it were installed.
func AsIs(inv tree.Inventory, target Target, o Options) Plan {
	p, plan := newPlan(inv, target, o)
	p.asIs = true
	p.planEdits(plan.Objects)
	return p.finish(plan)
}

// planEdits fills in the edit of every object that may be edited, or the links that do
// instead, and then shows the objects to the planner as their edits leave them.
func (p *planner) planEdits(objects []Object) {
	wants := make([][]want, len(objects))
	p.each(len(objects), func(i int) {
		po := &objects[i]
		if !p.asIs || po.Root.Archive {
			o := po.Object
			o.File = p.at(o.File)
			po.Edit, wants[i] = p.edit(&o)
		}
	})
	l := p.newLinker(objects, wants)
	var linked []int
	for i := range objects {
		if l.mayLink(i) {
			linked = append(linked, i)
			continue
		}
		p.files.apply(&objects[i])
	}
	l.link(linked)
	l.alternatives()
	p.linker = l
}

// finish resolves every object, and fills in the problems and batches.
func (p *planner) finish(plan Plan) Plan {
	plan.Problems = append(plan.Problems, p.objectProblems(plan.Objects)...)
	unmet, searches := p.resolveLinked(plan.Objects)
	if !p.asIs && p.declineUnfit(plan.Objects) {
		unmet, searches = p.resolveLinked(plan.Objects)
	}
	if !p.asIs && p.reachBesideLinks(plan.Objects) {
		unmet, searches = p.resolve(plan.Objects)
	}
	p.linker.explain()
	plan.Links = p.linker.list()
	plan.Problems = append(plan.Problems, p.linker.conflicts...)
	plan.Problems = append(plan.Problems, p.unmetProblems(plan.Objects, unmet)...)
	plan.Problems = append(plan.Problems, p.bundledLibcs(plan.Objects)...)
	p.batch(&plan, searches)
	plan.Openings = p.openings(plan.Objects)
	problem.Sort(plan.Problems)
	return plan
}

// resolveLinked resolves every object, and has those edited that links turn out not to serve.
func (p *planner) resolveLinked(objects []Object) (unmet []unmetNeeds, searches [][]uint64) {
	unmet, searches = p.resolve(objects)
	for p.linker.broken(unmet) {
		unmet, searches = p.resolve(objects)
	}
	return unmet, searches
}

// newPlan returns a plan of the objects that the target's loader can run, without
// their edits and needs, and the planner to fill it in.
func newPlan(inv tree.Inventory, target Target, o Options) (*planner, Plan) {
	selected, problems := selectTarget(inv, target)
	return newPlanner(inv, target, o), Plan{Loader: target.loader, Objects: newObjects(selected), Problems: problems}
}

func newObjects(objects []tree.Object) []Object {
	var out []Object
	for _, o := range objects {
		out = append(out, Object{Object: o})
	}
	return out
}

func newPlanner(inv tree.Inventory, target Target, o Options) *planner {
	shown := make(map[string]string, len(inv.Objects))
	for _, obj := range inv.Objects {
		shown[obj.File] = obj.Path
	}
	return &planner{
		shown:     shown,
		inventory: inv,
		names:     inv.Names,
		loader:    target.loader,
		libcDir:   target.libcDir,
		options:   o,
		dirs:      newRealDirs(inv),
		renamed:   renamedStems(inv.Names),
		files:     &overlay{Files: inv.Files, edited: map[string]*elfobj.Object{}},
	}
}

// each calls f for 0 to n-1, Jobs at a time.
func (p *planner) each(n int, f func(i int)) {
	pool.Do(context.Background(), p.options.Jobs, n, f)
}

// A Status says what became of a need.
type Status string

// The statuses of a need.
const (
	Found   Status = "found"
	Missing Status = "missing"
	ignored Status = "ignored"
)
