package words

import (
	"encoding/json"
	"os/exec"
	"testing"
)

const hostile = "a\x1b[2J\n\r\x07\u009b\u202eb\u2066c\u200f\u2028\ufeffz\u00e9\U000e0001"

// Rule: JSON holds no such character either, and means what it meant.
func TestEscapeJSON(t *testing.T) {
	text, err := json.MarshalIndent(map[string]string{"k": hostile}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	escaped := EscapeJSON(text)
	for _, r := range string(escaped) {
		if r != '\n' && Hidden(r) {
			t.Errorf("%q", escaped)
		}
	}
	var got map[string]string
	if err := json.Unmarshal(escaped, &got); err != nil || got["k"] != hostile {
		t.Errorf("%v %q", err, got)
	}
	if plain := []byte("{\n}\n"); string(EscapeJSON(plain)) != string(plain) {
		t.Error("plain text changed")
	}
}

// Rule: a shell takes a word for what it was, whatever is in it. The oracle is
// the shell.
func TestShellWord(t *testing.T) {
	for _, word := range []string{"", "plain-1.so", "$(touch x)", "a b", "it's", `"\`, "*", "~", "a;b", "#c", "!d", "-e", "ü"} {
		out, err := exec.Command("sh", "-c", "printf %s "+ShellWord(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q: %q, %v", word, out, err)
		}
	}
}
