package explain

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// This file finds the names of libraries in Python code.

// Python code names libraries to ctypes and cffi. That cannot be followed
// without running it, so what is found here is a guess. The expression is made
// when it is first used: few wheels have use for it.
var loadCall = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:CDLL|PyDLL|LoadLibrary|load_library|dlopen|find_library)\s*\(\s*[rbuf]{0,2}(?:"([^"\n]+)"|'([^'\n]+)')`)
})

// Looking for a word is a hundred times faster than the expression on the whole
// text.
var loadWords = []string{"CDLL", "PyDLL", "LoadLibrary", "load_library", "dlopen", "find_library"}

const (
	maxCall    = 256 // bytes of a call that are looked at
	maxLibrary = 110 // bytes of a name
)

// scanPython gives the libraries that one Python file seems to load: those that
// calls name, in their order, then those named elsewhere.
func scanPython(file string, text []byte) []Guess {
	if !loadsLibraries(text) {
		return nil
	}
	var out []Guess
	seen := map[string]bool{}
	add := func(call, name string, at int) {
		if !seen[name] {
			seen[name] = true
			out = append(out, Guess{Soname: name, File: file, Line: 1 + bytes.Count(text[:at], []byte("\n")), Call: call})
		}
	}
	var calls []int
	for _, word := range loadWords {
		calls = append(calls, places(text, word)...)
	}
	slices.Sort(calls)
	for _, at := range calls {
		if call, name := loadedBy(text, at); isSoname(name) {
			add(call, name, at)
		}
	}
	for _, at := range places(text, ".so") {
		if name, start := quotedLibrary(text, at); name != "" {
			add("name", name, start)
		}
	}
	return out
}

// loadsLibraries tells whether code has a word without which no name in it is
// taken for a library's.
func loadsLibraries(text []byte) bool {
	return bytes.Contains(text, []byte("ctypes")) || bytes.Contains(text, []byte("dlopen")) || bytes.Contains(text, []byte("find_library"))
}

// places gives every offset of a word.
func places(text []byte, word string) []int {
	var out []int
	for at := 0; ; at += len(word) {
		i := bytes.Index(text[at:], []byte(word))
		if i < 0 {
			return out
		}
		at += i
		out = append(out, at)
	}
}

// loadedBy reads a call of a word at an offset.
func loadedBy(text []byte, at int) (call, name string) {
	if at > 0 && isWordByte(text[at-1]) {
		return "", "" // the end of a longer name
	}
	rest := text[at:min(len(text), at+maxCall)]
	m := loadCall().FindSubmatch(rest)
	if m == nil {
		return "", ""
	}
	for n := 0; n < len(rest) && isWordByte(rest[n]); n++ {
		call = string(rest[:n+1])
	}
	name = string(m[1]) + string(m[2])
	if call == "find_library" && !strings.ContainsAny(name, "./") {
		name = "lib" + strings.TrimPrefix(name, "lib") + ".so"
	}
	return call, name
}

// quotedLibrary gives the string "libNAME.so" or "libNAME.so.1.2" whose .so is at
// an offset, and where it starts.
func quotedLibrary(text []byte, so int) (name string, start int) {
	start, end := so, so+len(".so")
	for start > 0 && so-start < maxLibrary && isNameByte(text[start-1]) {
		start--
	}
	for end < len(text) && (text[end] == '.' || text[end] >= '0' && text[end] <= '9') {
		end++
	}
	quoted := start > 0 && isQuote(text[start-1]) && end < len(text) && isQuote(text[end])
	name = string(text[start:end])
	if !quoted || !strings.HasPrefix(name, "lib") || strings.HasSuffix(name, ".") {
		return "", 0
	}
	return name, start
}

func isQuote(b byte) bool { return b == '"' || b == '\'' }

func isWordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

func isNameByte(b byte) bool { return isWordByte(b) || b == '+' || b == '.' || b == '-' }

// isSoname leaves out what is for other systems, paths and format strings.
func isSoname(name string) bool {
	return strings.Contains(name, ".so") && !strings.ContainsAny(name, "/{}% \\")
}
