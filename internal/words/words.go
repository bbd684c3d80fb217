// Package words has the words and quotes that all output shares: numbers with
// their nouns, what is safe to print, and strings of the Nix language and of the
// shell. Every room that words a message, and every view, calls it.
package words

import (
	"fmt"
	"strings"
)

// Count returns a number with its noun, "1 object" or "3 libraries".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		noun = stem + "ie"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Choose returns one for the number 1, else many: "it is", "they are".
func Choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Printable returns s with U+FFFD in the place of every control character, so
// that a file's name cannot write to a terminal.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, s)
}

// NixString returns s as a string of the Nix language (Nix manual, "String").
func NixString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", `\${`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

// NixList returns strings as a list of the Nix language.
func NixList(list []string) string { return "[ " + NixStrings(list) + " ]" }

// NixStrings returns strings of the Nix language with a blank between them.
func NixStrings(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = NixString(s)
	}
	return strings.Join(out, " ")
}

// Shell returns s as one word of bash, zsh and fish alike.
func Shell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
