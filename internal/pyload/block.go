package pyload

// A block is a compound statement whose body is being read.
type block struct {
	indent   int
	dead     bool // another platform runs it
	taken    bool // of an if: a branch before is the one that Linux runs
	function string
	params   []string
}

// headers are the words with which a compound statement begins ("Compound statements" of the
// reference).
var headers = map[string]bool{
	"if": true, "elif": true, "else": true, "def": true, "for": true, "while": true, "with": true, "try": true,
	"except": true, "finally": true, "class": true, "match": true, "case": true,
}

// lines calls do with every logical line, and whether only another platform runs it. The
// header of a block and what follows its colon are two.
func (s *scanner) lines(do func(l logicalLine, dead bool)) {
	s.blocks = nil
	l := lexer{text: s.text}
	for {
		line, ok := l.next()
		if !ok {
			return
		}
		s.enter(line, func(l logicalLine, dead bool) {
			if !line.parted {
				do(l, dead)
				return
			}
			for _, part := range splitAt(l.tokens, ";") {
				if len(part) > 0 {
					do(logicalLine{indent: l.indent, tokens: part}, dead)
				}
			}
		})
	}
}

// enter follows the blocks into a line.
func (s *scanner) enter(l logicalLine, do func(l logicalLine, dead bool)) {
	var last block
	for n := len(s.blocks); n > 0 && s.blocks[n-1].indent >= l.indent; n-- {
		last, s.blocks = s.blocks[n-1], s.blocks[:n-1]
	}
	dead := len(s.blocks) > 0 && s.blocks[len(s.blocks)-1].dead
	first := l.tokens[0]
	if first.is("async") && len(l.tokens) > 1 {
		first = l.tokens[1]
	}
	colon := -1
	if first.kind == nameToken && headers[first.text] {
		colon = headerEnd(l.tokens)
	}
	if colon < 0 {
		do(l, dead)
		return
	}
	b := block{indent: l.indent, dead: dead}
	switch first.text {
	case "if", "elif", "else":
		holds := yes
		if first.text != "else" {
			holds = s.condition(l.tokens[1:colon])
		}
		before := first.text != "if" && last.indent == l.indent && last.taken
		b.dead = dead || before || holds == no
		b.taken = before || holds == yes
	case "def":
		b.function, b.params = signature(l.tokens[:colon])
	}
	if len(s.blocks) < maxBlocks {
		s.blocks = append(s.blocks, b)
	}
	do(logicalLine{indent: l.indent, tokens: l.tokens[:colon+1]}, dead)
	if rest := l.tokens[colon+1:]; len(rest) > 0 {
		do(logicalLine{indent: l.indent, tokens: rest}, b.dead)
	}
}

// headerEnd returns the index of the colon that ends the header of a block, or -1.
func headerEnd(tokens []token) int {
	depth, lambda := 0, 0
	for i, t := range tokens {
		change := t.depth()
		depth += change
		switch {
		case change != 0:
		case t.is("lambda"):
			lambda++
		case t.is(":") && depth == 0 && i+1 < len(tokens) && tokens[i+1].is("="):
		case t.is(":") && depth == 0 && lambda > 0:
			lambda--
		case t.is(":") && depth == 0:
			return i
		}
	}
	return -1
}

// signature returns the name and the parameters of a function.
func signature(tokens []token) (name string, params []string) {
	for i, t := range tokens {
		if t.is("(") {
			if i > 0 {
				name = tokens[i-1].text
			}
			depth := 0
			for j := i; j < len(tokens); j++ {
				switch u := tokens[j]; {
				case u.is("("):
					depth++
				case u.is(")"):
					depth--
				case depth == 1 && u.kind == nameToken && (tokens[j-1].is("(") || tokens[j-1].is(",") || tokens[j-1].is("*")):
					params = append(params, u.text)
				}
			}
			return name, params
		}
	}
	return "", nil
}
