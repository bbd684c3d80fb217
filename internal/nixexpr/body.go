package nixexpr

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// call writes the call of buildPythonPackage, between what stands before and behind it.
func (e *expression) call(r release, s *scope, before, behind string) {
	e.line("%s", before+s.python("buildPythonPackage")+" (finalAttrs: {")
	e.in(func() {
		e.line("pname = %s;", words.NixString(pyname.NormalName(r.Wheel.Name)))
		e.line("version = %s;", words.NixString(r.Wheel.Version))
		e.line(`format = "wheel";`)
		if disabled := r.Wheel.disabled(s); disabled != "" {
			e.line("disabled = %s;", disabled)
		}
		e.line("")
		e.source(r.wheels, s)
		e.line("")
		if len(r.Promised) > 0 {
			e.line("# The hook hands in what the tag promises: %s", words.Printable(strings.Join(r.Promised, " ")))
		}
		e.line("nativeBuildInputs = [ %s ];", s.pkgs("wheelAutoPatchHook"))
		e.inputs(r, s)
		e.dependencies(r, s)
		e.ignores(r)
		e.substitutes(r, s)
		e.byName(r)
		if len(r.Wheel.Imports) > 0 {
			e.line("")
			e.strings("pythonImportsCheck", r.Wheel.Imports[:min(len(r.Wheel.Imports), maxImports)])
		}
		e.meta(r, s)
	})
	e.line("%s", "})"+behind)
}

// maxImports is how many modules an expression tries to import.
const maxImports = 10

// source writes src, by the system where there are several wheels.
func (e *expression) source(wheels []Wheel, s *scope) {
	first := wheels[0]
	if first.Renamed {
		e.line("# The file was called %s; this name is that of its WHEEL.", words.Printable(words.Quote(baseName(first.Path))))
	}
	if len(wheels) == 1 {
		e.fetch("src = ", first, s)
		return
	}
	e.line("src =")
	e.in(func() {
		e.line("{")
		e.in(func() {
			for _, w := range wheels {
				for _, system := range w.systems() {
					e.fetch(system+" = ", w, s)
				}
			}
		})
		e.line("}")
		system := s.pkgs("stdenv") + ".hostPlatform.system"
		e.line(".${%s}", system)
		e.in(func() { e.line("or (throw %s);", `"${finalAttrs.pname}: no wheel for ${`+system+`}"`) })
	})
}

func baseName(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }

// fetch writes the fetcher of one wheel: fetchPypi makes the address of the parts of the
// file name, among which it knows no build tag.
func (e *expression) fetch(before string, w Wheel, s *scope) {
	if w.File.Build != "" || w.Renamed {
		name := w.File.String()
		e.line("%s%s {", before, s.pkgs("fetchurl"))
		e.in(func() {
			e.line("url = %s;", words.NixString("https://files.pythonhosted.org/packages/"+strings.Join(w.File.Python, ".")+"/"+name[:1]+"/"+w.File.Name+"/"+name))
			e.line("hash = %s;", words.NixString(sri(w.SHA256)))
		})
		e.line("};")
		return
	}
	e.line("%s%s {", before, s.from("final.", "fetchPypi"))
	e.in(func() {
		e.line("pname = %s;", words.NixString(w.File.Name))
		if w.File.Version == w.Version {
			e.line("inherit (finalAttrs) version;")
		} else {
			e.line("version = %s;", words.NixString(w.File.Version))
		}
		e.line(`format = "wheel";`)
		e.line("dist = %s;", words.NixString(strings.Join(w.File.Python, ".")))
		e.line("python = %s;", words.NixString(strings.Join(w.File.Python, ".")))
		e.line("abi = %s;", words.NixString(strings.Join(w.File.ABI, ".")))
		e.line("platform = %s;", words.NixString(w.File.PlatformPart()))
		e.line("hash = %s;", words.NixString(sri(w.SHA256)))
	})
	e.line("};")
}

// openedComment stands above what may be switched on.
const openedComment = "# Opened by name while it runs. Uncomment what is to work:"

// inputs writes buildInputs, if there are any.
func (e *expression) inputs(r release, s *scope) {
	if len(r.Inputs)+len(r.Opened) == 0 {
		return
	}
	e.line("")
	e.line("buildInputs = [")
	e.in(func() {
		for _, attr := range r.Inputs {
			e.line("%s", s.input(attr))
		}
		if len(r.Opened) > 0 {
			e.line("%s", openedComment)
		}
		for _, o := range r.Opened {
			e.line("# %s # %s", s.input(o.Attr), o.Libraries)
		}
	})
	e.line("];")
}

