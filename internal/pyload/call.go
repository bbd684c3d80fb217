package pyload

import (
	"slices"
	"strings"
)

// wrappers notes functions of the file that hand a parameter on to a loader.
func (s *scanner) wrappers(l logicalLine) {
	for i := range l.tokens {
		loader, args := s.call(l.tokens, i)
		if loader == "" {
			continue
		}
		s.opens = true
		for _, b := range s.blocks {
			for _, arg := range splitAt(args, ",") {
				if b.function != "" && len(arg) == 1 && slices.Contains(b.params, arg[0].text) {
					s.calls[b.function] = loader
				}
			}
		}
	}
	// for name in names, where names is a parameter
	if t := l.tokens; len(t) > 3 && t[0].is("for") && t[2].is("in") && len(s.blocks) > 0 {
		for i := range s.blocks {
			if b := &s.blocks[i]; b.function != "" && slices.Contains(b.params, t[3].text) {
				b.params = append(b.params, t[1].text)
			}
		}
	}
}

// call returns the loader that is called at token i, and the arguments.
func (s *scanner) call(tokens []token, i int) (loader string, args []token) {
	if tokens[i].kind != nameToken || i+1 >= len(tokens) || !tokens[i+1].is("(") {
		return "", nil
	}
	loader = s.calls[tokens[i].text]
	if loader == "" {
		loader = s.calls[strings.TrimLeft(tokens[i].text, "_")]
	}
	if loader == "" || i > 0 && (tokens[i-1].is("def") || tokens[i-1].is("class")) {
		return "", nil
	}
	if i > 1 && tokens[i-1].is(".") && (tokens[i-2].is("windll") || tokens[i-2].is("oledll")) {
		return "", nil
	}
	return loader, tokens[i+2 : max(i+2, closing(tokens, i+1))]
}

// A call is one of a loader, from start to end.
type call struct {
	loader     string
	start, end int
	names      []token // the strings that it may be given
	alone      bool    // it has one argument
}

// callsOf returns the calls of loaders in a line.
func (s *scanner) callsOf(l logicalLine) []call {
	var out []call
	for i := range l.tokens {
		loader, args := s.call(l.tokens, i)
		if loader == "" {
			continue
		}
		c := call{loader: loader, start: l.tokens[begin(l.tokens, i)].start, end: l.tokens[closing(l.tokens, i+1)].end}
		parts := splitAt(args, ",")
		c.alone = len(parts) == 1
		for _, arg := range parts {
			if len(arg) > 2 && arg[1].is("=") {
				if !arg[0].is("name") {
					continue
				}
				arg = arg[2:]
			}
			c.names = append(c.names, s.elements(arg)...)
			if len(c.names) > maxStrings {
				c.names = c.names[:maxStrings]
				break
			}
		}
		out = append(out, c)
	}
	return out
}

// begin returns the index of the token at which the callee begins: that of ctypes in
// ctypes.util.find_library.
func begin(tokens []token, i int) int {
	for i > 1 && tokens[i-1].is(".") && tokens[i-2].kind == nameToken {
		i -= 2
	}
	return i
}

// add adds the library that a call opens by the first of some names that it has.
func (s *scanner) add(c call) {
	var out Load
	var at token
	for _, t := range c.names {
		if s.taken[t.start] && (t.start < c.start || t.end > c.end) {
			continue
		}
		s.taken[t.start] = true
		soname := sonameOf(c.loader, t)
		if soname == "" || slices.Contains(out.Names, soname) {
			continue
		}
		if len(out.Names) == 0 || !strings.Contains(at.text, ".so") && strings.Contains(t.text, ".so") {
			at = t
		}
		out.Names = append(out.Names, soname)
	}
	if len(out.Names) == 0 || len(s.loads) >= maxLoads {
		return
	}
	// What is a file name comes before what find_library would make of the others.
	slices.SortStableFunc(out.Names, func(a, b string) int { return rank(a, c.names) - rank(b, c.names) })
	out.Soname, out.File, out.Call = out.Names[0], s.file, c.loader
	out.Line = s.lineAt(c.start)
	out.Edit = s.edit(c.loader, c.start, c.end, at, c.alone)
	s.put(out)
}

// rank returns 0 for a name that the code has as it is.
func rank(name string, names []token) int {
	if slices.ContainsFunc(names, func(t token) bool { return t.text == name }) {
		return 0
	}
	return 1
}

func (s *scanner) put(l Load) {
	same := func(o Load) bool { return o.Soname == l.Soname && o.Line == l.Line && o.Call == l.Call }
	if !slices.ContainsFunc(s.loads, same) {
		s.loads = append(s.loads, l)
	}
}

// bareStrings returns the strings of a line that may be names of libraries. A string that is
// a statement by itself is a docstring.
func bareStrings(l logicalLine) []token {
	if !slices.ContainsFunc(l.tokens, func(t token) bool { return t.kind != stringToken }) {
		return nil
	}
	var out []token
	for _, t := range l.tokens {
		if t.kind == stringToken && strings.HasPrefix(t.text, "lib") && sonameOf(Named, t) != "" {
			out = append(out, t)
		}
	}
	return out
}

// addBare adds a library that a string names beside all calls.
func (s *scanner) addBare(t token) {
	if soname := sonameOf(Named, t); !s.taken[t.start] && len(s.loads) < maxLoads {
		s.put(Load{
			Soname: soname, Names: []string{soname}, File: s.file, Line: s.lineAt(t.start), Call: Named,
			Edit: s.edit(Named, t.start, t.end, t, false),
		})
	}
}

func (s *scanner) lineAt(offset int) int { return 1 + strings.Count(s.text[:offset], "\n") }

// sonameOf returns the soname that a string stands for in a call on Linux, or "".
func sonameOf(loader string, t token) string {
	name := t.text
	if t.opaque || name == "" || len(name) > maxLibrary || strings.ContainsAny(name, "/{}%* \\\t\n:,") {
		return ""
	}
	stem, version, file := strings.Cut(name, ".so")
	if file && stem != "" && strings.Trim(version, ".0123456789") == "" && !strings.HasSuffix(version, ".") && (version == "" || version[0] == '.') {
		return name
	}
	switch {
	case file || Foreign(name):
		return ""
	case loader == FindLibrary, loader == "dlopen" && !strings.Contains(name, "."):
		// cffi asks find_library, too, where a name is that of no file.
		return "lib" + strings.TrimPrefix(name, "lib") + ".so"
	}
	return ""
}

// Foreign reports whether a name is that of a file, so that find_library has nothing for it
// on Linux: code that asks for libportaudio.dylib there does so on each platform.
func Foreign(name string) bool {
	lower := strings.ToLower(name)
	return slices.ContainsFunc([]string{".dll", ".dylib", ".framework", ".pyd", ".exe", ".py", ".so", ".drv", ".ocx"}, func(ending string) bool {
		return strings.HasSuffix(lower, ending)
	})
}

const maxLibrary = 110 // bytes of a name
