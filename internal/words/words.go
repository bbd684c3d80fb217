// Package words has the words and quotes that all output shares: numbers with
// their nouns, what is safe to print, and strings of the Nix language and of the
// shell. Every room that words a message, and every view, calls it.
package words

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
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

// Printable returns s with U+FFFD in the place of every hidden character and of
// what is no UTF-8, so that a file's name cannot write to a terminal, begin a line
// of its own or change the order of what stands around it.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if Hidden(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// hidden are the characters that are not seen themselves: control characters, line
// and paragraph separators, format characters, among them those that change the
// direction of text (Unicode Standard, 4.5), and the others that are ignored where
// they cannot be displayed (UAX #44, Default_Ignorable_Code_Point).
var hidden = []*unicode.RangeTable{
	unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp,
	unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector,
}

// Hidden reports whether a character is not seen itself. Such a one may make two
// names look alike, or show a text as another one than it is.
func Hidden(r rune) bool {
	if r < 0x7f {
		return r < ' '
	}
	return unicode.In(r, hidden...)
}

// Quote returns text from outside as it is where it is plain, else in Go syntax. No
// character of the result is hidden.
func Quote(s string) string {
	plain, hidden := s != "" && utf8.ValidString(s), false
	for _, r := range s {
		visible := !Hidden(r)
		plain = plain && visible && unicode.IsPrint(r) && r != ' ' && r != '"' && r != '\\'
		hidden = hidden || !visible && unicode.IsPrint(r)
	}
	switch {
	case plain:
		return s
	case hidden: // a variation selector or a filler: printable to strconv
		return strconv.QuoteToASCII(s)
	}
	return strconv.Quote(s)
}

// NixString returns s as a string of the Nix language (Nix manual, "String"). The
// language has no way to write other control characters: they are as in Printable.
func NixString(s string) string {
	return `"` + Printable(strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", `\${`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)) + `"`
}

// NixText returns s as it stands on a line of an indented string of the Nix language,
// between other text (Nix manual, "String"). What has a meaning there, a dollar and two
// single quotes, is put in by strings of their own.
func NixText(s string) string {
	var b strings.Builder
	for i := range len(s) {
		quotes := s[i] == '\'' && (i > 0 && s[i-1] == '\'' || i+1 < len(s) && s[i+1] == '\'')
		switch {
		case s[i] == '$':
			b.WriteString(`${"$"}`)
		case quotes:
			b.WriteString(`${"'"}`)
		default:
			b.WriteByte(s[i])
		}
	}
	return Printable(b.String())
}

var identifier = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_'-]*(\.[A-Za-z_][A-Za-z0-9_'-]*)*$`)

// NixName returns an attribute path of Nix, quoted if it is not made of identifiers.
func NixName(s string) string {
	if identifier.MatchString(s) {
		return s
	}
	return NixString(s)
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

// Shell returns s as one word of bash, zsh and fish alike, in quotes. To fish a backslash
// has a meaning within single quotes, too.
func Shell(s string) string {
	return "'" + strings.NewReplacer("'", `'"'"'`, `\`, `'"\\"'`).Replace(s) + "'"
}

// ShellWord returns s as one word of a shell that is safe to print: as it is where
// that is plain, in quotes otherwise.
func ShellWord(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return Shell(Printable(s))
}

// EscapeJSON returns JSON in which every character that Printable replaces is
// written \uXXXX: encoding/json escapes the control characters of ASCII alone.
func EscapeJSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, func(r rune) bool { return r != '\n' && Hidden(r) }) {
		return text
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		if r != '\n' && Hidden(r) {
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.Bytes()
}
