package words_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// Rule: what Printable returns has no control, format or other hidden character and
// ends no line; every other character stays.
func TestPrintableHidesNothing(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if 0xd800 <= r && r < 0xe000 {
			continue // no character
		}
		hidden := unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
		for _, known := range []rune{0x34f, 0x115f, 0x1160, 0x3164, 0xfe00, 0xfe0f, 0xffa0, 0xe0100} {
			hidden = hidden || r == known
		}
		got := words.Printable("a" + string(r) + "b")
		if hidden && got != "a\ufffdb" || got != "a"+string(r)+"b" && !words.Hidden(r) {
			t.Fatalf("%U is %q", r, got)
		}
	}
	for _, bidi := range "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c" {
		if !words.Hidden(bidi) {
			t.Errorf("%U", bidi)
		}
	}
	for text, want := range map[string]string{
		"a\r\nb\tc\x1b[31m": "a\ufffd\ufffdb\ufffdc\ufffd[31m", "\xff\xc3": "\ufffd\ufffd", "é ~日本": "é ~日本", "": "",
	} {
		if got := words.Printable(text); got != want {
			t.Errorf("%q is %q", text, got)
		}
	}
}

// Rule: nothing that Quote returns is hidden, turns text around or ends a line; what
// is plain stays, and what was quoted can be read back.
func TestQuoteShowsWhatIsHidden(t *testing.T) {
	for _, c := range "\x00\n\r\t\x1b\x7f\u0085\u009b\u00ad\u034f\u061c\u115f\u180e\u200b\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\u3164\ufe0f\ufeff\uffa0\U000e0041" {
		s := "é" + string(c) + "x"
		q := words.Quote(s)
		if back, err := strconv.Unquote(q); err != nil || back != s || strings.ContainsFunc(q, words.Hidden) {
			t.Errorf("%U is %s", c, q)
		}
	}
	for _, plain := range []string{"demo/é.py", "a+b", "日本語", "ß"} {
		if q := words.Quote(plain); q != plain {
			t.Errorf("%s is %s", plain, q)
		}
	}
}
