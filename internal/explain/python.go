package explain

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// This file finds the names of libraries in Python code.

// Python code names libraries to ctypes and cffi. That cannot be followed
// without running it, so what is found here is a guess.
var (
	loadCall    = regexp.MustCompile(`\b(CDLL|PyDLL|LoadLibrary|load_library|dlopen|find_library)\s*\(\s*[rbuf]{0,2}(?:"([^"\n]{1,200})"|'([^'\n]{1,200})')`)
	libraryName = regexp.MustCompile(`["'](lib[A-Za-z0-9_+.-]{1,100}?\.so(?:\.[0-9]+)*)["']`)
)

// scanPython gives the libraries that one Python file seems to load.
func scanPython(file string, text []byte) []Guess {
	if !bytes.Contains(text, []byte("ctypes")) && !bytes.Contains(text, []byte("dlopen")) && !bytes.Contains(text, []byte("find_library")) {
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
	for _, m := range submatches(loadCall, text, "DLL", "LoadLibrary", "load_library", "dlopen", "find_library") {
		call, name := string(text[m[2]:m[3]]), submatch(text, m, 2)+submatch(text, m, 3)
		if call == "find_library" && !strings.Contains(name, ".") && !strings.Contains(name, "/") {
			name = "lib" + strings.TrimPrefix(name, "lib") + ".so"
		}
		if isSoname(name) {
			add(call, name, m[0])
		}
	}
	for _, m := range submatches(libraryName, text, ".so") {
		add("name", submatch(text, m, 1), m[0])
	}
	return out
}

// submatches is FindAllSubmatchIndex where one of the words, without which the
// expression cannot match, is there: looking for words is many times faster.
func submatches(re *regexp.Regexp, text []byte, words ...string) [][]int {
	if !slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(text, []byte(w)) }) {
		return nil
	}
	return re.FindAllSubmatchIndex(text, -1)
}

func submatch(text []byte, m []int, group int) string {
	if m[2*group] < 0 {
		return ""
	}
	return string(text[m[2*group]:m[2*group+1]])
}

// isSoname leaves out what is for other systems, paths and format strings.
func isSoname(name string) bool {
	return strings.Contains(name, ".so") && !strings.ContainsAny(name, "/{}% \\")
}
