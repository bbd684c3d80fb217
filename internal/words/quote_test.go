package words_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// hostile are strings with all that is special to Nix, to a shell or to both.
func hostile() []string {
	return []string{
		"", "plain", "${x}", "$${x}", `\${x}`, "$", "$$", "a$", `"`, `'`, `''`, `'\''`, `\`, `\\`, `\n`, "a\nb\r\tc\n",
		"$(exit 1)", "`exit 1`", "; exit 1", "a  b", "*", "~", "#", "!", "-n", "%s", "libstdc++.so.6", "é…",
	}
}

// Rule: a number has its noun in the singular only if it is 1, and a noun in y
// ends in ies.
func TestCount(t *testing.T) {
	for _, c := range []struct {
		n          int
		noun, want string
	}{
		{0, "object", "0 objects"},
		{1, "object", "1 object"},
		{2, "object", "2 objects"},
		{1, "library", "1 library"},
		{2, "library", "2 libraries"},
		{0, "library", "0 libraries"},
	} {
		if got := words.Count(c.n, c.noun); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		if got := words.Choose(c.n, "one", "many"); (got == "one") != (c.n == 1) {
			t.Errorf("%d: %s", c.n, got)
		}
	}
}

// Rule: Nix evaluates a string that was written for it to that string.
func TestNixReadsItsStrings(t *testing.T) {
	nix := testenv.Tool(t, "nix-instantiate")
	cmd := exec.Command(nix, "--eval", "--strict", "--json", "-E", words.NixList(hostile()))
	cmd.Env = append(os.Environ(), "NIX_STATE_DIR="+t.TempDir(), "NIX_STORE_DIR="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, words.NixList(hostile()))
	}
	var got []string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, hostile()) {
		t.Errorf("%q, want %q", got, hostile())
	}
}

// Rule: a list of the Nix language has blanks between its strings, and none where it
// is empty but those of the brackets.
func TestNixList(t *testing.T) {
	for want, list := range map[string][]string{"[  ]": nil, `[ "a" ]`: {"a"}, `[ "a" "b c" ]`: {"a", "b c"}} {
		if got := words.NixList(list); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Rule: a shell takes a word that was written for it as one argument, unchanged.
func TestShellReadsItsWords(t *testing.T) {
	for _, name := range []string{"sh", "bash", "zsh", "fish"} {
		shell, err := exec.LookPath(name)
		if err != nil && name != "sh" {
			continue // sh answers for POSIX; the others where they are installed
		}
		for _, s := range hostile() {
			out, err := exec.Command(shell, "-c", "printf %s= "+words.Shell(s)+" end").Output()
			if err != nil || string(out) != s+"=end=" {
				t.Errorf("%s: %q %v, want %q", name, out, err, s)
			}
		}
	}
}

// Rule: Nix evaluates an indented string that holds a text, with more text on both sides,
// to just that.
func TestNixReadsItsTexts(t *testing.T) {
	nix := testenv.Tool(t, "nix-instantiate")
	texts := append(hostile(), "'${x}'", "''${x}", "$''", "'$", "$'", "''''", "'''", "$$'{'", `''\n`, `\'`)
	for _, s := range texts {
		if words.Printable(s) != s {
			continue // a line break, which the text may not have
		}
		expression := "''\n  a " + words.NixText(s) + "${\"|\"}b\n''"
		cmd := exec.Command(nix, "--eval", "--strict", "--json", "-E", expression)
		cmd.Env = append(os.Environ(), "NIX_STATE_DIR="+t.TempDir(), "NIX_STORE_DIR="+t.TempDir())
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, expression)
		}
		var got string
		if err := json.Unmarshal(out, &got); err != nil || got != "a "+s+"|b\n" {
			t.Errorf("%q is read as %q", s, got)
		}
	}
}
