package nixexpr

import (
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// meta writes meta (Nixpkgs manual, "Meta-attributes"), as far as METADATA and the tags say.
func (e *expression) meta(r release, s *scope) {
	dist := r.Wheel.Dist
	e.line("")
	e.line("meta = {")
	begun := len(e.lines)
	e.in(func() {
		if summary := strings.TrimRight(strings.Join(strings.Fields(dist.Summary), " "), "."); summary != "" && summary != "UNKNOWN" {
			e.line("description = %s;", words.NixString(summary))
		}
		if strings.HasPrefix(dist.Homepage, "http") {
			e.line("homepage = %s;", words.NixString(dist.Homepage))
		}
		e.license(r.Wheel, s)
		if slices.ContainsFunc(r.wheels, func(w Wheel) bool { return w.Native }) {
			e.line("sourceProvenance = [ %s.sourceTypes.binaryNativeCode ];", s.pkgs("lib"))
		}
		if program := r.Wheel.mainProgram(); program != "" {
			e.line("mainProgram = %s;", words.NixString(program))
		}
		var systems []string
		for _, w := range r.wheels {
			systems = append(systems, w.systems()...)
		}
		if len(systems) > 0 {
			e.strings("platforms", sortedSet(systems))
		}
	})
	if len(e.lines) == begun {
		e.lines = e.lines[:begun-2] // nothing is known
		return
	}
	e.line("};")
}

// mainProgram returns the program that nix run starts: the only one, or the one that is called
// as the distribution; or "".
func (w Wheel) mainProgram() string {
	if len(w.Programs) == 1 {
		return w.Programs[0]
	}
	for _, name := range w.Programs {
		if pyname.NormalName(name) == pyname.NormalName(w.Name) {
			return name
		}
	}
	return ""
}

// maxLicense is how many letters of a license that is not known are written.
const maxLicense = 80

// license writes the license, or what METADATA says where that is none which is known.
func (e *expression) license(w Wheel, s *scope) {
	attrs, known := licenses(w.Dist.License, w.Dist.LicenseExpression != "")
	if !known {
		attrs = nil
		for _, c := range w.Dist.Classifiers {
			if attr, ok := providers.License(c); ok && !slices.Contains(attrs, attr) {
				attrs = append(attrs, attr)
			}
		}
	}
	var texts []string
	for _, attr := range attrs {
		if id, ok := strings.CutPrefix(attr, "="); ok {
			texts = append(texts, s.pkgs("lib")+".getLicenseFromSpdxId "+words.NixString(id))
		} else {
			texts = append(texts, s.pkgs("lib")+".licenses."+attr)
		}
	}
	switch len(texts) {
	case 0:
		said := append(slices.Clone(w.Dist.Classifiers), strings.Join(strings.Fields(w.Dist.License), " "))
		said = slices.DeleteFunc(said, func(t string) bool { return t == "" || t == "UNKNOWN" })
		if len(said) > 0 {
			e.line("# license: METADATA says %s", words.Printable(beginning(strings.Join(said, "; "), maxLicense)))
		}
	case 1:
		e.line("license = %s;", texts[0])
	default:
		e.line("license = [")
		e.in(func() {
			for _, t := range texts {
				if strings.Contains(t, " ") {
					t = "(" + t + ")"
				}
				e.line("%s", t)
			}
		})
		e.line("];")
	}
}

// beginning returns the whole words that text begins with, at most n letters, and … where more
// follow.
func beginning(text string, n int) string {
	letters := []rune(text)
	if len(letters) <= n {
		return text
	}
	text = string(letters[:n])
	if at := strings.LastIndexByte(text, ' '); at >= 0 && letters[n] != ' ' {
		text = text[:at]
	}
	return strings.TrimRight(text, " ,;") + " …"
}

// licenses returns the attributes of lib.licenses for a license expression of SPDX; an
// identifier that has none here has = before it, if METADATA says that the text is such an
// expression (PEP 639): nixpkgs refuses what is no identifier. It is false where the text is none.
func licenses(text string, declared bool) (attrs []string, ok bool) {
	e, ok := providers.ParseSPDX(text)
	if !ok || strings.Contains(e.Text, "LicenseRef-") || !e.Known && !declared {
		return nil, false
	}
	for _, id := range e.Licenses {
		attr, known := providers.License(id)
		if !known {
			attr = "=" + id
		}
		if !slices.Contains(attrs, attr) {
			attrs = append(attrs, attr)
		}
	}
	return attrs, true
}
