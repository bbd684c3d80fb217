package pyload

import (
	"bytes"
	"slices"
	"strings"
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

// loadsLibraries reports whether code has a word without which no name in it is
// taken for that of a library.
func loadsLibraries(text []byte) bool {
	return bytes.Contains(text, []byte("ctypes")) || bytes.Contains(text, []byte("dlopen")) || bytes.Contains(text, []byte("find_library"))
}

// asksPlatform reports whether code may import modules on some platforms only.
func asksPlatform(text []byte) bool {
	return slices.ContainsFunc(platformWords, func(word string) bool { return bytes.Contains(text, []byte(word)) })
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
	loads   []Load
	taken   map[int]bool // offsets of strings that a call has
	other   []string     // modules that are imported on other platforms only
	live    []string     // modules that are imported
}

// A block is a compound statement whose body is being read.
type block struct {
	indent   int
	dead     bool // another platform runs it
	taken    bool // of an if: a branch before is the one that Linux runs
	function string
	params   []string
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
	// Functions may stand below what calls them, so the names are gathered first.
	loading := loadsLibraries(text)
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
	if !loading {
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
	colon := headerEnd(l.tokens)
	if colon < 0 || first.kind != nameToken {
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
	case "for", "while", "with", "try", "except", "finally", "class", "match", "case":
	default:
		do(l, dead)
		return
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
		switch {
		case t.is("(") || t.is("[") || t.is("{"):
			depth++
		case t.is(")") || t.is("]") || t.is("}"):
			depth--
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

// gather notes what names stand for, and which functions load what they are given.
func (s *scanner) gather(l logicalLine) {
	t := l.tokens[:min(len(l.tokens), maxSpan)]
	switch {
	case t[0].is("import") || t[0].is("from"):
		for i := 2; i+1 < len(t); i++ {
			if loader, ok := s.calls[t[i-1].text]; ok && t[i].is("as") {
				s.calls[t[i+1].text] = loader
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

// wrappers notes functions of the file that hand a parameter on to a loader.
func (s *scanner) wrappers(l logicalLine) {
	for i := range l.tokens {
		loader, args := s.call(l.tokens, i)
		if loader == "" {
			continue
		}
		for _, b := range s.blocks {
			for _, arg := range splitAt(args, ",") {
				if b.function != "" && len(arg) == 1 && s.isParam(b, arg[0].text) {
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

func (s *scanner) isParam(b block, name string) bool { return slices.Contains(b.params, name) }

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
	lower := strings.ToLower(name)
	for _, ending := range []string{".dll", ".dylib", ".framework", ".pyd", ".exe", ".py", ".so", ".drv", ".ocx"} {
		if strings.HasSuffix(lower, ending) {
			return ""
		}
	}
	switch {
	case file:
		return ""
	case loader == FindLibrary, loader == "dlopen" && !strings.Contains(name, "."):
		// cffi asks find_library, too, where a name is that of no file.
		return "lib" + strings.TrimPrefix(name, "lib") + ".so"
	}
	return ""
}

const maxLibrary = 110 // bytes of a name
