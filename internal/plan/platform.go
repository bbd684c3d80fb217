package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// foreignObjects are the objects of one platform that is not the target's.
type foreignObjects struct {
	Paths []string // relative to the root
	Ours  int      // how many objects of the root are the target's
	Tag   string   // the wheel's platform tag, empty where it is not known
}

// archProblem words objects of another machine, "aarch64" where "x86_64" is
// wanted.
func archProblem(f foreignObjects, machine, want string) problem.Problem {
	p := f.problem(problem.WrongArchitecture, machine, want)
	if p.Severity == problem.Error {
		p.Message = fmt.Sprintf("%s for %s, but this build is for %s", words.Count(len(f.Paths), "object"), machine, want)
		p.Hint = fmt.Sprintf("fetch the wheel whose tag ends in %s: fetchPypi { …; platform = %q; }\n"+
			"or, to build for %s from here: pkgsCross", want, replaceArch(f.Tag, machine, want), machine)
	}
	return p
}

// libcProblem words objects of another C library; arch is the target's machine.
func libcProblem(f foreignObjects, libc, want ldso.Libc, arch string) problem.Problem {
	p := f.problem(problem.WrongLibc, string(libc), string(want))
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

// problem is a notice where the root has objects of ours too (a wheel for several
// platforms), else an error, whose message and hint are to be filled in.
func (f foreignObjects) problem(code problem.Code, have, want string) problem.Problem {
	list := slices.Sorted(slices.Values(f.Paths))
	p := problem.Problem{Code: code, Severity: problem.Error, Path: list[0], PathSaid: true, Objects: list}
	if f.Ours > 0 {
		p.Severity = problem.Notice
		p.Message = fmt.Sprintf("%s for %s passed over; %d for %s", words.Count(len(list), "object"), have, f.Ours, want)
	} else if f.Tag != "" {
		p.Details = append(p.Details, "the wheel's tag is "+f.Tag)
	}
	return p
}

// replaceArch gives the tag to look for.
func replaceArch(tag, machine, want string) string {
	tag, _, _ = strings.Cut(tag, ".")
	if base, ok := strings.CutSuffix(tag, "_"+machine); ok {
		return base + "_" + want
	}
	return "manylinux_2_17_" + want
}
