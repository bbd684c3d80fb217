package pyload

import (
	"bytes"
	"slices"
	"testing"
)

// FuzzWordSet holds the search for several words to that for each by itself.
func FuzzWordSet(f *testing.F) {
	f.Add([]byte("import ctypes; sys.platform"), "ctypes", "sys.platform", 0)
	f.Add([]byte("ababababababac"), "ababac", "bababab", 3)
	f.Add([]byte("\xffa\x00\xffa\x00"), "\xffa\x00\xffa\x00", "a\x00\x00\x00\x00\x00", 1)
	f.Fuzz(func(t *testing.T, text []byte, a, b string, cut int) {
		if min(len(a), len(b)) < shortest {
			return
		}
		words := []string{a, b}
		set := newWordSet(words...)
		texts := [][]byte{text, append(slices.Clone(text), a...), text[min(max(cut, 0), len(text)):]}
		for _, text := range texts {
			found := set.in(text)
			for i, word := range words {
				if got, want := found&(1<<i) != 0, bytes.Contains(text, []byte(word)); got != want {
					t.Errorf("%q has %q: %v", text, word, got)
				}
			}
		}
	})
}

// Rule: code is read for the words of loading and for those of platforms, each by itself.
func TestPromise(t *testing.T) {
	for text, want := range map[string][]bool{
		"":                                  {false, false},
		"os.nam":                            {false, false},
		"os.name":                           {false, true},
		"import ctypes":                     {true, false},
		"if os.name == 'nt': import ctypes": {true, true},
		"import ctypes\nos.uname()":         {true, true},
	} {
		loads, asks := promise([]byte(text))
		if got := []bool{loads, asks}; !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
