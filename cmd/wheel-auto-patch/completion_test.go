package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// What a user types after the program's name, and what Tab offers then.
var completed = map[string][]string{
	"ver":                             {"verify", "version"},
	"re":                              {"reference"},
	"reference record-h":              {"record-hash-mismatch", "record-hex-digest"},
	"completion z":                    {"zsh"},
	"explain --format ht":             {"html"},
	"patch --dry":                     {"--dry-run"},
	"patch --layout f":                {"flat"},
	"verify --record f":               {"fail"},
	"check --no-l":                    {"--no-ldd"},
	"verify --lay":                    {},
	"check --lib fold":                {"folder"},
	"explain --python-lib ../x --dep": {"--depth"},
	"explain fold":                    {"folder"},
}

// zshAsks types what follows the file of the completion into a zsh, with Tab behind it.
const zshAsks = `
zmodload zsh/zpty
export COMPLETION=$1 HITS=$1.hits
shift
: >$HITS
cat >$HITS.rc <<'END'
PROMPT=
autoload -Uz compinit; compinit -C -d ${COMPLETION}.dump
source $COMPLETION
# What is offered is written to a file, too. With these options compadd offers nothing.
compadd() {
  local -a hits
  if [[ ${@[1,(i)(-|--)]} == *-[OAD]\ * ]]; then builtin compadd "$@"; return; fi
  builtin compadd -A hits "$@"
  print -rl -- $IPREFIX$^hits >>$HITS
  builtin compadd "$@"
}
comppostfuncs=(exit)
bindkey '^I' complete-word
END
zpty asked zsh -f -i
zpty -w asked "source $HITS.rc"
zpty -w -n asked "$*"$'\t'
while zpty -r asked; do :; done >/dev/null
sed '/^$/d' $HITS | sort -u`

// Rule: the completions offer, in the real shell, what may be typed there.
func TestCompletionInShells(t *testing.T) {
	g := newGrammar(newParser(new(CLI)).Model)
	for shell, ask := range map[string]string{
		"bash": `
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_wheel_auto_patch
printf '%s\n' "${COMPREPLY[@]}"`,
		"fish": `source $argv[1]; complete -C (string join -- ' ' $argv[2..-1])`,
		"zsh":  zshAsks,
	} {
		t.Run(shell, func(t *testing.T) {
			program, err := exec.LookPath(shell)
			if err != nil {
				testenv.Lacks(t, "%v", err)
			}
			var script strings.Builder
			if err := writeCompletion(&script, shell, g); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			file := filepath.Join(dir, "completion")
			if err := errors.Join(os.WriteFile(file, []byte(script.String()), 0o644), os.MkdirAll(filepath.Join(dir, "here", "folder"), 0o755)); err != nil {
				t.Fatal(err)
			}
			for typed, want := range completed {
				args := []string{"-c", ask}
				if shell != "fish" {
					args = append(args, shell)
				}
				cmd := exec.Command(program, append(append(args, file, "wheel-auto-patch"), strings.Split(typed, " ")...)...)
				cmd.Dir = filepath.Join(dir, "here")
				cmd.Env = append(os.Environ(), "HOME="+dir, "TERM=dumb")
				out, err := cmd.CombinedOutput()
				got := []string{}
				for line := range strings.Lines(string(out)) {
					word, _, _ := strings.Cut(strings.TrimSpace(line), "\t") // fish has a description behind it
					if word = strings.TrimSuffix(word, "/"); word != "" {
						got = append(got, word)
					}
				}
				slices.Sort(got)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%q: %q, %v", typed, got, err)
				}
			}
		})
	}
}

// What is hidden stays out of the completions and the page, commands and flags are in.
func TestGrammar(t *testing.T) {
	g := newGrammar(newParser(new(CLI)).Model)
	if names := commandNames(g); slices.Contains(names, "hook-verify") || !slices.Contains(names, "man") {
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
