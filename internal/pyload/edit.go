package pyload

import "strings"

// An Edit is a part of a file to replace, for its code to open a library by its path.
type Edit struct {
	Old string // what stands there, on one line; empty where there is no such part
	// Before and After stand around the path in what takes its place.
	Before, After string
}

// New returns what takes the place of Old.
func (e Edit) New(path string) string { return e.Before + path + e.After }

// edit returns the edit of a call, or of the string alone where the call has more
// arguments. The text must mean that and nothing else wherever the file has it.
func (s *scanner) edit(loader string, start, end int, name token, alone bool) Edit {
	call, literal := s.text[start:end], s.text[name.start:name.end]
	at := strings.IndexAny(literal, `"'`)
	prefix, quote := literal[:at], literal[at:at+1]
	if strings.ContainsAny(prefix, "bB") && loader != FindLibrary {
		prefix = "b"
	} else {
		prefix = ""
	}
	var e Edit
	switch inside := name.start >= start && name.end <= end; {
	case loader == FindLibrary && alone:
		// It returns a name, so the path is put in its place.
		e = Edit{call, quote, quote}
	case loader != Named && alone && inside:
		before, after, _ := strings.Cut(call, literal)
		e = Edit{call, before + prefix + quote, quote + after}
	case loader == FindLibrary:
		return Edit{}
	case strings.Count(s.text, literal) == 1:
		e = Edit{literal, prefix + quote, quote}
	}
	if strings.ContainsAny(e.Old, "\n\r") {
		return Edit{}
	}
	return e
}