// dependencies writes the Python packages: those that always hold, and behind them those of
// some Pythons or machines.
func (e *expression) dependencies(r release, s *scope) {
	var conditions []string
	by := map[string][]string{}
	for _, dep := range r.Dependencies {
		attr, ok := s.distribution(dep.Name)
		name := words.NixName(attr)
		if name != attr && !s.overlay {
			e.line("# left out, for it is no name in Nix: %s", words.Printable(dep.Name))
			continue
		}
		condition := dep.on.condition(r.grid, s)
		text := s.python(name)
		var notes []string
		if len(dep.extras) > 0 {
			notes = append(notes, "with its extras "+words.Printable(strings.Join(dep.extras, ", ")))
		}
		if !ok {
			notes = append(notes, "not in nixpkgs: package its wheel, too")
		}
		if len(notes) > 0 {
			text += " # " + strings.Join(notes, "; ")
		}
		if by[condition] == nil {
			conditions = append(conditions, condition)
		}
		if !slices.Contains(by[condition], text) { // nixpkgs has two distributions as one
			by[condition] = append(by[condition], text)
		}
	}
	if beside := r.besides(s); len(beside) > 0 {
		if by[""] == nil {
			conditions = append(conditions, "")
		}
		by[""] = append(append(by[""], openedComment), beside...)
	}
	slices.SortFunc(conditions, func(a, b string) int { return cmp.Or(cmp.Compare(min(1, len(a)), min(1, len(b))), cmp.Compare(a, b)) })
	if len(conditions)+len(r.left) > 0 {
		e.line("")
	}
	for _, name := range r.left {
		e.line("# left out, for it needs this package: %s", words.Printable(name))
	}
	if len(conditions) == 0 {
		return
	}
	if len(conditions) > 1 && conditions[0] != "" {
		e.line("dependencies =")
		e.in(func() { e.lists("", conditions, by, s) })
		return
	}
	e.lists("dependencies = ", conditions, by, s)
}

// besides returns the comments for what objects open by name of other wheels of an overlay,
// unless these are dependencies already.
func (r release) besides(s *scope) []string {
	var out []string
	for _, o := range r.OpenedBeside {
		same := func(d Dependency) bool { return d.Name == o.Name }
		if s.overlay && !slices.ContainsFunc(r.Dependencies, same) && !slices.Contains(r.left, o.Name) {
			attr, _ := s.distribution(o.Name)
			out = append(out, "# "+s.python(words.NixName(attr))+" # "+o.Libraries)
		}
	}
	return out
}

// lists writes lists of names joined, each under its condition.
func (e *expression) lists(before string, conditions []string, by map[string][]string, s *scope) {
	for i, condition := range conditions {
		start, last := before, i == len(conditions)-1
		if i > 0 {
			start = "++ "
		}
		if condition != "" {
			start += s.pkgs("lib") + ".optionals " + parenthesized(condition) + " "
		}
		e.line("%s[", start)
		e.in(func() {
			for _, text := range by[condition] {
				e.line("%s", text)
			}
		})
		if last {
			e.line("];")
		} else {
			e.line("]")
		}
	}
}

func parenthesized(s string) string { return "(" + s + ")" }

// ignores writes what is not looked for, each with its reason.
func (e *expression) ignores(r release) {
	if len(r.Ignores) == 0 {
		return
	}
	e.line("")
	e.line("wheelAutoPatchIgnoreMissingDeps = [")
	e.in(func() {
		for _, i := range r.Ignores {
			e.line("%s", words.NixString(i.Pattern)+" # "+words.Printable(i.Reason))
		}
	})
	e.line("];")
}

// byName says what Python code opens by its name, for which nothing can be written here.
func (e *expression) byName(r release) {
	if len(r.ByName) == 0 {
		return
	}
	e.line("")
	e.line("# Opened by name in Python code, which no RUNPATH serves: have it open the path of the library")
	e.line("# (substituteInPlace in postInstall), if that is used:")
	for _, n := range r.ByName {
		e.line("# %s", words.Printable(fmt.Sprintf("%s of %s, in %s", n.Soname, n.Attr, n.Where)))
	}
}

// substitutes has Python code open libraries by their paths.
func (e *expression) substitutes(r release, s *scope) {
	if len(r.Substitutes) == 0 {
		return
	}
	pkgs, python := "final.", "pyfinal."
	if !s.overlay {
		pkgs, python = "", ""
		s.args = append(s.args, "python")
		if slices.ContainsFunc(r.Substitutes, func(x problem.Substitution) bool { return providers.IsShared(x.Attr) }) {
			pkgs, s.args = "pkgs.", append(s.args, "pkgs")
		} else {
			s.args = append(s.args, "lib")
			for _, x := range r.Substitutes {
				s.pkgs(x.Attr)
			}
		}
	}
	e.line("")
	for _, line := range problem.Substitute(r.Substitutes, pkgs, python, "") {
		e.line("%s", line)
	}
}

// strings writes a list of strings, on one line where it is one.
func (e *expression) strings(name string, list []string) {
	if len(list) == 1 {
		e.line("%s = [ %s ];", name, words.NixString(list[0]))
		return
	}
	e.line("%s = [", name)
	e.in(func() {
		for _, text := range list {
			e.line("%s", words.NixString(text))
		}
	})
	e.line("];")
}

// sri returns a sha256 in hexadecimal as the hash that fetchers take (W3C,
// "Subresource Integrity"), or "".
func sri(hexSum string) string {
	sum, err := hex.DecodeString(hexSum)
	if err != nil {
		return ""
	}
	return "sha256-" + base64.StdEncoding.EncodeToString(sum)
}
