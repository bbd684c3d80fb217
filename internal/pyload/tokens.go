package pyload

import "strings"

// is reports whether a token is a word or an operator.
func (t token) is(word string) bool { return t.kind != stringToken && t.text == word }

// depth returns by how much a token changes how deep the next one stands in brackets.
func (t token) depth() int {
	if t.kind != otherToken {
		return 0
	}
	switch t.text[0] {
	case '(', '[', '{':
		return 1
	case ')', ']', '}':
		return -1
	}
	return 0
}

// flat returns the text of tokens without blanks; a string is a blank in it.
func flat(tokens []token) string {
	if len(tokens) > 16 {
		return ""
	}
	var b strings.Builder
	for _, t := range tokens {
		if t.kind == stringToken {
			b.WriteByte(' ')
			continue
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// withoutBrackets returns what is inside of brackets around all tokens.
func withoutBrackets(tokens []token) []token {
	for len(tokens) > 1 && tokens[0].is("(") && closing(tokens, 0) == len(tokens)-1 {
		tokens = tokens[1 : len(tokens)-1]
	}
	return tokens
}

// closing returns the index of the bracket that closes the one at open, or of the last
// token that is looked at.
func closing(tokens []token, open int) int {
	depth := 0
	for i := open; i < min(len(tokens), open+maxSpan); i++ {
		change := tokens[i].depth()
		if depth += change; change < 0 && depth == 0 {
			return i
		}
	}
	return min(len(tokens), open+maxSpan) - 1
}

// splitAt splits tokens at a word that stands in no brackets.
func splitAt(tokens []token, word string) [][]token {
	var out [][]token
	from, depth := 0, 0
	for i, t := range tokens {
		change := t.depth()
		if depth += change; change == 0 && depth == 0 && t.is(word) {
			out = append(out, tokens[from:i])
			from = i + 1
		}
	}
	return append(out, tokens[from:])
}
