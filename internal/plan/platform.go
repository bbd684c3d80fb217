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
		p.Message = fmt.Sprintf("%s for %s, but this build is for %s", words.Count(len(o.paths), "object"), machine, want)
		p.Hint = fmt.Sprintf("fetch the wheel whose tag ends in %s: fetchPypi { …; platform = %q; }\n"+
			"or, to build for %s from here: pkgsCross", want, replaceArch(o.tag, machine, want), machine)
	}
	return p
}

// libcProblem words objects for another C library than the wanted; arch is the
// target's machine.
func libcProblem(o otherObjects, libc, want ldso.Libc, arch string) problem.Problem {
	p := o.problem(problem.WrongLibc, string(libc), string(want))
	if p.Severity != problem.Error {
		return p
	}
	here, fetch, tag, instead := "musllinux", "manylinux", "manylinux_2_28_", "pkgsMusl"
	if libc != ldso.Musl {
		here, fetch, tag, instead = "manylinux", "musllinux", "musllinux_1_2_", "pkgs instead of pkgsMusl"
	}
	p.Message = fmt.Sprintf("a %s wheel in a %s stdenv", libc, want)
	p.Hint = fmt.Sprintf("fetch the wheel whose tag has %s instead of %s: fetchPypi { …; platform = %q; }\n"+
		"or build it with %s", fetch, here, tag+arch, instead)
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

// replaceArch returns the platform tag of the wheel to fetch: the first of tag, for
// the wanted machine.
func replaceArch(tag, machine, want string) string {
	tag, _, _ = strings.Cut(tag, ".")
	if base, ok := strings.CutSuffix(tag, "_"+machine); ok {
		return base + "_" + want
	}
	return "manylinux_2_17_" + want
}
