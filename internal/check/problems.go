package check

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

// What is said of an object that was damaged before anything was written: where there is a
// derivation, and where there is none.
const (
	stripDoes   = "strip does this to libraries that patchelf has relocated before, as the wheel's maker did: "
	notStripped = "\nif strip did not run, the wheel itself is damaged: compare it with its RECORD (wheel-auto-patch verify)\n" +
		"if the file is meant to be like that, as test data is, delete it"

	stripHint   = stripDoes + "wheels come stripped, so set\n    dontStrip = true;" + notStripped + " in postInstall"
	stripByHand = stripDoes + "install the wheel again, without strip" + notStripped
)

// What is said where the loader does not do what it should.
const (
	disagreesHint   = "please report this with the wheel's name; to go by the search rules alone"
	disagreesSet    = `wheelAutoPatchFlags = [ "--no-ldd" ];`
	disagreesByHand = "please report this with the wheel's name; --no-ldd goes by the search rules alone"
)

func damagedProblem(path string, reasons []string) problem.Problem {
	return problem.Problem{
		Code: problem.ObjectDamaged, Path: path,
		Message: "the loader cannot map this object", Details: reasons,
		Hint: stripHint, ByHand: stripByHand, Severity: problem.Error,
	}
}

// damagedFiles returns the files of the objects that the problems are about.
func damagedFiles(planned plan.Plan, problems []problem.Problem) []string {
	var files []string
	for _, o := range planned.Objects {
		if slices.ContainsFunc(problems, func(p problem.Problem) bool { return p.Path == o.Path }) {
			files = append(files, o.File)
		}
	}
	return files
}

// failedProblem returns the problem of an object that the loader fails on though all
// its libraries were found. It is nil where one of these is a damaged file, which is
// reported already.
func failedProblem(p *plan.Object, planned plan.Plan, err error, damaged []string) *problem.Problem {
	said := err.Error()
	if e := (*loadcheck.LoaderError)(nil); errors.As(err, &e) {
		said = e.Words
	}
	if slices.ContainsFunc(p.Closure, func(file string) bool { return slices.Contains(damaged, file) }) {
		return nil
	}
	if slices.ContainsFunc(damageWords, func(w string) bool { return strings.Contains(said, w) }) {
		damage := damagedProblem(p.Path, []string{"the loader says: " + said})
		damage.Message = "the loader cannot map this object, or a library of it"
		return &damage
	}
	return &problem.Problem{
		Code: problem.LoaderDisagrees, Path: p.Path,
		Message:  "all libraries were found by the search rules, but ld.so fails",
		Details:  []string{"the loader says: " + said, "the loader is " + planned.Loader.Interpreter},
		Hint:     "the result would not run; " + disagreesHint,
		Set:      disagreesSet,
		ByHand:   "the result would not run; " + disagreesByHand,
		Severity: problem.Error,
	}
}

// damageWords are what glibc and musl say of a file that they cannot map.
var damageWords = []string{
	"not page-aligned", "not properly aligned", "invalid ELF header", "file too short",
	"cannot read file data", "object file has no loadable segments", "object file has no dynamic section",
	"Exec format error", "ELF file's phentsize", "cannot change memory protections",
}

// differenceProblem returns the differences between plan and loader for one object as
// one problem, or nil where there is none.
func differenceProblem(p *plan.Object, mapped []string, slashed map[string]bool) *problem.Problem {
	details := difference(p.Closure, mapped, slashed)
	if len(details) == 0 {
		return nil
	}
	return &problem.Problem{
		Code: problem.LoaderDisagrees, Path: p.Path,
		Message: "ld.so maps other files than the search rules lead to", Details: details,
		Hint:     "one of the two is wrong; " + disagreesHint,
		Set:      disagreesSet,
		ByHand:   "one of the two is wrong; " + disagreesByHand,
		Severity: problem.Error,
	}
}

// openingProblem returns the problem of a name for which the loader finds another file than
// the objects that open it should.
func openingProblem(o plan.Opening, name string, details []string) problem.Problem {
	return problem.Problem{
		Code: problem.LoaderDisagrees, Path: o.Objects[0], Objects: o.Objects, PathSaid: true,
		Message:  fmt.Sprintf("ld.so does not map what the search rules lead to for %q, opened by name", name),
		Details:  details,
		Hint:     "please report this with the wheel's name; to go without, leave what is opened by name out",
		Set:      "wheelAutoPatchDlopen = false;",
		ByHand:   "please report this with the wheel's name; to go without, leave what is opened by name out: --dlopen=false",
		Severity: problem.Error,
	}
}

// difference lists the paths that are expected by the search rules or mapped by the
// loader, but not both.
func difference(expected, mapped []string, slashed map[string]bool) []string {
	var details []string
	for _, path := range expected {
		if !slices.Contains(mapped, path) && !slashed[path] {
			details = append(details, fmt.Sprintf("expected: %q, which ld.so does not map", path))
		}
	}
	for _, path := range mapped {
		if !slices.Contains(expected, path) {
			details = append(details, fmt.Sprintf("mapped:   %q, to which the search rules do not lead", path))
		}
	}
	return details
}

// notRunProblem returns the notice that ld.so confirms nothing.
func notRunProblem(interpreter string, objects int, err error) problem.Problem {
	p := problem.Problem{
		Code:     problem.LoaderNotRun,
		Message:  "ld.so could not be run: " + words.Count(objects, "object") + " " + words.Choose(objects, "was", "were") + " resolved by the search rules only",
		Details:  []string{"the loader is " + interpreter, err.Error()},
		Severity: problem.Notice,
	}
	if strings.Contains(err.Error(), "qemu-") {
		p.Hint = "to have it asked: nativeBuildInputs = [ buildPackages.qemu-user ];"
		p.ByHand = "to have it asked, install qemu-user"
	}
	return p
}

// unaskedProblem returns the notice on the objects that ld.so could not be asked
// about, with one line for each.
func unaskedProblem(lines []string) problem.Problem {
	return problem.Problem{
		Code: problem.LoaderNotRun,
		Message: "ld.so could not be asked about " + words.Count(len(lines), "object") + ": " +
			words.Choose(len(lines), "it was", "they were") + " resolved by the search rules only",
		Details:  lines,
		Severity: problem.Notice,
	}
}
