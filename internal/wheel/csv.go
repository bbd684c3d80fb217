// The CSV of RECORD: the default dialect of Python's csv module, which PEP 376
// names. What that module lets pass and other readers do not is an error here.

package wheel

import (
	"strconv"
	"strings"
)

// A csvScanner takes one row after another from its text. Each keeps its bytes.
type csvScanner struct {
	rest string
	line int
}

// next returns the next row with its text columns and their number, which is 0 at
// the end, or what is wrong. Blank lines before a row are part of its bytes.
func (s *csvScanner) next() (row Row, columns int, err string) {
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
		return row, 0, ""
	}
	for _, field := range []*string{&row.Path, &row.Hash, &row.Size} {
		n, problem := scanField(text[pos:], field)
		if problem != "" {
			return row, 0, problem
		}
		s.line += strings.Count(text[pos:pos+n], "\n")
		pos += n
		if columns++; columns == 1 {
			row.pathEnd = int32(pos)
		}
		if pos == len(text) || text[pos] != ',' {
			break
		}
		if columns == 3 {
			return row, 0, "more than 3 columns"
		}
		pos++
	}
	end := lineEnd(text[pos:])
	if end == 0 && pos < len(text) {
		return row, 0, "a carriage return without a line feed"
	}
	if end > 0 {
		s.line++
	}
	pos += end
	row.raw, s.rest = text[:pos], text[pos:]
	return row, columns, ""
}

// lineEnd returns the length of the line ending that s begins with.
func lineEnd(s string) int {
	switch {
	case strings.HasPrefix(s, "\n"):
		return 1
	case strings.HasPrefix(s, "\r\n"):
		return 2
	}
	return 0
}

var longColumn = "a column of more than " + strconv.Itoa(maxName) + " bytes, which no path has"

// scanField reads one column from the start of s and returns how many bytes it
// takes.
func scanField(s string, field *string) (n int, err string) {
	if !strings.HasPrefix(s, `"`) {
		n = strings.IndexAny(s, ",\r\n")
		if n < 0 {
			n = len(s)
		}
		if n > maxName {
			return 0, longColumn
		}
		if strings.Contains(s[:n], `"`) {
			return 0, "a quote inside a column that does not begin with one"
		}
		*field = s[:n]
		return n, ""
	}
	var b strings.Builder
	for n = 1; ; {
		end := strings.IndexByte(s[n:], '"')
		if end < 0 {
			return 0, "a quote that is never closed"
		}
		if b.Len()+end > maxName {
			return 0, longColumn
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
		return 0, "text after a closing quote"
	}
	*field = b.String()
	return n, ""
}
