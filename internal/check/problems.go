package check

// This file says what the structural check and the loader found.

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/loadcheck"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// stripHint is for damage that was there before we wrote anything.
const stripHint = "strip does this to libraries that patchelf has relocated before, as the wheel's maker did: " +
	"wheels come stripped, so set\n    dontStrip = true;\n" +
	"if strip did not run, the wheel itself is damaged: compare it with its RECORD (wheel-auto-patch verify)"

func damagedProblem(path string, reasons []string) problem.Problem {
	return problem.Problem{
		Code: problem.ObjectDamaged, Path: path,
		Message: "the loader cannot map this object", Details: reasons,
		Hint: stripHint, Severity: problem.Error,
	}
}

// damagedFiles gives the files that problems are about.
func damagedFiles(planned plan.Plan, problems []problem.Problem) []string {
	var files []string
	for _, o := range planned.Objects {
		if slices.ContainsFunc(problems, func(p problem.Problem) bool { return p.Path == o.Path }) {
			files = append(files, o.File)
		}
	}
	return files
}

// failedProblem is for an object whose libraries the plan all found, and the
// loader not. Where one of them is a damaged file, that was told already.
func failedProblem(p *plan.Object, planned plan.Plan, err error, damaged []string) *problem.Problem {
	words := err.Error()
	if e := (*loadcheck.LoaderError)(nil); errors.As(err, &e) {
		words = e.Words
	}
	if slices.ContainsFunc(p.Closure, func(file string) bool { return slices.Contains(damaged, file) }) {
		return nil
	}
	if slices.ContainsFunc(damageWords, func(w string) bool { return strings.Contains(words, w) }) {
		found := damagedProblem(p.Path, []string{"the loader says: " + words})
		found.Message = "the loader cannot map this object, or a library of it"
		return &found
	}
	return &problem.Problem{
		Code: problem.LoaderDisagrees, Path: p.Path,
		Message:  "the plan found every library, the loader fails",
		Details:  []string{"the loader says: " + words, "the loader is " + planned.Loader.Interpreter},
		Hint:     "the result would not run; please report this with the wheel's name, or pass --no-ldd to go by the plan alone",
		Severity: problem.Error,
	}
}

// damageWords are what glibc and musl say of a file that they cannot map.
var damageWords = []string{
	"not page-aligned", "not properly aligned", "invalid ELF header", "file too short",
	"cannot read file data", "object file has no loadable segments", "object file has no dynamic section",
	"Exec format error", "ELF file's phentsize", "cannot change memory protections",
}

// compare gives each difference between plan and loader, as one problem.
func compare(p *plan.Object, reported []string, slashed map[string]bool) *problem.Problem {
	details := difference(p.Closure, reported, slashed)
	if len(details) == 0 {
		return nil
	}
	return &problem.Problem{
		Code: problem.LoaderDisagrees, Path: p.Path,
		Message: "the loader maps other files than planned", Details: details,
		Hint:     "one of the two is wrong; please report this with the wheel's name, or pass --no-ldd to go by the plan alone",
		Severity: problem.Error,
	}
}

// difference lists the paths that only one of plan and loader has.
func difference(planned, reported []string, slashed map[string]bool) []string {
	var details []string
	for _, path := range planned {
		if !slices.Contains(reported, path) && !slashed[path] {
			details = append(details, fmt.Sprintf("planned:  %q, which the loader does not map", path))
		}
	}
	for _, path := range reported {
		if !slices.Contains(planned, path) {
			details = append(details, fmt.Sprintf("reported: %q, which the plan does not have", path))
		}
	}
	return details
}

// notRunProblem says that the static answer stands alone.
func notRunProblem(interpreter string, objects int, err error) problem.Problem {
	p := problem.Problem{
		Code:     problem.LoaderNotRun,
		Message:  "the loader was not asked: the libraries of " + words.Count(objects, "object") + " are as the plan found them",
		Details:  []string{"the loader is " + interpreter, err.Error()},
		Severity: problem.Notice,
	}
	if strings.Contains(err.Error(), "qemu-") {
		p.Hint = "to have it asked: nativeBuildInputs = [ buildPackages.qemu-user ];"
	}
	return p
}

// unaskedProblem is for objects that could not be put to the loader.
func unaskedProblem(lines []string) problem.Problem {
	return problem.Problem{
		Code:     problem.LoaderNotRun,
		Message:  "the loader was not asked about " + words.Count(len(lines), "object") + ": the libraries are as the plan found them",
		Details:  lines,
		Severity: problem.Notice,
	}
}
