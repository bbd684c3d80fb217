package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func testGrammar(t *testing.T) grammar {
	t.Helper()
	parser, err := kong.New(new(CLI), kong.Name("wheel-auto-patch"), kong.Vars{"version": "1"})
	if err != nil {
		t.Fatal(err)
	}
	return newGrammar(parser.Model)
}

// What a user types after the program's name, and what Tab offers then, asked of
// a real bash.
func TestBashCompletion(t *testing.T) {
	script := bashCompletion(testGrammar(t))
	for typed, want := range map[string]string{
		"ver":                      "verify",
		"re":                       "reference",
		"reference record-h":       "record-hash-mismatch record-hex-digest",
		"explain --format ht":      "html",
		"patch --dry":              "--dry-run",
		"patch --layout ":          "flat origin",
		"verify --record f":        "fail",
		"--no-l":                   "--no-ldd",
		"explain --all --needs li": "",
	} {
		words := append([]string{"wheel-auto-patch"}, strings.Split(typed, " ")...)
		cmd := exec.Command("bash", "-c", script+`
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wheel_auto_patch; echo "${COMPREPLY[*]}"`, "bash")
		cmd.Args = append(cmd.Args, words...)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
}

// The shells that are here can read what is made for them.
func TestCompletionsParse(t *testing.T) {
	for shell, check := range map[string][]string{"bash": {"bash", "-n"}, "zsh": {"zsh", "-n"}, "fish": {"fish", "--no-execute"}} {
		var b strings.Builder
		if err := writeCompletion(&b, shell, testGrammar(t)); err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"explain", "reference", "interpreter", "library-not-found", "no-ldd"} {
			if !strings.Contains(b.String(), word) {
				t.Errorf("%s: no %s", shell, word)
			}
		}
		path, err := exec.LookPath(check[0])
		if err != nil {
			continue // bash is everywhere, the others seldom
		}
		file := t.TempDir() + "/completion"
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(path, append(check[1:], file)...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", shell, err, out)
		}
	}
}

// Hidden commands stay out of the completions and the page, flags are in.
func TestGrammar(t *testing.T) {
	g := testGrammar(t)
	if names := commandNames(g); slices.Contains(names, "man") || !slices.Contains(names, "explain") {
		t.Error(names)
	}
	page := manPage(g, "1.0")
	for _, part := range []string{".TH WHEEL-AUTO-PATCH 1", `\fB\-\-interpreter\fR=\fIFILE\fR`, ".SS explain", ".SH EXIT STATUS", "Do not confirm every answer"} {
		if !strings.Contains(page, part) {
			t.Errorf("no %q", part)
		}
	}
}

// A line of help that begins with a dot is text, not a request to the formatter.
func TestRoff(t *testing.T) {
	for in, want := range map[string]string{".SH x": `\&.SH x`, `a\b-c`: `a\eb\-c`} {
		if got := roff(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
