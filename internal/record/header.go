package record

import (
	"bytes"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// A headerKind says which header a script has: the first lines, which an installer
// rewrites (PEP 427, "Recommended installer features"). Scripts are compared by what
// follows.
type headerKind int

// The kinds of header. The three lines are those of distlib, which uv and pypa/installer
// write too, where the kernel would not take the path of the interpreter: it is too long,
// or has a blank in it.
const (
	noHeader        headerKind = iota
	wheelHeader                // the line "#!python…", in a wheel
	installedHeader            // a line "#!" with an interpreter of Python, or the three lines
)

// A header is that of one script. The zero value is none.
type header struct {
	length int    // bytes, with the last line ending
	args   string // what follows the interpreter in its line, the blank before it included
}

// parseHeader returns the header at the beginning of a file. It reports as known what
// more bytes could not change; head is the whole file where whole is set.
func parseHeader(kind headerKind, head []byte, whole bool) (h header, known bool) {
	first, rest, found := bytes.Cut(head, []byte("\n"))
	switch {
	case !bytes.HasPrefix(head, []byte("#!"[:min(2, len(head))])):
		return header{}, true
	case !found:
		return header{}, whole
	case kind == wheelHeader:
		args, python := strings.CutPrefix(string(first), "#!python")
		if !python {
			return header{}, true
		}
		return header{len(first) + 1, strings.TrimPrefix(args, "w")}, true
	case string(first) != "#!/bin/sh":
		args, python := pythonLine(string(first))
		if !python {
			return header{}, true
		}
		return header{len(first) + 1, args}, true
	}
	second, rest, found2 := bytes.Cut(rest, []byte("\n"))
	third, rest, found3 := bytes.Cut(rest, []byte("\n"))
	switch {
	case !found2 || !found3:
		return header{}, whole
	case !execsPython(string(second)) || string(third) != "' '''":
		return header{}, true
	}
	return header{length: len(head) - len(rest)}, true
}

// pythonLine reports whether a line is "#!" with an interpreter of Python, by its path
// or by env(1), and returns what follows it. The kernel ends the path at a blank, and
// takes a carriage return for a part of it.
func pythonLine(line string) (args string, ok bool) {
	text, ok := strings.CutPrefix(line, "#!")
	if !ok || !isPlain(text) {
		return "", false
	}
	program, args, _ := cutBefore(text, " ")
	if program != "/usr/bin/env" {
		return args, isPython(program)
	}
	program, args, _ = cutBefore(strings.TrimPrefix(args, " "), " ")
	return args, pythonName.MatchString(program)
}

// cutBefore is strings.Cut, but leaves the separator with what follows it.
func cutBefore(s, sep string) (before, after string, found bool) {
	before, _, found = strings.Cut(s, sep)
	return before, s[len(before):], found
}

// execsPython reports whether a line is the second one of distlib's header, for a path
// that neither a shell nor Python could take for anything else.
func execsPython(line string) bool {
	word, ok1 := strings.CutPrefix(line, "'''exec' ")
	word, ok2 := strings.CutSuffix(word, ` "$0" "$@"`)
	if !ok1 || !ok2 || !isPlain(word) {
		return false
	}
	for quote, special := range map[string]string{`"`: "\"'\\$`!", `'`: `'\`} {
		if inner, ok := strings.CutPrefix(word, quote); ok {
			inner, ok = strings.CutSuffix(inner, quote)
			return ok && !strings.ContainsAny(inner, special) && isPython(inner)
		}
	}
	return isPython(word) && strings.IndexFunc(word, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-+=:,@%", r)
	}) < 0
}

// isPlain reports whether text is UTF-8 without control and other hidden characters, and
// without other blanks than the space.
func isPlain(text string) bool {
	return utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool {
		return words.Hidden(r) || r != ' ' && unicode.IsSpace(r)
	}) < 0
}

// pythonName matches the file names of interpreters: those of PEP 394, of builds without
// the lock or for debugging, and of other implementations.
var pythonName = lazyregexp.New(`^(python([0-9]+(\.[0-9]+)?[dt]*)?|(pypy|graalpy)[0-9]*(\.[0-9]+)*(-c)?)$`)

// isPython reports whether an absolute path is that of an interpreter of Python, as far
// as its name says.
func isPython(program string) bool {
	return path.IsAbs(program) && pythonName.MatchString(path.Base(program)) && !strings.HasSuffix(program, "/")
}
