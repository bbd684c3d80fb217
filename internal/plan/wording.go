package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// impureRunpath words RUNPATH entries that lead out of the store. It is a notice
// where patching removes them, and a warning in what is left as it is.
func impureRunpath(path string, entries []string, asIs bool) problem.Problem {
	p := problem.Problem{
		Code:     problem.ImpureRunpath,
		Path:     path,
		Message:  "RUNPATH names directories outside the store; they are removed",
		Severity: problem.Notice,
	}
	if asIs {
		p.Message = "RUNPATH names directories outside the store"
		p.Hint = "wheel-auto-patch patch removes them"
		p.Severity = problem.Warning
	}
	for _, e := range entries {
		line := fmt.Sprintf("%q", e)
		if e == "" {
			line += ", which is the current directory"
		}
		if !slices.Contains(p.Details, line) {
			p.Details = append(p.Details, line)
		}
	}
	return p
}

// executableStack words an object that asks for an executable stack.
func executableStack(path string) problem.Problem {
	return problem.Problem{
		Code:     problem.ExecutableStack,
		Path:     path,
		Message:  "asks for an executable stack, which glibc 2.41 and newer refuse to a library that is loaded at run time",
		Set:      `wheelAutoPatchFlags = [ "--clear-execstack" ];`,
		ByHand:   "--clear-execstack",
		Severity: problem.Warning,
	}
}

// bundledLibcProblem: libc.so.6 and libpthread are of one piece with their loader, and a
// program that has others crashes. The rest of the C library asks for names of libc.so.6
// that are private to it (GLIBC_PRIVATE), which may fit. A library is loaded by a program
// that has the loader's own already, as a rule.
func bundledLibcProblem(shown string, b bundledLibc) problem.Problem {
	p := problem.Problem{
		Code:     problem.BundledLibc,
		Path:     shown,
		Message:  "a part of the C library that the wheel brings is loaded in the place of the loader's",
		NeededBy: b.objects,
		Details:  []string{"the loader's own is " + b.theirs},
		Hint:     "remove it after RECORD was verified, so that the loader's own is found",
		Severity: problem.Warning,
	}
	p.ByHand = p.Hint
	if b.out != "" && words.ShellWord(b.out) == b.out {
		p.Hint += ":\n    postFixup = ''rm \"$out\"/" + b.out + "'';"
	}
	if base := path.Base(shown); b.program && (strings.HasPrefix(base, "libc.") || strings.HasPrefix(base, "libpthread.")) {
		p.Message = "the C library that the wheel brings is loaded beside another's loader: a program crashes then"
		p.Severity = problem.Error
	}
	return p
}

// auditModules: those of a program are loaded and run by the loader, whatever it is
// asked; those of a library never are.
func auditModules(o tree.Object) problem.Problem {
	p := problem.Problem{
		Code:     problem.AuditModule,
		Path:     o.Path,
		Message:  "names audit modules, which the loader does not look at in a library",
		Severity: problem.Notice,
	}
	if o.ELF.LoadsAuditModules() {
		p.Message = "the loader runs code of audit modules before the program, and before it lists anything"
		p.Hint = "the program is not given to the loader; find out what the module does, or remove the program"
		p.Severity = problem.Error
	}
	for _, module := range o.ELF.Audit {
		p.Details = append(p.Details, fmt.Sprintf("%q", module))
	}
	return p
}
