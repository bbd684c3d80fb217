package explain

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyload"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// Rule: the page is UTF-8 and has no hidden character, whatever a wheel says. What
// stands in the place of one is seen.
func TestPageHidesNothing(t *testing.T) {
	const odd = "\r\b\x1b\u009b\u202e\u2066\u200b\u2028\U000e0041\xff"
	name := func(s string) string { return s + odd + s }
	s := sampleSource()
	w := &s.wheels[0]
	w.Name, w.Version, w.Path, w.Misfit = name("Pkg"), name("1"), name("path"), name("misfit")
	w.Platforms, w.File.Platforms = []string{name("plat")}, []pyname.Platform{{Tag: name("plat")}}
	w.File.Python, w.File.ABI = []string{name("py")}, []string{name("abi")}
	w.Requires, w.RequiresText = []string{name("req")}, []string{name("req")}
	w.Record.Missing, w.Record.Unlisted = []string{name("gone")}, []string{name("extra")}
	s.wheels = append(s.wheels, sampleWheel())
	s.Objects = append(s.Objects, object(0, name("obj")+".so", elfobj.Object{
		Soname: name("soname"), Runpath: []string{name("run")}, Needed: []string{name("needed")},
		Verneed: []elfobj.Verneed{{File: name("needed"), Versions: []elfobj.Version{{Name: name("GLIBC_9.")}}}},
	}))
	s.guesses = []guess{{Load: pyload.Load{Soname: name("guess"), File: name("py"), Line: 1}, From: supply.Nixpkgs, Attr: "attr"}}
	m := s.build()
	m.problems = []problem.Problem{{Code: problem.ObjectDamaged, Path: name("bad"), Message: name("msg"), Details: []string{name("detail")}, Hint: name("hint"), Root: name("root")}}
	o := &m.objects[0]
	o.Machine, o.Kind = name("machine"), plan.Library
	for i := range m.external {
		m.external[i].Note = name("note")
	}
	for _, one := range []bool{false, true} {
		if one {
			m.wheels = m.wheels[:1]
		}
		var b bytes.Buffer
		if err := HTML(&b, m); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if !utf8.ValidString(text) {
			t.Error("not UTF-8")
		}
		for i, r := range text {
			if r != '\n' && words.Hidden(r) {
				t.Fatalf("%U in %q", r, text[max(0, i-60):min(len(text), i+20)])
			}
		}
		for _, shown := range []string{"Pkg", "obj", "soname", "run", "needed", "guess", "bad", "msg", "detail", "hint", "gone", "machine", "note"} {
			if !strings.Contains(text, shown+words.Printable(odd)) {
				t.Errorf("%s is not there", shown)
			}
		}
	}
}
