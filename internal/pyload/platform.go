package pyload

import "strings"

// A truth is what is known of a condition where Linux runs the code.
type truth byte

const (
	unknown truth = iota
	yes
	no
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return unknown
}

// maxCondition is how many tokens of a condition are looked at.
const maxCondition = 200

// platformWords are in code that asks for the platform.
var platformWords = []string{"sys.platform", "os.name", "platform.system", "os.uname", "getwindowsversion", "windll"}

// A known is what is known of names that a file assigns: text that they stand for, or a
// condition.
type known struct {
	values map[string]string
	truths map[string]truth
}

// condition returns what is known of an expression.
func (k known) condition(tokens []token) truth {
	if len(tokens) > maxCondition {
		return unknown
	}
	tokens = withoutBrackets(tokens)
	for _, word := range []struct {
		text    string
		decides truth // of one part, that of all
	}{{"or", yes}, {"and", no}} {
		parts := splitAt(tokens, word.text)
		if len(parts) == 1 {
			continue
		}
		all := word.decides.not()
		for _, part := range parts {
			switch k.condition(part) {
			case word.decides:
				return word.decides
			case unknown:
				all = unknown
			}
		}
		return all
	}
	if len(tokens) > 0 && tokens[0].is("not") {
		return k.condition(tokens[1:]).not()
	}
	return k.comparison(tokens)
}

// comparison returns what is known of an expression without and, or and not.
func (k known) comparison(tokens []token) truth {
	for i, t := range tokens {
		switch {
		case t.is("=") && i+1 < len(tokens) && tokens[i+1].is("="):
			return k.equal(tokens[:i], tokens[i+2:])
		case t.is("!") && i+1 < len(tokens) && tokens[i+1].is("="):
			return k.equal(tokens[:i], tokens[i+2:]).not()
		case t.is("in") && i > 0 && tokens[i-1].is("not"):
			return k.oneOf(tokens[:i-1], tokens[i+1:]).not()
		case t.is("in"):
			return k.oneOf(tokens[:i], tokens[i+1:])
		}
	}
	words := flat(tokens)
	switch {
	case len(tokens) == 1 && tokens[0].kind == nameToken:
		return k.truths[tokens[0].text]
	case strings.HasPrefix(words, "hasattr(") && len(tokens) == 6:
		// What ctypes and sys have on Windows alone.
		switch tokens[4].text {
		case "windll", "WinDLL", "oledll", "OleDLL", "getwindowsversion":
			return no
		}
		return unknown
	}
	// X.startswith("win"), X.startswith(("win", "cygwin"))
	for i := range tokens {
		if tokens[i].is("startswith") && i > 1 && i+2 < len(tokens) && tokens[i+1].is("(") {
			value, ok := k.value(tokens[:i-1])
			if !ok {
				return unknown
			}
			found := false
			for _, t := range tokens[i+1:] {
				found = found || t.kind == stringToken && strings.HasPrefix(value, t.text)
			}
			return truthOf(found)
		}
	}
	return unknown
}

// equal compares an expression with a string, either side first.
func (k known) equal(a, b []token) truth {
	a, b = withoutBrackets(a), withoutBrackets(b)
	if len(a) == 1 && a[0].kind == stringToken {
		a, b = b, a
	}
	value, ok := k.value(a)
	if !ok || len(b) != 1 || b[0].kind != stringToken {
		return unknown
	}
	if value == "linux" && b[0].text == "linux2" {
		return unknown // of Python 2
	}
	return truthOf(value == b[0].text)
}

// oneOf reports whether an expression is one of the strings of a list, or, as sys.platform
// may be asked, whether a string is part of it.
func (k known) oneOf(a, list []token) truth {
	if len(a) == 1 && a[0].kind == stringToken {
		if value, ok := k.value(list); ok {
			return truthOf(strings.Contains(value, a[0].text))
		}
		return unknown
	}
	value, ok := k.value(a)
	if !ok {
		return unknown
	}
	some := false
	for _, t := range list {
		switch {
		case t.kind == stringToken && t.text == value:
			return yes
		case t.kind == stringToken:
			some = true
		case t.kind == nameToken:
			return unknown
		}
	}
	if !some {
		return unknown
	}
	return no
}

// value returns what an expression about the platform is on Linux.
func (k known) value(tokens []token) (string, bool) {
	tokens = withoutBrackets(tokens)
	words := flat(tokens)
	lower := strings.HasSuffix(words, ".lower()")
	words = strings.TrimSuffix(words, ".lower()")
	prefix := 0
	for _, cut := range []string{"[:3]", "[:5]", "[0:3]", "[0:5]"} {
		if rest, ok := strings.CutSuffix(words, cut); ok {
			words, prefix = rest, int(cut[len(cut)-2]-'0')
		}
	}
	value, ok := k.values[words]
	if !ok {
		// The modules may have other names: import sys as _sys.
		module, attribute, _ := strings.Cut(strings.TrimLeft(words, "_"), ".")
		switch {
		case module == "sys" && attribute == "platform":
			value = "linux"
		case module == "os" && attribute == "name":
			value = "posix"
		case module == "platform" && attribute == "system()",
			module == "platform" && (attribute == "uname()[0]" || attribute == "uname().system"),
			module == "os" && (attribute == "uname()[0]" || attribute == "uname().sysname"):
			value = "Linux"
		default:
			return "", false
		}
	}
	if lower {
		value = strings.ToLower(value)
	}
	if prefix > 0 {
		value = value[:min(len(value), prefix)]
	}
	return value, true
}
