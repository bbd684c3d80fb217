package pyload

import (
	"bytes"
	"slices"
	"strings"
	"sync"
)

// loaders are the functions by which ctypes and cffi load a library, or find one. Code
// often gives them other names: with underscores before, or by "import … as".
var loaders = []string{"CDLL", "PyDLL", "LoadLibrary", "load_library", "dlopen", "find_library"}

// How a library is loaded that find_library looks for, and one that only a string of the
// code names.
const (
	FindLibrary = "find_library"
	Named       = "name"
)

// Limits on what one file may have.
const (
	maxBlocks  = 100 // within one another, as Python has it
	maxStrings = 64  // that one name stands for
	maxLoads   = 200
	maxCalls   = 5000
	maxSpan    = 2000 // tokens of a call, a list or a condition
)

// loadWords are those without which no name in code is taken for that of a library.
var loadWords = []string{"ctypes", "dlopen", FindLibrary}

// promises are the words for which a file is read: those of libraries come first.
var promises = sync.OnceValue(func() *wordSet { return newWordSet(append(slices.Clone(loadWords), platformWords...)...) })

// promise reports whether code has to do with loading libraries, and whether it may import
// modules on some platforms only.
func promise(text []byte) (loads, asks bool) {
	found := promises().in(text)
	return found&(1<<len(loadWords)-1) != 0, found>>len(loadWords) != 0
}

// namesLibraries reports whether code that has to do with loading may name a library: by a
// string of a file's name, or in a call that takes the name alone (sonameOf). Much code has
// ctypes for its types alone.
func namesLibraries(text []byte) bool {
	return bytes.Contains(text, []byte("dlopen")) || bytes.Contains(text, []byte(FindLibrary)) || namesFiles(text)
}

// namesFiles reports whether code has strings that end as names of libraries do.
func namesFiles(text []byte) bool {
	for at := 0; ; {
		n := bytes.Index(text[at:], []byte(".so"))
		if n < 0 {
			return false
		}
		if at += n + len(".so"); at == len(text) || strings.IndexByte("'\".\n", text[at]) >= 0 {
			return true
		}
	}
}

// A scanner reads one file. It is a reading of lines, not of scopes: a name stands for all
// that the file assigns to it.
type scanner struct {
	known
	file    string
	text    string
	blocks  []block
	strings map[string][]token // what names stand for
	calls   map[string]string  // functions of the file, or names of an import, that load: which loader they are
	opens   bool               // it has a call of one, or another name for one
	loads   []Load
	taken   map[int]bool // offsets of strings that a call has
	other   []string     // modules that are imported on other platforms only
	live    []string     // modules that are imported
}

// scan returns the libraries that a Python file seems to load, by their lines, and the
// modules that it imports on other platforms only, and on this one. They are guesses: what
// code loads cannot be known without running it.
func scan(file string, text []byte) (loads []Load, other, live []string) {
	s := &scanner{
		known: known{values: map[string]string{}, truths: map[string]truth{}},
		file:  file, text: string(text), strings: map[string][]token{}, calls: map[string]string{}, taken: map[int]bool{},
	}
	for _, loader := range loaders {
		s.calls[loader] = loader
	}
	loading, asks := promise(text)
	if loading = loading && namesLibraries(text); !loading && !asks {
		return nil, nil, s.imports()
	}
	// Functions may stand below what calls them, so the names are gathered first.
	s.lines(func(l logicalLine, dead bool) {
		switch modules := s.imported(l); {
		case dead:
			for _, module := range modules {
				// The packages around a file are imported before it.
				if !strings.HasPrefix(moduleOf(file)+".", module+".") {
					s.other = append(s.other, module)
				}
			}
		default:
			s.live = append(s.live, modules...)
			s.gather(l)
		}
	})
	if !loading || !s.opens && !namesFiles(text) {
		return nil, s.other, s.live
	}
	// What find_library looks for comes first: a name that it was given stands for what it
	// found. Strings beside all calls come last.
	var finds, opens []call
	var bare []token
	s.lines(func(l logicalLine, dead bool) {
		if dead || len(finds)+len(opens) > maxCalls || len(bare) > maxCalls {
			return
		}
		for _, c := range s.callsOf(l) {
			if c.loader == FindLibrary {
				finds = append(finds, c)
			} else {
				opens = append(opens, c)
			}
		}
		bare = append(bare, bareStrings(l)...)
	})
	for _, c := range append(finds, opens...) {
		s.add(c)
	}
	for _, t := range bare {
		s.addBare(t)
	}
	slices.SortStableFunc(s.loads, func(a, b Load) int { return a.Line - b.Line })
	return s.loads, s.other, s.live
}

// gather notes what names stand for, and which functions load what they are given.
func (s *scanner) gather(l logicalLine) {
	t := l.tokens[:min(len(l.tokens), maxSpan)]
	switch {
	case t[0].is("import") || t[0].is("from"):
		for i := 2; i+1 < len(t); i++ {
			if loader, ok := s.calls[t[i-1].text]; ok && t[i].is("as") {
				s.calls[t[i+1].text], s.opens = loader, true
			}
		}
	case t[0].is("for"):
		for i := 1; i < len(t); i++ {
			if t[i].is("in") {
				value := t[i+1:]
				if n := len(value); n > 0 && value[n-1].is(":") {
					value = value[:n-1]
				}
				s.assign(t[1:i], value)
				break
			}
		}
	default:
		for i := 1; i+1 < len(t); i++ {
			if t[i].is("=") && !t[i+1].is("=") && !strings.Contains("=!<>+-*/", t[i-1].text) {
				name := t[:i]
				if len(name) > 1 && name[1].is(":") {
					name = name[:1] // with an annotation
				}
				s.assign(name, t[i+1:])
				break
			}
		}
	}
	s.wrappers(l)
}

// assign notes that a name stands for the strings of an expression, or for a truth.
func (s *scanner) assign(target, value []token) {
	if len(target) != 1 || target[0].kind != nameToken {
		return
	}
	name := target[0].text
	if holds := s.condition(value); holds != unknown {
		s.truths[name] = holds
	}
	if text, ok := s.value(value); ok {
		s.values[name] = text
	}
	if list := append(s.strings[name], s.elements(value)...); len(list) <= maxStrings {
		s.strings[name] = list
	}
}

// elements returns the strings that an expression is or lists, and those of the names
// that it lists.
func (s *scanner) elements(value []token) []token {
	for len(value) > 1 && (value[0].is("(") || value[0].is("[") || value[0].is("{")) && closing(value, 0) == len(value)-1 {
		value = value[1 : len(value)-1]
	}
	var out []token
	for _, part := range splitAt(value, ",") {
		if len(out) > maxStrings {
			return out[:maxStrings]
		}
		for _, choice := range splitAt(part, "or") {
			if len(choice) != 1 {
				continue
			}
			switch c := choice[0]; c.kind {
			case stringToken:
				out = append(out, c)
			case nameToken:
				out = append(out, s.strings[c.text]...)
			}
		}
	}
	return out
}
