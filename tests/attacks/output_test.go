package attacks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// texts are what a name may hold that is more than a name where it is printed. EVIL
// stands where it would take effect.
var texts = []struct{ name, text string }{
	{"a newline", "a\nEVIL"},
	{"a newline and a hint", "a\nhint: EVIL"},
	{"a newline and a line of Nix's log", "a\n@nix {\"EVIL\":1}"},
	{"a carriage return", "a\rEVIL"},
	{"an escape sequence", "a\x1b[2J\x1b]0;EVIL\x07"},
	{"a control character of eight bits", "a\u009b2JEVIL"},
	{"a backspace", "a\b\bEVIL"},
	{"a bidi override", "a\u202eEVIL\u202c"},
	{"a bidi isolate", "a\u2066EVIL\u2069"},
	{"a zero width space", "a\u200bEVIL"},
	{"a line separator", "a\u2028EVIL"},
	{"a tag character", "a\U000e0041EVIL"},
	{"a double quote", `a"; EVIL; "`},
	{"a single quote", `a'; EVIL; '`},
	{"two single quotes", `a''; EVIL; ''`},
	{"a Nix interpolation", "a${EVIL}"},
	{"a shell substitution", "a$(EVIL)"},
	{"backquotes", "a`EVIL`"},
	{"a semicolon", "a; EVIL"},
	{"an ampersand and a pipe", "a & EVIL | EVIL"},
	{"a backslash", `a\"; EVIL; "\`},
	{"a backslash at its end", `aEVIL\`},
	{"an element of HTML", "a<script>EVIL</script>"},
	{"an attribute of HTML", `a" onmouseover="EVIL`},
	{"an end of a script", "a</script><script>EVIL"},
	{"an end of a comment", "a--><b>EVIL*/"},
	{"an end of a DOT string", `a"]; EVIL [x="`},
	{"a DOT escape", `a\lEVIL\N`},
	{"a Go template", "a{{EVIL}}"},
	{"a format verb", "a%s%n%!EVIL"},
	{"a dash", "--EVIL"},
	{"bytes that are no UTF-8", "a\xff\xfeEVIL"},
}

// An odd place is where such a text stands in a wheel.
var oddPlaces = []struct {
	name   string
	prints []string // the commands that print it, beside explain --format json
	edit   func(g *ground, w *record.Wheel, text string)
}{
	{"the name of an object", []string{"verify", "check", "explain", "explain --format dot", "explain --format html", "explain --format nix"}, func(g *ground, w *record.Wheel, text string) {
		w.Members = append(w.Members, record.Member{Name: "pkg/" + strings.ReplaceAll(text, "/", "_") + ".so", Data: fill(objects(g)["needy.so"], "libnone.so")})
	}},
	{"a name that is needed", []string{"check", "explain", "explain --format dot", "explain --format html", "explain --format nix"}, func(g *ground, w *record.Wheel, text string) {
		w.Add("pkg/needy.so", fill(objects(g)["needy.so"], "lib"+text+".so"))
	}},
	{"METADATA", []string{"explain", "explain --format html", "explain --format nix"}, func(_ *ground, w *record.Wheel, text string) {
		set(w, metadata, "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nSummary: "+text+"\nHome-page: http://x/"+text+"\nLicense: "+text+"\nRequires-Dist: "+text+"\nRequires-Dist: x (>"+text+")\nRequires-Python: "+text+"\nAuthor: "+text+"\nProject-URL: Homepage, https://x/"+text+"\nClassifier: License :: OSI Approved :: "+text+"\n")
	}},
	{"WHEEL and entry_points.txt", []string{"explain", "explain --format nix"}, func(_ *ground, w *record.Wheel, text string) {
		set(w, wheelFile, "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nGenerator: "+text+"\nTag: "+text+"\n")
		set(w, entries, "[console_scripts]\ndemo = demo:"+text+"\n")
	}},
}

func TestOutput(t *testing.T) {
	var table []attack
	for _, place := range oddPlaces {
		for _, x := range texts {
			table = append(table, attack{
				name: x.name + " in " + place.name, anything: true, check: everyOutput(place.prints...),
				edit: func(g *ground) []string {
					w := record.Good()
					w.Drop("demo/core.so")
					w.Replace("demo/core.so", "")
					place.edit(g, w, x.text)
					w.File = "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
					return append([]string{"explain"}, verifyBytes(g, w.File, w.Bytes())[1:]...)
				},
			})
		}
	}
	for _, x := range texts {
		if strings.ContainsAny(x.text, "/") {
			continue
		}
		table = append(table, attack{
			name: x.name + " in the name of a file of a tree", anything: true, check: everyOutput("patch --record=off --dry-run --verbose", "explain"),
			edit: func(g *ground) []string {
				return []string{"check", "--format", "json", g.tree(map[string]string{x.text + ".so": fill(objects(g)["needy.so"], "libnone.so"), x.text + ".py": "x"})}
			},
		}, attack{
			name: x.name + " in the name of the tree", anything: true, check: everyOutput("patch --record=off --dry-run --verbose", "explain"),
			edit: func(g *ground) []string {
				out := filepath.Join(g.in, x.text)
				g.write(filepath.Join(out, "needy.so"), fill(objects(g)["needy.so"], "libnone.so"))
				return []string{"check", "--format", "json", out}
			},
		})
	}
	attacks(t, table)
}

// everyOutput looks at the same input in further commands and formats.
func everyOutput(commands ...string) func(g *ground, first result) []string {
	return func(g *ground, first result) (faults []string) {
		path := g.given()
		faults = append(faults, jsonFaults("--format json", first.stdout)...)
		for _, command := range commands {
			r := g.start(append(strings.Fields(command), "--", path), nil)
			bad := append(unprintable(r), lineFaults(r.stderr)...)
			switch _, format, _ := strings.Cut(command, "--format "); format {
			case "dot":
				bad = append(bad, outsideOfStrings(r.stdout)...)
			case "html":
				bad = append(bad, htmlFaults(r.stdout)...)
			case "nix":
				bad = append(bad, nixFaults(g, r.stdout)...)
			default:
				bad = append(bad, lineFaults(r.stdout)...)
			}
			for _, b := range bad {
				faults = append(faults, command+": "+b)
			}
		}
		return faults
	}
}

// given returns the one thing below in that is not around it.
func (g *ground) given() string {
	g.Helper()
	list, err := filepath.Glob(filepath.Join(g.in, "*"))
	if err != nil || len(list) != 1 {
		g.Fatal(list, err)
	}
	return list[0]
}

func jsonFaults(said, text string) []string {
	if text != "" && !json.Valid([]byte(text)) {
		return []string{said + ": no JSON"}
	}
	return nil
}

// lineFaults returns lines that a name has made, and what a shell or Nix would run of
// a line that is to be pasted.
func lineFaults(text string) (faults []string) {
	for line := range strings.Lines(text) {
		trimmed := strings.TrimPrefix(strings.TrimSpace(line), "hint: ")
		if strings.HasPrefix(trimmed, "EVIL") || strings.HasPrefix(trimmed, `@nix {"EVIL`) {
			faults = append(faults, fmt.Sprintf("a line of its own: %q", line))
		}
		if strings.HasPrefix(line, "hint: ") {
			bare := quoted.ReplaceAllString(line, "")
			if strings.Contains(line, "nix-locate") { // of the shell, which looks into double quotes
				bare = shellQuoted.ReplaceAllString(line, "")
			}
			for _, shell := range []string{"$(EVIL", "`EVIL", "; EVIL", "& EVIL", "${EVIL"} {
				if strings.Contains(bare, shell) {
					faults = append(faults, fmt.Sprintf("not quoted: %q", line))
				}
			}
		}
	}
	return faults
}

