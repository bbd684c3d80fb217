package pyload

import "strings"

// A kind of token. The lexer knows no more of Python ("Lexical analysis" of the language
// reference) than that names, strings, comments and lines are told apart.
type kind byte

const (
	nameToken kind = iota
	stringToken
	otherToken // a number or one character of an operator
)

// A token is a part of a logical line.
type token struct {
	kind       kind
	start, end int    // offsets in the text
	text       string // of a string what is between the quotes
	opaque     bool   // a string whose value is not its text: with escapes or fields
}

// A logicalLine is a statement, or the header of a block with what follows its colon.
type logicalLine struct {
	indent int // columns before it
	tokens []token
	parted bool // it has a semicolon, and may be several
}

// maxTokens is how many tokens of one logical line are looked at.
const maxTokens = 20000

// A lexer reads logical lines.
type lexer struct {
	text   string
	at     int
	tokens []token // of the last line
}

// next returns the next logical line that holds something, and whether there is one. Its
// tokens are good until the next call.
func (l *lexer) next() (logicalLine, bool) {
	line := logicalLine{tokens: l.tokens[:0]}
	depth, fresh := 0, true
	column := 0
	for l.at < len(l.text) {
		c := l.text[l.at]
		switch {
		case c == '\n':
			l.at++
			if len(line.tokens) > 0 && depth == 0 {
				l.tokens = line.tokens
				return line, true
			}
			if depth == 0 {
				fresh, column = true, 0
			}
		case c == ' ' || c == '\t' || c == '\r' || c == '\f':
			l.at++
			if fresh {
				column = indented(column, c)
			}
		case c == '#':
			l.skipComment()
		case c == '\\' && l.at+1 < len(l.text) && (l.text[l.at+1] == '\n' || l.text[l.at+1] == '\r'):
			l.at += 2
			if l.text[l.at-1] == '\r' && l.at < len(l.text) && l.text[l.at] == '\n' {
				l.at++
			}
		default:
			if len(line.tokens) == 0 {
				line.indent, fresh = column, false
			}
			t := l.token()
			switch first := l.text[t.start]; {
			case t.kind != otherToken:
			case first == '(' || first == '[' || first == '{':
				depth++
			case first == ')' || first == ']' || first == '}':
				depth = max(0, depth-1)
			case first == ';':
				line.parted = true
			}
			if len(line.tokens) < maxTokens {
				line.tokens = append(line.tokens, t)
			}
		}
	}
	l.tokens = line.tokens
	return line, len(line.tokens) > 0
}

// indented returns the column behind a blank ("Indentation" of the reference).
func indented(column int, c byte) int {
	switch c {
	case '\t':
		return column/8*8 + 8
	case '\f':
		return 0
	case '\r':
		return column
	}
	return column + 1
}

func (l *lexer) skipComment() {
	if n := strings.IndexByte(l.text[l.at:], '\n'); n >= 0 {
		l.at += n
	} else {
		l.at = len(l.text)
	}
}

// token reads the token that begins here.
func (l *lexer) token() token {
	start, end := l.at, l.at
	for end < len(l.text) && wordBytes[l.text[end]] {
		end++
	}
	l.at = end
	word := l.text[start:end]
	if l.at < len(l.text) && isQuote(l.text[l.at]) && isPrefix(word) {
		return l.quoted(start, strings.ToLower(word))
	}
	if len(word) == 0 {
		l.at++
		return token{kind: otherToken, start: start, end: l.at, text: l.text[start:l.at]}
	}
	kind := nameToken
	if word[0] >= '0' && word[0] <= '9' {
		kind = otherToken
	}
	return token{kind: kind, start: start, end: l.at, text: word}
}

// quoted reads a string whose prefix ends here.
func (l *lexer) quoted(start int, prefix string) token {
	quote := l.text[l.at]
	triple := l.at+2 < len(l.text) && l.text[l.at+1] == quote && l.text[l.at+2] == quote
	width := 1
	if triple {
		width = 3
	}
	l.at += width
	from := l.at
	t := token{kind: stringToken, start: start}
	fields := strings.ContainsAny(prefix, "ft")
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case c == '\\':
			t.opaque = true
			l.at++
			if l.at < len(l.text) {
				l.at++
			}
			continue
		case c == '\n' && !triple: // no string: it goes on at the next line
		case c == quote && (!triple || l.closes(quote)):
		default:
			t.opaque = t.opaque || fields && (c == '{' || c == '}')
			l.at++
			continue
		}
		break
	}
	t.text = l.text[from:l.at]
	if l.at < len(l.text) && l.text[l.at] == quote {
		l.at += width
	}
	t.end = l.at
	return t
}

// closes reports whether a triple quote begins here.
func (l *lexer) closes(quote byte) bool {
	return l.at+2 < len(l.text) && l.text[l.at+1] == quote && l.text[l.at+2] == quote
}

// isPrefix reports whether a word before a quote is part of the string.
func isPrefix(word string) bool {
	return len(word) <= 2 && strings.Trim(word, "rbuftRBUFT") == ""
}

func isQuote(b byte) bool { return b == '"' || b == '\'' }

// wordBytes are those of names and numbers. Names may have letters of any script.
var wordBytes = func() (is [256]bool) {
	for b := range is {
		is[b] = b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
	}
	return is
}()
