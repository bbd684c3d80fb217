package explain

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// Nix writes an expression to start from: for one wheel a function for
// callPackage (Nixpkgs manual, "Python", buildPythonPackage), for several an
// overlay in which they find one another. Trees are left out: they have no src.
func Nix(w io.Writer, m Model) error {
	t := &text{w: w, m: m}
	chosen, passed := m.chooseWheels()
	switch {
	case len(chosen) == 0:
		t.line("# no wheel here that this machine can use")
		t.passedOver(passed, "")
		t.line("{ }")
	case len(m.Wheels) == 1:
		t.function(m.derivation(chosen[0]))
	default:
		t.overlay(chosen, passed)
	}
	return t.err
}

// chooseWheels takes one wheel of each distribution: one that fits this machine.
func (m Model) chooseWheels() (chosen, passed []int) {
	taken := map[string]bool{}
	for i, w := range m.Wheels {
		name := wheel.NormalName(w.Name)
		if !w.Archive || w.Name == "" || taken[name] || w.Misfit != "" && len(m.Wheels) > 1 {
			passed = append(passed, i)
			continue
		}
		taken[name] = true
		chosen = append(chosen, i)
	}
	return chosen, passed
}

// A derivation is what one wheel needs in Nix.
type derivation struct {
	wheel        Wheel
	inputs       []string // attributes
	promised     []string // sonames that the hook hands in
	dependencies []string // Python packages
	ignores      []ignore
}

type ignore struct{ pattern, reason string }

func (m Model) derivation(i int) derivation {
	d := derivation{wheel: m.Wheels[i]}
	d.dependencies = plainRequires(d.wheel.RequiresText)
	for _, e := range m.External {
		objects := slices.DeleteFunc(slices.Clone(e.NeededBy), func(obj int) bool { return m.Objects[obj].Wheel != i })
		if len(objects) == 0 {
			continue
		}
		switch e.From {
		case Promise:
			d.promised = append(d.promised, e.Soname)
		case Nixpkgs:
			if e.Optional && m.onlyPlugins(objects) {
				d.ignores = append(d.ignores, m.ignoring(e, objects)...)
				continue
			}
			d.inputs = append(d.inputs, e.Attr)
		case Dist:
			d.dependencies = append(d.dependencies, m.distFor(e, i))
		case Nobody:
			d.ignores = append(d.ignores, m.ignoring(e, objects)...)
		}
	}
	for _, o := range m.Objects {
		for _, n := range o.Needs {
			if o.Wheel == i && n.From == Sibling {
				d.dependencies = append(d.dependencies, wheel.NormalName(m.Wheels[m.Objects[n.Object].Wheel].Name))
			}
		}
	}
	d.inputs = sortedSet(d.inputs)
	d.dependencies = sortedSet(d.dependencies)
	d.dependencies = slices.DeleteFunc(d.dependencies, func(n string) bool { return n == "" || n == wheel.NormalName(d.wheel.Name) })
	slices.SortFunc(d.ignores, func(a, b ignore) int { return cmp.Compare(a.pattern, b.pattern) })
	return d
}

func (m Model) onlyPlugins(objects []int) bool {
	return !slices.ContainsFunc(objects, func(obj int) bool { return m.Objects[obj].Kind != Plugin })
}

// distFor is the Python package to depend on: one that the wheel requires, if
// it names one.
func (m Model) distFor(e External, i int) string {
	for _, dist := range e.Dists {
		if slices.Contains(m.Wheels[i].Requires, dist) {
			return dist
		}
	}
	if len(e.Dists) > 0 {
		return e.Dists[0]
	}
	return ""
}

// ignoring gives up on a library: for its plugins alone where only they ask.
func (m Model) ignoring(e External, objects []int) []ignore {
	reason := cmp.Or(e.Note, "nobody known here has it: try nix-locate -w lib/"+e.Soname)
	if !m.onlyPlugins(objects) {
		return []ignore{{e.Soname, reason}}
	}
	var out []ignore
	for _, obj := range objects {
		out = append(out, ignore{"*/" + path.Base(m.Objects[obj].Path) + ":" + e.Soname, reason})
	}
	return out
}

