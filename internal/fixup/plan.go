package fixup

import (
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
}

// A PlannedObject is an object, where its libraries will come from, and its
// edit.
type PlannedObject struct {
	Object
	Needs []PlannedNeed
	// Closure is what the loader must map for this object once the plan is
	// applied: real paths (ldso.File.Real), sorted, without the object itself and
	// the interpreter. Nil where something is missing or ignored.
	Closure []string
	Edit    *Edit // nil: nothing to write
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
