package plan

import (
	"fmt"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
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
		p.Details = append(p.Details, fmt.Sprintf("%q", e))
	}
	return p
}

// executableStack words an object that asks for an executable stack.
func executableStack(path string) problem.Problem {
	return problem.Problem{
		Code:     problem.ExecutableStack,
		Path:     path,
		Message:  "asks for an executable stack, which glibc 2.41 and newer refuse to a library that is loaded at run time",
		Hint:     `wheelAutoPatchFlags = [ "--clear-execstack" ];`,
		Severity: problem.Warning,
	}
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
