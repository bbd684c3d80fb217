package pyload

import (
	"strings"
)

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
		for _, part := range splitAt(parts[1], ",") {
			if names := splitAt(withoutBrackets(part), "as"); len(names) > 0 && len(names[0]) == 1 {
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
