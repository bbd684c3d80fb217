package fixup

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// foreignObjects are the objects of one platform that is not the target's.
type foreignObjects struct {
	Root    string   // names the wheel or the tree, for the message
	Paths   []string // relative to the root
	Machine string   // of the objects: "aarch64", "x86_64", …
	Want    string   // the target's
	Ours    int      // how many objects of the root are the target's
	Tag     string   // the wheel's platform tag, empty where it is not known
}

// archProblem words objects of another machine: a notice where the root has
// objects of ours too (a wheel for several machines), else an error.
func archProblem(f foreignObjects) problem.Problem {
	list := slices.Sorted(slices.Values(f.Paths))
	p := problem.Problem{Code: problem.WrongArchitecture, Path: first(list), Details: objectLines(list)}
	if f.Ours > 0 {
		p.Severity = problem.Notice
		p.Message = fmt.Sprintf("%s for %s passed over; %d for %s", objectCount(len(list)), f.Machine, f.Ours, f.Want)
		return p
	}
	p.Severity = problem.Error
	p.Message = fmt.Sprintf("%s for %s, but this build is for %s", objectCount(len(list)), f.Machine, f.Want)
	if f.Tag != "" {
		p.Details = append(p.Details, "the wheel's tag is "+f.Tag)
	}
	p.Hint = fmt.Sprintf("fetch the wheel whose tag ends in %s: fetchPypi { …; platform = %q; }", f.Want, replaceArch(f))
	p.Hint += fmt.Sprintf("\nor, to build for %s from here: pkgsCross", f.Machine)
	return p
}

// replaceArch gives the tag to look for.
func replaceArch(f foreignObjects) string {
	tag, _, _ := strings.Cut(f.Tag, ".")
	if base, ok := strings.CutSuffix(tag, "_"+f.Machine); ok {
		return base + "_" + f.Want
	}
	return "manylinux_2_17_" + f.Want
}

// foreignLibc are the objects of one C library that is not the target's.
type foreignLibc struct {
	Root  string
	Paths []string  // relative to the root
	Libc  ldso.Libc // of the objects
	Want  ldso.Libc // the target's
	Arch  string    // the target's machine
	Ours  int       // how many objects of the root are the target's
	Tag   string    // the wheel's platform tag, empty where it is not known
}

// libcProblem words objects of another C library, by the same rule as
// [archProblem].
func libcProblem(f foreignLibc) problem.Problem {
	list := slices.Sorted(slices.Values(f.Paths))
	p := problem.Problem{Code: problem.WrongLibc, Path: first(list), Details: objectLines(list)}
	if f.Ours > 0 {
		p.Severity = problem.Notice
		p.Message = fmt.Sprintf("%s for %s passed over; %d for %s", objectCount(len(list)), f.Libc, f.Ours, f.Want)
		return p
	}
	p.Severity = problem.Error
	if f.Tag != "" {
		p.Details = append(p.Details, "the wheel's tag is "+f.Tag)
	}
	if f.Libc == ldso.Musl {
		p.Message = "a musl wheel in a glibc stdenv"
		p.Hint = fmt.Sprintf("fetch the wheel whose tag has manylinux instead of musllinux: fetchPypi { …; platform = %q; }\n"+
			"or build it with pkgsMusl", "manylinux_2_28_"+f.Arch)
		return p
	}
	p.Message = "a glibc wheel in a musl stdenv"
	p.Hint = fmt.Sprintf("fetch the wheel whose tag has musllinux instead of manylinux: fetchPypi { …; platform = %q; }\n"+
		"or build it with pkgs instead of pkgsMusl", "musllinux_1_2_"+f.Arch)
	return p
}

func objectLines(list []string) []string {
	out := slices.Clone(list[:min(len(list), shownObjects)])
	if rest := len(list) - shownObjects; rest > 0 {
		out = append(out, fmt.Sprintf("(+%d more)", rest))
	}
	return out
}

func objectCount(n int) string {
	if n == 1 {
		return "1 object"
	}
	return fmt.Sprintf("%d objects", n)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
