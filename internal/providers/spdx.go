package providers

import (
	"slices"
	"strings"
	"sync"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
)

// An SPDXExpression is a license expression of SPDX ("SPDX License Expressions", annex D of
// the specification).
type SPDXExpression struct {
	Text     string   // identifiers of licenses.tsv and operators in the case that SPDX has
	Licenses []string // the identifiers in it, each once, without those of exceptions
	Known    bool     // all of them are in licenses.tsv
}

var (
	spdxID  = lazyregexp.New(`^[A-Za-z0-9.-]+\+?$`)
	spdxRef = lazyregexp.New(`^(DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+$`)
)

// ParseSPDX reads a license expression; it is false where the text is none. Which identifiers
// there are is not all known here: an expression may have others.
func ParseSPDX(text string) (e SPDXExpression, ok bool) {
	if len(text) > 4096 {
		return e, false
	}
	e.Known = true
	var words []string
	depth, operand, exception := 0, true, false // operand: one comes next, of WITH if exception
	for _, t := range strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(text)) {
		word := strings.ToUpper(t)
		switch {
		case t == "(" && operand && !exception:
			depth++
		case t == ")" && !operand && depth > 0:
			depth--
		case (word == "AND" || word == "OR") && !operand:
			t, operand = word, true
		case word == "WITH" && !operand && spdxID.MatchString(words[len(words)-1]):
			t, operand, exception = word, true, true
		case operand && (spdxID.MatchString(t) || spdxRef.MatchString(t)) && !slices.Contains([]string{"AND", "OR", "WITH"}, word):
			id, known := canonicalSPDX(t)
			e.Known = e.Known && known
			if t = id; !exception && !slices.Contains(e.Licenses, t) {
				e.Licenses = append(e.Licenses, t)
			}
			operand, exception = false, false
		default:
			return SPDXExpression{}, false
		}
		words = append(words, t)
	}
	e.Text = strings.NewReplacer("( ", "(", " )", ")").Replace(strings.Join(words, " "))
	return e, len(words) > 0 && !operand && depth == 0
}

var loadSPDX = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for name := range loadLicenses() {
		if spdxID.MatchString(name) {
			m[strings.ToLower(name)] = name
		}
	}
	return m
})

// canonicalSPDX returns an identifier as licenses.tsv has it, and whether it does.
func canonicalSPDX(id string) (name string, known bool) {
	stem, plus := strings.CutSuffix(id, "+")
	name, known = loadSPDX()[strings.ToLower(stem)]
	if !known {
		return id, false
	}
	if plus {
		name += "+"
	}
	return name, true
}

// unsaid are the classifiers that leave open which license is meant (PEP 639, "Mapping License
// Classifiers to SPDX Identifiers", and the one of Python's, which two identifiers share).
var unsaid = map[string]bool{
	"License :: OSI Approved :: Apache Software License":                                 true,
	"License :: OSI Approved :: GNU Affero General Public License v3":                    true,
	"License :: OSI Approved :: GNU General Public License v2 (GPLv2)":                   true,
	"License :: OSI Approved :: GNU General Public License v3 (GPLv3)":                   true,
	"License :: OSI Approved :: GNU Lesser General Public License v2 (LGPLv2)":           true,
	"License :: OSI Approved :: GNU Lesser General Public License v2 or later (LGPLv2+)": true,
	"License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)":           true,
	"License :: OSI Approved :: Python Software Foundation License":                      true,
	"License :: OSI Approved :: Zope Public License":                                     true,
}

// SPDX returns the identifier of the SPDX License List for a classifier of PyPI, if that leaves
// no doubt.
func SPDX(classifier string) (id string, ok bool) {
	attr, known := License(classifier)
	if !known || unsaid[classifier] {
		return "", false
	}
	for name, other := range loadLicenses() {
		if other == attr && spdxID.MatchString(name) {
			if ok {
				return "", false
			}
			id, ok = name, true
		}
	}
	return id, ok
}
