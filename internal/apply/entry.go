package apply

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
)

// The verbs that begin the lines of a journal file. Each line is written before what
// it says is done, but for "undone".
const (
	verbTemp   = "temp"   // a temporary file is made
	verbDir    = "dir"    // a directory is made
	verbUndo   = "undo"   // names get a new file; the old one is kept
	verbUndone = "undone" // the old file is back; the path is that of the kept one
	verbLink   = "link"   // a symbolic link is made at the path, with the text
	verbDone   = "done"   // the changes stay; what is temporary goes
)

// An entry is a line of a journal file. Paths are relative to its root.
type entry struct {
	verb string
	path string // of temp, dir, undone and link
	text string // of link
	undo undo   // of undo
}

// String returns the line. Names are any bytes, so they are quoted as in Go, where
// each byte that is no UTF-8 has an escape of its own.
func (e entry) String() string {
	words := []string{e.verb}
	switch e.verb {
	case verbDone:
	case verbUndo:
		u := e.undo
		words = append(words, fmt.Sprintf("%d %d %d", u.file.dev, u.file.ino, u.file.size), strconv.Quote(u.kept), strconv.Quote(u.made))
		for _, name := range u.names {
			words = append(words, strconv.Quote(name))
		}
	case verbLink:
		words = append(words, strconv.Quote(e.path), strconv.Quote(e.text))
	default:
		words = append(words, strconv.Quote(e.path))
	}
	return strings.Join(words, " ") + "\n"
}

// parseEntry returns what a line without its newline says, if it is one that String
// writes and names nothing outside of the root.
func parseEntry(line string) (entry, error) {
	verb, rest, _ := strings.Cut(line, " ")
	e := entry{verb: verb}
	var ok bool
	switch verb {
	case verbDone:
		ok = true
	case verbTemp, verbUndone:
		e.path, _, ok = cutQuoted(rest)
		ok = ok && isTemp(e.path)
	case verbDir:
		e.path, _, ok = cutQuoted(rest)
		ok = ok && isInside(e.path)
	case verbLink:
		if e.path, rest, ok = cutQuoted(rest); ok {
			e.text, _, ok = cutQuoted(rest)
		}
		ok = ok && isInside(e.path)
	case verbUndo:
		e.undo, ok = parseUndo(rest)
	}
	if !ok || e.String() != line+"\n" {
		return entry{}, fmt.Errorf("is no line that this program writes: %.200q", line)
	}
	return e, nil
}

func parseUndo(text string) (u undo, ok bool) {
	words := strings.SplitN(text, " ", 4)
	if len(words) != 4 {
		return u, false
	}
	var err [3]error
	u.file.dev, err[0] = strconv.ParseUint(words[0], 10, 64)
	u.file.ino, err[1] = strconv.ParseUint(words[1], 10, 64)
	u.file.size, err[2] = strconv.ParseInt(words[2], 10, 64)
	if err != [3]error{} {
		return u, false
	}
	rest := words[3]
	if u.kept, rest, ok = cutQuoted(rest); !ok || !isTemp(u.kept) {
		return u, false
	}
	if u.made, rest, ok = cutQuoted(rest); !ok || u.made != "" && !isInside(u.made) {
		return u, false
	}
	for rest != "" {
		var name string
		if name, rest, ok = cutQuoted(rest); !ok || !isInside(name) {
			return u, false
		}
		u.names = append(u.names, name)
	}
	return u, len(u.names) > 0
}

// cutQuoted returns the quoted word that text begins with, and what follows the space
// behind it.
func cutQuoted(text string) (word, rest string, ok bool) {
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return "", "", false
	}
	word, err = strconv.Unquote(quoted)
	return word, strings.TrimPrefix(text[len(quoted):], " "), err == nil
}

// isInside reports whether a path leads to something below the root that is not the
// journal file.
func isInside(path string) bool {
	return filepath.IsLocal(path) && filepath.Clean(path) == path && path != "." && path != journalName && !strings.Contains(path, "\x00")
}

// isTemp reports whether a path is one of a temporary file.
func isTemp(path string) bool {
	return isInside(path) && strings.HasPrefix(filepath.Base(path), atomicfile.Prefix)
}
