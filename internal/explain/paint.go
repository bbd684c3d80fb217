package explain

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// line writes one line. Text from a wheel must be printable or quoted by then.
func (t *text) line(s string) {
	if t.err == nil {
		_, t.err = fmt.Fprintln(t.w, strings.TrimRight(s, " "))
	}
}

// field writes one line of the head of a wheel.
func (t *text) field(name, value string) {
	t.wrapped(fmt.Sprintf("  %-8s", name), strings.Split(value, ", "))
}

// whyColumn is the column of the reasons in the tree, unless a name reaches it.
const whyColumn = 52

// row writes a name and, in a column of its own, the reason, both cut to the width
// of the terminal.
func (t *text) row(prefix, name, why string) {
	used := width(prefix) + width(name)
	if t.opt.Width > 0 && used > t.opt.Width {
		name, used = cut(name, t.opt.Width-width(prefix)), t.opt.Width
	}
	if why == "" {
		t.line(prefix + name)
		return
	}
	column := whyColumn
	if t.opt.Width > 0 {
		column = min(column, t.opt.Width/2)
	}
	gap := max(2, column-used)
	if room := t.opt.Width - used - gap; t.opt.Width > 0 && width(why) > room {
		if room < 8 {
			t.line(prefix + name)
			return
		}
		why = cut(why, room)
	}
	t.line(prefix + name + strings.Repeat(" ", gap) + t.dim(why))
}

// wrapped writes a label and items, separated by commas, with line breaks at the
// width of the terminal.
func (t *text) wrapped(label string, items []string) {
	room := t.opt.Width
	if room == 0 {
		room = 100
	}
	line, used := label, width(label)
	items = t.broken(items, room-width(label))
	for i, item := range items {
		sep := ","
		if i == len(items)-1 || strings.HasSuffix(item, noComma) {
			item, sep = strings.TrimSuffix(item, noComma), ""
		}
		if used > width(label) && used+1+width(item)+len(sep) > room {
			t.line(line)
			line, used = strings.Repeat(" ", width(label)), width(label)
		}
		if used > width(label) || line == label && i > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+item+sep, used+width(item)+len(sep)
	}
	t.line(line)
}

// noComma ends a piece of an item that goes on in the next one.
const noComma = "\x00"

// broken returns items, with those that are too long for a line split at spaces.
func (t *text) broken(items []string, room int) []string {
	var out []string
	for _, item := range items {
		words := strings.Split(item, " ")
		if width(item) < room || len(words) == 1 {
			out = append(out, item)
			continue
		}
		for i, word := range words {
			if i < len(words)-1 {
				word += noComma
			}
			out = append(out, word)
		}
	}
	return out
}

// cutTo returns cut of s, but s itself if the width is 0, which is unknown.
func cutTo(columns int, s string) string {
	if columns == 0 {
		return s
	}
	return cut(s, columns)
}

// width returns the number of characters, without the codes of colours.
func width(s string) int {
	n := utf8.RuneCountInString(s)
	for {
		i := strings.Index(s, "\x1b[")
		if i < 0 {
			return n
		}
		j := strings.IndexByte(s[i:], 'm')
		if j < 0 {
			return n
		}
		n -= j + 1
		s = s[i+j+1:]
	}
}

// cut returns s shortened to n characters. A colour that is cut off is ended.
func cut(s string, n int) string {
	if width(s) <= n {
		return s
	}
	var b strings.Builder
	shown, colour := 0, false
	for i := 0; i < len(s) && shown < n-1; {
		if strings.HasPrefix(s[i:], "\x1b[") {
			j := strings.IndexByte(s[i:], 'm')
			b.WriteString(s[i : i+j+1])
			i += j + 1
			colour = true
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		b.WriteRune(r)
		i += size
		shown++
	}
	b.WriteString("…")
	if colour {
		b.WriteString("\x1b[0m")
	}
	return b.String()
}

func (t *text) paint(code, s string) string {
	if !t.opt.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t *text) bold(s string) string   { return t.paint("1", s) }
func (t *text) dim(s string) string    { return t.paint("2", s) }
func (t *text) red(s string) string    { return t.paint("31", s) }
func (t *text) green(s string) string  { return t.paint("32", s) }
func (t *text) yellow(s string) string { return t.paint("33", s) }
