package plan

// This file words the problems of single objects.

import (
	"fmt"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// impureRunpath: patching removes the entries, so that is worth a notice; in a
// tree that is only looked at they are still there.
func impureRunpath(path string, entries []string, still bool) problem.Problem {
	p := problem.Problem{
		Code:     problem.ImpureRunpath,
		Path:     path,
		Message:  "the run path names directories outside the store; they are removed",
		Severity: problem.Notice,
	}
	if still {
		p.Message = "the run path names directories outside the store"
		p.Hint = "wheel-auto-patch patch removes them"
		p.Severity = problem.Warning
	}
	for _, e := range entries {
		p.Details = append(p.Details, fmt.Sprintf("%q", e))
	}
	return p
}

// executableStack: glibc 2.41 and newer refuse to dlopen such a library.
func executableStack(path string) problem.Problem {
	return problem.Problem{
		Code:     problem.ExecutableStack,
		Path:     path,
		Message:  "asks for an executable stack, which glibc 2.41 and newer refuse to a library that is loaded at run time",
		Hint:     `wheelAutoPatchFlags = [ "--clear-execstack" ];`,
		Severity: problem.Warning,
	}
}
