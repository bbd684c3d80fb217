package explain

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

// Nix writes an expression to start from (Nix manual, "Nix language"), laid out as by
// nixfmt: for one version of one distribution a function for callPackage (Nixpkgs manual,
// "Python", buildPythonPackage), for several distributions an overlay in which they find
// one another. Trees are left out: they have no src. The error is ErrNoWheel, or comes from
// w.
func Nix(w io.Writer, m Model) error {
	releases, passed := m.releases()
	if len(releases) == 0 {
		return ErrNoWheel
	}
	var list []derivation
	for _, r := range releases {
		d := m.derivation(r.wheels[0])
		for _, i := range r.wheels[1:] {
			d.merge(m.derivation(i))
		}
		list = append(list, d)
	}
	m.breakCircles(list, releases)
	e := &expression{m: m}
	if len(list) == 1 {
		e.function(list[0], releases[0])
	} else {
		e.overlay(list, releases)
	}
	for _, i := range passed {
		wheel := m.wheels[i]
		e.line("# passed over: " + words.Printable(path.Base(wheel.Path)) + ": " + wheel.passedReason())
	}
	_, err := io.WriteString(w, strings.Join(e.lines, "\n")+"\n")
	return err
}

// An expression is text of Nix in the making.
type expression struct {
	m      Model
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

// function writes a derivation as a function of its arguments.
func (e *expression) function(d derivation, r release) {
	set := "python3Packages"
	if sets := d.wheel.pythons(); len(sets) == 1 && sets[0].Exact() {
		set = pymodule.PackageSet(sets)
	}
	e.line("# %s.callPackage ./%s.nix { }, where an overlay of wheel-auto-patch is in nixpkgs", set, fileStem(d.wheel))
	body := &expression{m: e.m}
	s := &scope{}
	body.call(d, r, s, "", "")
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
func fileStem(w wheelInfo) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, pyname.NormalName(w.Name))
}

// overlay writes derivations as one extension of every Python package set.
func (e *expression) overlay(list []derivation, releases []release) {
	e.line("# nixpkgs.overlays = [ wheel-auto-patch.overlays.default (import ./wheels.nix) ];")
	e.line("final: prev: {")
	e.in(func() {
		e.line("pythonPackagesExtensions = prev.pythonPackagesExtensions ++ [")
		e.in(func() {
			e.line("(pyfinal: pyprev: {")
			e.in(func() {
				for i, d := range list {
					if i > 0 {
						e.line("")
					}
					e.call(d, releases[i], &scope{overlay: true}, words.NixName(pyname.NormalName(d.wheel.Name))+" = ", ";")
				}
			})
			e.line("})")
		})
		e.line("];")
	})
	e.line("}")
}
