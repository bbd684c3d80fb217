package plan

import (
	"fmt"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
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