var (
	doubleQuoted = regexp.MustCompile(`"(\\.|[^"\\])*"`)
	quoted       = regexp.MustCompile(`"(\\.|[^"\\])*"|'[^']*'`)
	shellQuoted  = regexp.MustCompile(`'[^']*'|"(?:'|\\\\)"|\\'`)
)

// outsideOfStrings returns what of a DOT file lies outside of its strings (the DOT
// language: within one, only a quote is escaped).
func outsideOfStrings(text string) []string {
	if rest := doubleQuoted.ReplaceAllString(text, `""`); strings.Contains(rest, "EVIL") {
		at := strings.Index(rest, "EVIL")
		return []string{fmt.Sprintf("outside of a string: %q", rest[max(0, at-80):min(len(rest), at+40)])}
	}
	return nil
}

func htmlFaults(text string) (faults []string) {
	for _, bad := range []string{"<script>EVIL", "<b>EVIL", `" onmouseover="EVIL`} {
		if strings.Contains(text, bad) {
			faults = append(faults, "not escaped: "+bad)
		}
	}
	return faults
}

// nixFaults asks Nix what an expression holds: EVIL is only ever in a string or a
// comment.
func nixFaults(g *ground, text string) []string {
	if text == "" {
		return nil
	}
	var code strings.Builder
	for line := range strings.Lines(text) {
		bare := doubleQuoted.ReplaceAllString(line, `""`)
		bare, _, _ = strings.Cut(bare, "#")
		code.WriteString(bare)
	}
	faults := []string{}
	if strings.Contains(code.String(), "EVIL") {
		faults = append(faults, "EVIL is code of Nix")
	}
	for _, s := range doubleQuoted.FindAllString(text, -1) {
		if at := strings.Index(s, "${EVIL"); at > 0 && s[at-1] != '\\' && s[at-1] != '$' {
			faults = append(faults, "an interpolation: "+s)
		}
	}
	if !strings.Contains(g.Name(), "quote") && !strings.Contains(g.Name(), "backslash") && !strings.Contains(g.Name(), "Nix") {
		return faults // Nix takes longer to start than all else
	}
	cmd := exec.Command(testenv.Tool(g, "nix-instantiate"), "--parse", "-")
	cmd.Env = append(cmd.Environ(), "NIX_STATE_DIR="+g.TempDir(), "NIX_STORE_DIR="+g.TempDir())
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		faults = append(faults, fmt.Sprintf("Nix cannot read it: %s", bytes.TrimSpace(out)))
	}
	return faults
}
