package problem

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: what is to be pasted is a derivation's attributes, and its shell text replaces
// just what was meant, whatever the code and the file are called. The oracles are Nix and
// the shell.
func TestSubstituteIsPasted(t *testing.T) {
	nix := testenv.Tool(t, "nix-instantiate")
	list := []Substitution{
		{"pkg/a.py", "find_library('foo')", "'", "'", "foo", "libfoo.so.1"},
		{"pkg/a.py", `CDLL("$x", '${y}', "''$z` + "`id`" + `\\")`, `CDLL("$`, `', ''')`, "foo.bar", "libfoo.so.2"},
		{"pkg/odd name's $(id) [1].py", `x`, `"`, `"`, "foo", "libfoo.so.1"},
	}
	lines := Substitute(list, "", "", "")
	expression := `let lib.getLib = x: x; foo = "/foo" // { }; python.sitePackages = "site"; in { ` + strings.Join(lines, "\n") + " }"
	expression = strings.Replace(expression, `"/foo" // { }`, `{ outPath = "/foo"; bar = "/bar"; }`, 1)
	cmd := exec.Command(nix, "--eval", "--strict", "--json", "-E", expression)
	cmd.Env = append(os.Environ(), "NIX_STATE_DIR="+t.TempDir(), "NIX_STORE_DIR="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, expression)
	}
	var got struct {
		PostInstall                string
		WheelAutoPatchIgnoreRecord []string
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	script := `substituteInPlace() { printf '%s\n' "$@"; }; out=/out` + "\n" + got.PostInstall
	said, err := exec.Command("bash", "-euc", script).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, script)
	}
	want := []string{"/out/site/pkg/a.py"}
	for i, s := range list {
		if i == 2 {
			want = append(want, "/out/site/"+s.File)
		}
		path := map[string]string{"foo": "/foo", "foo.bar": "/bar"}[s.Attr]
		want = append(want, "--replace-fail", s.Old, s.Before+path+"/lib/"+s.Soname+s.After)
	}
	if text := strings.Split(strings.TrimSuffix(string(said), "\n"), "\n"); !slices.Equal(text, want) {
		t.Errorf("%q\nis not\n%q", text, want)
	}
	if globs := got.WheelAutoPatchIgnoreRecord; len(globs) != 2 || globs[0] != "pkg/a.py" || strings.Contains(globs[1], " ") {
		t.Errorf("%q", globs)
	}
}

// Rule: what Nix cannot say is not proposed, and no substitution is no line.
func TestSubstituteLeavesOut(t *testing.T) {
	if (Substitution{File: "a.py", Old: "a\u202eb"}).Writable() || (Substitution{File: "a\n.py", Old: "a"}).Writable() || (Substitution{File: "a.py"}).Writable() {
		t.Error("hidden characters, or nothing to replace")
	}
	if lines := Substitute(nil, "", "", ""); lines != nil {
		t.Errorf("%q", lines)
	}
}

// Rule: in a uv2nix set the override of the package says it, with what it said before.
func TestSubstituteInAnOverride(t *testing.T) {
	lines := Reader{Package: "pkg"}.substitute([]Substitution{{"pkg/a.py", "x", "'", "'", "foo", "libfoo.so.1"}})
	want := []string{
		"pkg = prev.pkg.overrideAttrs (old: {",
		`  postInstall = (old.postInstall or "") + ''`,
		"    substituteInPlace $out/${final.python.sitePackages}/pkg/a.py \\",
		"      --replace-fail 'x' \"'${pkgs.lib.getLib pkgs.foo}/lib/libfoo.so.1'\"",
		"  '';",
		`  wheelAutoPatchIgnoreRecord = [ "pkg/a.py" ];`,
		"});",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("%s", strings.Join(lines, "\n"))
	}
}
