package pyload

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// loadCall matches a call by which ctypes or cffi loads a library. It is compiled
// when first used: few wheels have such calls.
var loadCall = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:CDLL|PyDLL|LoadLibrary|load_library|dlopen|find_library)\s*\(\s*[rbuf]{0,2}(?:"([^"\n]+)"|'([^'\n]+)')`)
})

// loadWords begin such a call. Looking for a word is a hundred times faster than
// matching loadCall with a whole text.
var loadWords = []string{"CDLL", "PyDLL", "LoadLibrary", "load_library", "dlopen", "find_library"}

const (
	maxCall    = 256 // bytes of a call that are looked at
	maxLibrary = 110 // bytes of a name
)

// scan returns the libraries that a Python file seems to load: those that
// calls name, in their order, then those named elsewhere. They are guesses: what
// code loads cannot be known without running it.
func scan(file string, text []byte) []Load {
	if !loadsLibraries(text) {
		return nil
	}
	var out []Load
	seen := map[string]bool{}
	add := func(call, name string, at int) {
		if !seen[name] {
			seen[name] = true
			out = append(out, Load{Soname: name, File: file, Line: 1 + bytes.Count(text[:at], []byte("\n")), Call: call})
		}
	}
	var calls []int
	for _, word := range loadWords {
		calls = append(calls, offsets(text, word)...)
	}
	slices.Sort(calls)
	for _, at := range calls {
		if call, name := loadedBy(text, at); isSoname(name) {
			add(call, name, at)
		}
	}
	for _, at := range offsets(text, ".so") {
		if name, start := quotedLibrary(text, at); name != "" {
			add("name", name, start)
		}
	}
	return out
}

// loadsLibraries reports whether code has a word without which no name in it is
// taken for that of a library.
func loadsLibraries(text []byte) bool {
	return bytes.Contains(text, []byte("ctypes")) || bytes.Contains(text, []byte("dlopen")) || bytes.Contains(text, []byte("find_library"))
}

// offsets returns every offset of a word.
func offsets(text []byte, word string) []int {
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

// loadedBy returns the function and the name of the library of the call at an
// offset, or "".
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

// quotedLibrary returns the string "libNAME.so" or "libNAME.so.1.2" whose .so is at
// an offset, and where it starts. The name is "" if there is none.
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

// isSoname reports whether a name is a soname, and not that of a library of another
// system, a path or a format string.
func isSoname(name string) bool {
	return strings.Contains(name, ".so") && !strings.ContainsAny(name, "/{}% \\")
}
