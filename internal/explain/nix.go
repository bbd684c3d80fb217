package explain

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// Nix writes an expression to start from (Nix manual, "Nix language"): for one wheel
// a function for callPackage (Nixpkgs manual, "Python", buildPythonPackage), for
// several an overlay in which they find one another. Trees are left out: they have
// no src.
func Nix(w io.Writer, m Model) error {
	t := &text{w: w, m: m}
	chosen, passed := m.chooseWheels()
	switch {
	case len(chosen) == 0:
		t.line("# no wheel here that this machine can use")
		t.passedOver(passed, "")
		t.line("{ }")
	case len(m.wheels) == 1:
		t.function(m.derivation(chosen[0]))
	default:
		t.overlay(chosen, passed)
	}
	return t.err
}

// chooseWheels returns the first wheel of each distribution that fits this machine,
// and those passed over. A single wheel need not fit.
func (m Model) chooseWheels() (chosen, passed []int) {
	taken := map[string]bool{}
	for i, w := range m.wheels {
		name := pyname.NormalName(w.Name)
		if !w.Archive || w.Name == "" || w.Damage != "" || taken[name] || w.Misfit != "" && len(m.wheels) > 1 {
			passed = append(passed, i)
			continue
		}
		taken[name] = true
		chosen = append(chosen, i)
	}
	return chosen, passed
}

// function writes a derivation as a function of its arguments.
func (t *text) function(d derivation) {
	args := []string{"buildPythonPackage", "fetchPypi", "wheelAutoPatchHook"}
	for _, attr := range append(slices.Clone(d.inputs), d.opened...) {
		top, _, _ := strings.Cut(attr, ".")
		args = append(args, top)
	}
	for _, s := range d.substitutes {
		top, _, _ := strings.Cut(s.Attr, ".")
		args = append(args, top, "lib", "python")
	}
	t.line("{")
	var named []string
	for _, dep := range d.dependencies {
		if words.NixName(dep) == dep {
			named = append(named, dep)
		} else {
			t.line("  # left out, for it is no name in Nix: " + words.Printable(dep))
		}
	}
	d.dependencies = named
	for _, a := range append(sortedSet(args), d.dependencies...) {
		t.line("  " + a + ",")
	}
	t.line("}:")
	t.line("")
	t.body(d, nixNames{}, "")
}

// nixNames are the prefixes of the sets that names are taken from, such as "final.".
// They are empty for plain arguments.
type nixNames struct{ pkgs, python string }

// body writes the call of buildPythonPackage.
func (t *text) body(d derivation, n nixNames, indent string) {
	line := func(s string) { t.line(indent + s) }
	line(n.python + "buildPythonPackage {")
	line("  pname = " + words.NixString(pyname.NormalName(d.wheel.Name)) + ";")
	line("  version = " + words.NixString(d.wheel.Version) + ";")
	line(`  format = "wheel";`)
	line("")
	line("  src = " + n.pkgs + "fetchPypi {")
	line("    pname = " + words.NixString(filePart(d.wheel, 0)) + ";")
	line("    version = " + words.NixString(filePart(d.wheel, 1)) + ";")
	line(`    format = "wheel";`)
	line("    dist = " + words.NixString(strings.Join(d.wheel.Python, ".")) + ";")
	line("    python = " + words.NixString(strings.Join(d.wheel.Python, ".")) + ";")
	line("    abi = " + words.NixString(strings.Join(d.wheel.ABI, ".")) + ";")
	line("    platform = " + words.NixString(d.wheel.platformPart()) + ";")
	line("    hash = " + words.NixString(sri(d.wheel.SHA256)) + ";")
	line("  };")
	line("")
	line("  nativeBuildInputs = [ " + n.pkgs + "wheelAutoPatchHook ];")
	if len(d.promised) > 0 {
		line("  # The tag promises these, so the hook hands them in: " + strings.Join(d.promised, " "))
	}
	t.list(indent, "buildInputs", n.pkgs, d.inputs, d.openedLines(n.pkgs))
	t.list(indent, "dependencies", n.python, d.dependencies, nil)
	if len(d.ignores) > 0 {
		line("  wheelAutoPatchIgnoreMissingDeps = [")
		for _, i := range d.ignores {
			line("    " + words.NixString(i.pattern) + " # " + words.Printable(i.reason))
		}
		line("  ];")
	}
	for _, l := range problem.Substitute(d.substitutes, n.pkgs, n.python, "") {
		line("  " + l)
	}
	if indent == "" {
		line("}")
	} else {
		line("};")
	}
}

// list writes an attribute whose value is a list of names, with comments behind, if there
// are any.
func (t *text) list(indent, name, set string, items, comments []string) {
	if len(items)+len(comments) == 0 {
		return
	}
	t.line(indent + "  " + name + " = [")
	for _, item := range items {
		t.line(indent + "    " + set + words.NixName(item))
	}
	for _, comment := range comments {
		t.line(indent + "    # " + comment)
	}
	t.line(indent + "  ];")
}

// overlay writes the derivations as one extension of every Python package set.
func (t *text) overlay(chosen, passed []int) {
	t.line("final: prev: {")
	t.line("  pythonPackagesExtensions = prev.pythonPackagesExtensions ++ [")
	t.line("    (pyfinal: pyprev: {")
	for _, i := range chosen {
		d := t.m.derivation(i)
		start := "      " + words.NixName(pyname.NormalName(d.wheel.Name)) + " = "
		inner := &text{w: &trimmed{t: t, prefix: start, indent: "      "}, m: t.m}
		inner.body(d, nixNames{"final.", "pyfinal."}, "      ")
	}
	t.passedOver(passed, "      ")
	t.line("    })")
	t.line("  ];")
	t.line("}")
}

// trimmed puts the name of an attribute before the first line of its value.
type trimmed struct {
	t              *text
	prefix, indent string
	begun          bool
}

func (w *trimmed) Write(p []byte) (int, error) {
	s := strings.TrimSuffix(string(p), "\n")
	if !w.begun {
		s, w.begun = w.prefix+strings.TrimPrefix(s, w.indent), true
	}
	w.t.line(s)
	return len(p), w.t.err
}

// passedOver writes a comment on each wheel that was not chosen.
func (t *text) passedOver(passed []int, indent string) {
	for _, i := range passed {
		w := t.m.wheels[i]
		reason := "another wheel of this distribution was taken"
		switch {
		case !w.Archive:
			reason = "a tree, not a wheel"
		case w.Damage != "":
			reason = w.Damage
		case w.Misfit != "":
			reason = w.Misfit
		}
		t.line(indent + "# passed over: " + words.Printable(path.Base(w.Path)) + ": " + words.Printable(reason))
	}
}

// filePart returns the name (part 0) or version (part 1) as the file name has it:
// fetchPypi makes the address of them.
func filePart(w wheelInfo, part int) string {
	if f, ok := pyname.ParseFilename(w.Path); ok {
		return []string{f.Name, f.Version}[part]
	}
	return []string{w.Name, w.Version}[part]
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
