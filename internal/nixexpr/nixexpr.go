// Package nixexpr writes what wheels need as expressions in the language of Nix (Nix
// manual, "Nix language"; Nixpkgs manual, "Python" and "Meta-attributes"), laid out as by
// nixfmt.
//
// It decides nothing about libraries: who supplies them, and what to write for that, comes
// in a [Package]. It knows what METADATA and the tags of a wheel say for each Python and
// machine, and puts wheels together: those of one version of a distribution, with the source
// chosen by the system, and several distributions in one overlay.
package nixexpr

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pymodule"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// Write writes an expression to start from: for one version of one distribution a function
// for callPackage (Nixpkgs manual, "buildPythonPackage"), for several distributions an overlay
// in which they find one another. Trees are left out: they have no src. The error is
// [ErrNoWheel], or comes from w.
func Write(w io.Writer, list []Package) error {
	chosen, passed := releases(list)
	if len(chosen) == 0 {
		return ErrNoWheel
	}
	breakCircles(chosen)
	e := &expression{}
	if len(chosen) == 1 {
		e.function(chosen[0])
	} else {
		e.overlay(chosen)
	}
	for _, wheel := range passed {
		e.line("# passed over: " + words.Printable(path.Base(wheel.Path)) + ": " + wheel.passedReason())
	}
	_, err := io.WriteString(w, strings.Join(e.lines, "\n")+"\n")
	return err
}

// An expression is text of Nix in the making.
type expression struct {
	lines  []string
	indent string
}

func (e *expression) line(format string, args ...any) {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	if format != "" {
		format = e.indent + format
	}
	e.lines = append(e.lines, format)
}

// in writes what is one step further in.
func (e *expression) in(write func()) {
	before := e.indent
	e.indent += "  "
	write()
	e.indent = before
}

// A scope is where names come from: the arguments of a function, which it collects, or
// the sets of an overlay.
type scope struct {
	overlay bool
	own     map[string]bool // the distributions of the overlay, in the form of pyname.NormalName
	args    []string
}

// pkgs returns an attribute of Nixpkgs.
func (s *scope) pkgs(attr string) string { return s.from("final.", attr) }

// input is pkgs, for what a set of Python packages may have something else for.
func (s *scope) input(attr string) string {
	if providers.IsShared(attr) && !s.overlay {
		return s.from("", "pkgs."+attr)
	}
	return s.pkgs(words.NixName(attr))
}

// distribution returns what a distribution is called in the set of Python packages, and
// whether there is such: one of the overlay has its own name.
func (s *scope) distribution(name string) (attr string, ok bool) {
	if s.own[name] {
		return name, true
	}
	return providers.PythonAttr(name)
}

// python returns an attribute of the set of Python packages.
func (s *scope) python(attr string) string { return s.from("pyfinal.", attr) }

func (s *scope) from(set, attr string) string {
	if s.overlay {
		return set + attr
	}
	top, _, _ := strings.Cut(attr, ".")
	s.args = append(s.args, top)
	return attr
}

// function writes a release as a function of its arguments.
func (e *expression) function(r release) {
	set := "python3Packages"
	if sets := r.Wheel.File.Pythons(); len(sets) == 1 && sets[0].Exact() {
		set = pymodule.PackageSet(sets)
	}
	e.line("# %s.callPackage ./%s.nix { }, where an overlay of wheel-auto-patch is in nixpkgs", set, fileStem(r.Wheel))
	body := &expression{}
	s := &scope{}
	body.call(r, s, "", "")
	e.line("{")
	e.in(func() {
		first := []string{"lib", "pkgs", "stdenv", "buildPythonPackage", "fetchPypi", "fetchurl", "pythonAtLeast", "pythonOlder", "wheelAutoPatchHook"}
		args := sortedSet(s.args)
		for _, a := range first {
			if slices.Contains(args, a) {
				e.line("%s,", a)
			}
		}
		for _, a := range args {
			if !slices.Contains(first, a) {
				e.line("%s,", a)
			}
		}
	})
	e.line("}:")
	e.line("")
	e.lines = append(e.lines, body.lines...)
}

// fileStem returns a name for the file of an expression.
func fileStem(w Wheel) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, pyname.NormalName(w.Name))
}

// overlay writes releases as one extension of every Python package set.
func (e *expression) overlay(list []release) {
	own := map[string]bool{}
	for _, r := range list {
		own[pyname.NormalName(r.Wheel.Name)] = true
	}
	e.line("# nixpkgs.overlays = [ wheel-auto-patch.overlays.default (import ./wheels.nix) ];")
	e.line("final: prev: {")
	e.in(func() {
		e.line("pythonPackagesExtensions = prev.pythonPackagesExtensions ++ [")
		e.in(func() {
			e.line("(pyfinal: pyprev: {")
			e.in(func() {
				for i, r := range list {
					if i > 0 {
						e.line("")
					}
					e.call(r, &scope{overlay: true, own: own}, words.NixName(pyname.NormalName(r.Wheel.Name))+" = ", ";")
				}
			})
			e.line("})")
		})
		e.line("];")
	})
	e.line("}")
}
