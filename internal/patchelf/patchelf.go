// Package patchelf runs the patchelf program; nothing else does. It follows
// patchelf(1): one call a file, with --output, or one call for copies of several small
// files that are edited alike; and every error of a call holds its command line and its
// output.
//
// It does not check what patchelf wrote. Patchelf can damage a file and exit 0,
// so the caller, package apply, reads the new file back.
package patchelf

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/symver"
)

// An Edit is what one call of patchelf changes in an object. The zero value
// changes nothing.
type Edit struct {
	// Interpreter is the new PT_INTERP; empty keeps the old one.
	Interpreter string
	// Runpath is the new search path; nil keeps the old one, an empty slice
	// removes the tag.
	Runpath []string
	// ForceRpath writes DT_RPATH instead of DT_RUNPATH. Without it --set-rpath
	// turns DT_RPATH into DT_RUNPATH, which is not inherited.
	ForceRpath bool
	// ClearExecstack clears the executable flag of PT_GNU_STACK.
	ClearExecstack bool
	// Flags are the user's own, placed before the file names.
	Flags []string
}

// A Program is a patchelf.
type Program struct {
	Path    string // absolute
	Version string // as it prints it, "0.15.5"

	// Limit is how long one call may take; 0 is a generous time that grows with
	// the size of the file.
	Limit time.Duration
}

// These are the versions that hints name: the newest, and one that does well most of what
// the newest does not. No version is sound. Those up to 0.18 write a longer program header
// table over code that lies right behind the old one; those up to 0.17 overwrite names that
// share the string of an old RUNPATH; 0.19.3 leaves programs at fixed addresses that were
// edited before without their dynamic section (cbc of casadi 3.8.2).
const (
	Newest = "0.19.3"
	Other  = "0.15.5"
)

// Older reports whether the program is older than Newest, or of a version that is not known.
func (p *Program) Older() bool { return symver.Compare(p.Version, Newest) < 0 }

// KnownBad reports whether what this version writes may not run, and why.
func (p *Program) KnownBad() (reason string, bad bool) {
	for _, release := range []string{"0.17", "0.18"} {
		if p.Version == release || strings.HasPrefix(p.Version, release+".") {
			return fmt.Sprintf("patchelf %s damages some programs when it sets interpreter and RUNPATH in one call, "+
				"and exits 0 all the same", p.Version), true
		}
	}
	return "", false
}

// Command returns the command line, the program first, that writes an edited
// copy of in to out. It is nil if the edit needs no patchelf.
func (p *Program) Command(in, out string, e Edit) []string {
	args := e.Arguments()
	if len(args) == 0 {
		return nil
	}
	return slices.Concat([]string{p.Path}, args, []string{"--output", out, in})
}

// Arguments returns what stands before the names of files: nothing where the edit needs no
// patchelf.
func (e Edit) Arguments() []string {
	var args []string
	if e.Interpreter != "" {
		args = append(args, "--set-interpreter", e.Interpreter)
	}
	switch {
	case e.Runpath == nil:
	case len(e.Runpath) == 0:
		args = append(args, "--remove-rpath")
	default:
		if e.ForceRpath {
			args = append(args, "--force-rpath")
		}
		args = append(args, "--set-rpath", strings.Join(e.Runpath, ":"))
	}
	return append(args, e.Flags...)
}

// limit returns how long a call for a file of that size may take: a minute, and
// a second for each MB. Patchelf writes 250 MB/s on an idle machine, so a call
// that takes longer hangs.
func (p *Program) limit(size int64) time.Duration {
	if p.Limit > 0 {
		return p.Limit
	}
	return time.Minute + time.Duration(size/1e6)*time.Second
}
