// Package patchelf is the only caller of the patchelf program.
package patchelf

// An Edit is what one call of patchelf changes in one object. The zero value
// changes nothing.
type Edit struct {
	// Interpreter is the new PT_INTERP; empty keeps the old one.
	Interpreter string
	// Runpath is the new search path, nil keeps the old one; an empty slice
	// removes the tag.
	Runpath []string
	// ForceRpath writes DT_RPATH instead of DT_RUNPATH (fact: --set-rpath alone
	// turns one into the other, and only DT_RPATH is inherited).
	ForceRpath bool
	// ClearExecstack clears the executable flag of PT_GNU_STACK.
	ClearExecstack bool
	// Flags are the user's own, placed before the file names.
	Flags []string
}
