// The CSV of RECORD: the default dialect of Python's csv module, which PEP 376
// names, without its leniencies that readers do not share.

package wheel

import "strings"

// A csvScanner takes one row after another from its text and keeps each row's
// bytes.
type csvScanner struct {
	rest string
	line int
}

// next gives the columns of the next row, nil at the end, or what is wrong.
// Blank lines before a row are part of its bytes.
func (s *csvScanner) next() (fields []string, row Row, err string) {
	text, pos := s.rest, 0
	for {
		n := lineEnd(text[pos:])
		if n == 0 {
			break
		}
		pos += n
		s.line++
	}
	row.Line = s.line
	if pos == len(text) {
		row.raw, s.rest = text, ""
		return nil, row, ""
	}
	for {
		field, n, problem := scanField(text[pos:])
		if problem != "" {
			return nil, row, problem
		}
		s.line += strings.Count(text[pos:pos+n], "\n")
		fields = append(fields, field)
		pos += n
		if len(fields) == 1 {
			row.pathEnd = pos
		}
		if pos == len(text) || text[pos] != ',' {
			break
		}
		if len(fields) == 3 {
			return nil, row, "more than 3 columns"
		}
		pos++
	}
	end := lineEnd(text[pos:])
	if end == 0 && pos < len(text) {
		return nil, row, "a carriage return without a line feed"
	}
	if end > 0 {
		s.line++
	}
	pos += end
	row.raw, s.rest = text[:pos], text[pos:]
	return fields, row, ""
}

// lineEnd gives the length of the line ending that s begins with.
func lineEnd(s string) int {
	switch {
	case strings.HasPrefix(s, "\n"):
		return 1
	case strings.HasPrefix(s, "\r\n"):
		return 2
	}
	return 0
}

// scanField reads one column from the start of s and gives the bytes it takes.
func scanField(s string) (field string, n int, err string) {
	if !strings.HasPrefix(s, `"`) {
		n = strings.IndexAny(s, ",\r\n")
		if n < 0 {
			n = len(s)
		}
		if strings.Contains(s[:n], `"`) {
			return "", 0, "a quote inside a column that does not begin with one"
		}
		return s[:n], n, ""
	}
	var b strings.Builder
	for n = 1; ; {
		end := strings.IndexByte(s[n:], '"')
		if end < 0 {
			return "", 0, "a quote that is never closed"
		}
		b.WriteString(s[n : n+end])
		n += end + 1
		if !strings.HasPrefix(s[n:], `"`) {
			break
		}
		b.WriteByte('"')
		n++
	}
	if n < len(s) && !strings.ContainsRune(",\r\n", rune(s[n])) {
		return "", 0, "text after a closing quote"
	}
	return b.String(), n, ""
}

// quoteField writes one column as Python's csv.writer does.
func quoteField(s string) string {
	if !strings.ContainsAny(s, ",\"\r\n") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