// plainRequires gives the names of the requirements that no extra asks for.
func plainRequires(lines []string) []string {
	var out []string
	for _, line := range lines {
		_, marker, _ := strings.Cut(line, ";")
		if !strings.Contains(marker, "extra") {
			out = append(out, requirements([]string{line})...)
		}
	}
	return out
}

func sortedSet(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// function writes one derivation with its arguments.
func (t *text) function(d derivation) {
	args := []string{"buildPythonPackage", "fetchPypi", "wheelAutoPatchHook"}
	for _, attr := range d.inputs {
		top, _, _ := strings.Cut(attr, ".")
		args = append(args, top)
	}
	t.line("{")
	var named []string
	for _, dep := range d.dependencies {
		if identifier.MatchString(dep) {
			named = append(named, dep)
		} else {
			t.line("  # left out, for it is no name in Nix: " + clean(dep))
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

// nixNames are the sets that names are taken from: empty for plain arguments.
type nixNames struct{ pkgs, python string }

func (t *text) body(d derivation, n nixNames, indent string) {
	line := func(s string) { t.line(indent + s) }
	line(n.python + "buildPythonPackage {")
	line("  pname = " + nixString(wheel.NormalName(d.wheel.Name)) + ";")
	line("  version = " + nixString(d.wheel.Version) + ";")
	line(`  format = "wheel";`)
	line("")
	line("  src = " + n.pkgs + "fetchPypi {")
	line("    pname = " + nixString(filePart(d.wheel, 0)) + ";")
	line("    version = " + nixString(filePart(d.wheel, 1)) + ";")
	line(`    format = "wheel";`)
	line("    dist = " + nixString(strings.Join(d.wheel.Python, ".")) + ";")
	line("    python = " + nixString(strings.Join(d.wheel.Python, ".")) + ";")
	line("    abi = " + nixString(strings.Join(d.wheel.ABI, ".")) + ";")
	line("    platform = " + nixString(strings.Join(d.wheel.Platforms, ".")) + ";")
	line("    hash = " + nixString(sri(d.wheel.SHA256)) + ";")
	line("  };")
	line("")
	line("  nativeBuildInputs = [ " + n.pkgs + "wheelAutoPatchHook ];")
	if len(d.promised) > 0 {
		line("  # The tag promises these, so the hook hands them in: " + strings.Join(d.promised, " "))
	}
	t.list(indent, "buildInputs", n.pkgs, d.inputs)
	t.list(indent, "dependencies", n.python, d.dependencies)
	if len(d.ignores) > 0 {
		line("  wheelAutoPatchIgnoreMissingDeps = [")
		for _, i := range d.ignores {
			line("    " + nixString(i.pattern) + " # " + clean(i.reason))
		}
		line("  ];")
	}
	if indent == "" {
		line("}")
	} else {
		line("};")
	}
}

func (t *text) list(indent, name, set string, items []string) {
	if len(items) == 0 {
		return
	}
	t.line(indent + "  " + name + " = [")
	for _, item := range items {
		t.line(indent + "    " + set + nixName(item))
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
		start := "      " + nixName(wheel.NormalName(d.wheel.Name)) + " = "
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

func (t *text) passedOver(passed []int, indent string) {
	for _, i := range passed {
		w := t.m.Wheels[i]
		reason := "another wheel of this distribution was taken"
		switch {
		case !w.Archive:
			reason = "a tree, not a wheel"
		case w.Misfit != "":
			reason = w.Misfit
		}
		t.line(indent + "# passed over: " + clean(path.Base(w.Path)) + ": " + clean(reason))
	}
}

// filePart is the name or version as the file name has it, by which the index
// knows the file.
func filePart(w Wheel, part int) string {
	if f, ok := wheel.ParseFilename(w.Path); ok {
		return []string{f.Name, f.Version}[part]
	}
	return []string{w.Name, w.Version}[part]
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_'-]*(\.[A-Za-z_][A-Za-z0-9_'-]*)*$`)

// nixName is an attribute path; what is no identifier is quoted.
func nixName(s string) string {
	if identifier.MatchString(s) {
		return s
	}
	return nixString(s)
}

// nixString quotes for the Nix language.
func nixString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", `\${`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

// sri is a hash as fetchers take it.
func sri(hexSum string) string {
	sum, err := hex.DecodeString(hexSum)
	if err != nil {
		return ""
	}
	return "sha256-" + base64.StdEncoding.EncodeToString(sum)
}
