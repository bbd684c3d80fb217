package pyload

import (
	"strings"
)

// imports returns the modules that lines of code without conditions for a platform import.
// Only lines that begin so are read.
func (s *scanner) imports() []string {
	var out []string
	for at := 0; at < len(s.text); {
		end := len(s.text)
		if n := strings.IndexByte(s.text[at:], '\n'); n >= 0 {
			end = at + n
		}
		line := strings.TrimLeft(s.text[at:end], " \t\f")
		if strings.HasPrefix(line, "import") || strings.HasPrefix(line, "from") {
			l := lexer{text: s.text, at: end - len(line)}
			if statement, ok := l.next(); ok {
				for _, part := range splitAt(statement.tokens, ";") {
					if len(part) > 0 {
						out = append(out, s.imported(logicalLine{tokens: part})...)
					}
				}
			}
			end = max(end, l.at-1)
		}
		at = end + 1
	}
	return out
}

// imported returns the modules that a line imports, by their full names.
func (s *scanner) imported(l logicalLine) []string {
	t := l.tokens
	switch {
	case t[0].is("import"):
		var out []string
		for _, part := range splitAt(t[1:], ",") {
			if names := splitAt(part, "as"); len(names) > 0 {
				out = append(out, flat(names[0]))
			}
		}
		return out
	case t[0].is("from"):
		parts := splitAt(t[1:], "import")
		if len(parts) != 2 {
			return nil
		}
		from := s.absolute(flat(parts[0]))
		out := []string{from}
		for _, part := range splitAt(withoutBrackets(parts[1]), ",") {
			if names := splitAt(part, "as"); len(names) > 0 && len(names[0]) == 1 {
				out = append(out, from+"."+names[0][0].text)
			}
		}
		return out
	}
	return nil
}

// absolute returns the full name of a module that is named from this file.
func (s *scanner) absolute(module string) string {
	name := strings.TrimLeft(module, ".")
	up := len(module) - len(name)
	if up == 0 {
		return name
	}
	parts := strings.Split(moduleOf(s.file), ".")
	if !strings.HasSuffix(s.file, "/__init__.py") {
		up++
	}
	parts = parts[:max(0, len(parts)-up+1)]
	if name != "" {
		parts = append(parts, name)
	}
	return strings.Join(parts, ".")
}
