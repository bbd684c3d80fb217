package apply

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/patchelf"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// betterPatchelf returns the hint for a patchelf that fails: another version, never the
// one in use.
func (w *writer) betterPatchelf() string {
	const how = ": --patchelf PATH, with Nix wheelAutoPatchHook.override { patchelf = …; }"
	if w.program != nil && w.program.Older() {
		return "use patchelf " + patchelf.Newest + " or newer" + how
	}
	return "try patchelf " + patchelf.Other + ", which damages other files" + how
}

// warnVersion returns the warning about a version of patchelf that is known to be bad.
func (w *writer) warnVersion() []problem.Problem {
	if w.program == nil {
		return nil
	}
	reason, bad := w.program.KnownBad()
	if !bad {
		return nil
	}
	return []problem.Problem{{
		Code:     problem.PatchelfVersion,
		Message:  reason,
		Details:  []string{fmt.Sprintf("the program is %q", w.program.Path)},
		Hint:     w.betterPatchelf(),
		Severity: problem.Warning,
	}}
}

// editProblem returns the problem of an edit that failed. Its file is unchanged.
func (w *writer) editProblem(e *edit, err error) problem.Problem {
	p := problem.Problem{
		Code: problem.PatchelfFailed, Path: e.object.Path, Severity: problem.Error,
		Message: fmt.Sprintf("could not be edited: %v", err),
	}
	var run *patchelf.RunError
	var damage *damageError
	switch {
	case errors.As(err, &damage):
		p.Code = problem.ObjectDamaged
		p.PathSaid = true
		p.Message = fmt.Sprintf("patchelf %s damaged %q and exited 0; the old file stays", w.program.Version, e.object.Path)
		p.Details = append([]string{"command: " + w.commandLine(e)}, damage.reasons...)
		p.Hint = w.betterPatchelf()
	case errors.As(err, &run):
		p.PathSaid = true
		p.Message = fmt.Sprintf("patchelf %s failed on %q: %v; the old file stays", w.program.Version, e.object.Path, run.Err)
		p.Details = []string{"command: " + run.CommandLine()}
		for line := range strings.Lines(strings.TrimSpace(run.Output)) {
			p.Details = append(p.Details, fmt.Sprintf("output:  %q", strings.TrimRight(line, "\n")))
		}
		if errors.Is(err, patchelf.ErrTimeout) {
			p.Hint = "a patchelf that hangs is broken: " + w.betterPatchelf()
		}
	}
	if (errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES)) && run == nil && damage == nil {
		p.PathSaid = true
		p.Message = fmt.Sprintf("%q cannot be replaced: %v; patchelf was not called", e.object.Path, err)
		p.Hint = "copy the tree to where you may write, or run as its owner"
		p.ByHand = p.Hint
	}
	said := strings.ToLower(strings.Join(p.Details, " "))
	if errors.Is(err, syscall.ENOSPC) || strings.Contains(said, syscall.ENOSPC.Error()) {
		p.Hint = "the disk is full: each edited file needs room for a second copy until all are done"
	}
	return p
}

// commandLine returns the call of patchelf for an edit, as for a shell.
func (w *writer) commandLine(e *edit) string {
	return patchelf.Quote(w.program.Command(e.source, e.temp, e.patchelf(w.flags)))
}

// moveProblem returns the problem of a move that failed.
func moveProblem(m plan.Move, err error) problem.Problem {
	return problem.Problem{
		Code: problem.PatchelfFailed, Path: m.From, Severity: problem.Error,
		Message: fmt.Sprintf("could not be moved to %q: %v", m.To, err),
		Hint:    "to leave bundled libraries where they are",
		Set:     `wheelAutoPatchLayout = "origin";`,
		ByHand:  "--layout origin leaves bundled libraries where they are",
	}
}
