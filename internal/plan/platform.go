package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// otherObjects are the objects of one platform that is not the target's.
type otherObjects struct {
	paths   []string // relative to their roots
	targets int      // how many objects are for the target
	tag     string   // the wheel's platform tag, empty where it is not known
}

// archProblem words objects for another machine than the wanted: "aarch64" where
// "x86_64" is.
func archProblem(o otherObjects, machine, want string) problem.Problem {
	p := o.problem(problem.WrongArchitecture, machine, want)
	if p.Severity == problem.Error {
		p.Message = fmt.Sprintf("%s for %s, but the loader is for %s", words.Count(len(o.paths), "object"), machine, want)
		p.ByHand = "fetch the wheel for " + want
		if tag, ok := replaceArch(o.tag, machine, want); ok {
			p.Hint = fmt.Sprintf("fetch the wheel for %s: fetchPypi { …; platform = %q; }", want, tag)
			p.ByHand += ": its tag is " + tag + ", if there is one built alike"
		} else {
			p.Hint = fmt.Sprintf("fetch the wheel for %s: its tag cannot be known from this one", want)
		}
		p.Hint += fmt.Sprintf("\nor, to build for %s from here: pkgsCross", machine)
	}
	return p
}

// libcProblem words objects for another C library than the wanted.
func libcProblem(o otherObjects, libc, want ldso.Libc) problem.Problem {
	p := o.problem(problem.WrongLibc, string(libc), string(want))
	if p.Severity != problem.Error {
		return p
	}
	here, fetch, instead := "musllinux", "manylinux", "pkgsMusl"
	if libc != ldso.Musl {
		here, fetch, instead = "manylinux", "musllinux", "pkgs instead of pkgsMusl"
	}
	p.Message = fmt.Sprintf("a wheel for %s, but the loader is that of %s", libc, want)
	p.ByHand = fmt.Sprintf("fetch the wheel whose tag has %s instead of %s; the rest of it cannot be known from this one", fetch, here)
	p.Hint = p.ByHand + "\nor build it with " + instead
	return p
}

// problem returns a notice where there are objects for the target too, as in a
// wheel for several platforms; else an error, whose message and hint are left to
// the caller.
func (o otherObjects) problem(code problem.Code, have, want string) problem.Problem {
	list := slices.Sorted(slices.Values(o.paths))
	p := problem.Problem{Code: code, Severity: problem.Error, Path: list[0], PathSaid: true, Objects: list}
	if o.targets > 0 {
		p.Severity = problem.Notice
		p.Message = fmt.Sprintf("%s for %s passed over; %d for %s", words.Count(len(list), "object"), have, o.targets, want)
	} else if o.tag != "" {
		p.Details = append(p.Details, "the wheel's tag is "+o.tag)
	}
	return p
}

// replaceArch returns the platform tag, a compressed set as a rule (PEP 425), of a wheel
// that was built alike for the wanted machine; false where a part of tag names no machine,
// or another.
func replaceArch(tag, machine, want string) (string, bool) {
	parts := strings.Split(tag, ".")
	for i, part := range parts {
		base, ok := strings.CutSuffix(part, "_"+machine)
		if !ok {
			return "", false
		}
		parts[i] = base + "_" + want
	}
	return strings.Join(parts, "."), true
}
