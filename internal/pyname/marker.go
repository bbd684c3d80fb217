package pyname

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/lazyregexp"
)

// A Requirement is one line of Requires-Dist (PEP 508), without its versions.
type Requirement struct {
	Name   string   // in the form of NormalName
	Extras []string // likewise
	marker disjunction
}

// An Environment is what markers ask about. It is CPython on Linux; what nothing can be
// known of, platform_release and platform_version, is empty, as in packaging.
type Environment struct {
	Python  string // "3.11"
	Full    string // "3.11.4"
	Machine string // as uname -m has it
	Extra   string // in the form of NormalName, or empty
}

// lookup returns the value of a variable.
func (e Environment) lookup(variable string) (string, bool) {
	switch variable {
	case "python_version":
		return e.Python, true
	case "python_full_version", "implementation_version":
		return e.Full, true
	case "platform_machine":
		return e.Machine, true
	case "extra":
		return e.Extra, true
	case "os_name":
		return "posix", true
	case "sys_platform":
		return "linux", true
	case "platform_system":
		return "Linux", true
	case "implementation_name":
		return "cpython", true
	case "platform_python_implementation":
		return "CPython", true
	case "platform_release", "platform_version":
		return "", true
	}
	return "", false
}

var (
	requirementName = lazyregexp.New(`^[ \t]*([a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9_])?)[ \t]*`)
	requirementURL  = lazyregexp.New(`^@[ \t]*[^ \t\n\r\f\v]+`)
)

// ParseRequirement reads a line of Requires-Dist. Its versions are passed over, whatever they
// are.
func ParseRequirement(line string) (Requirement, error) {
	m := requirementName.FindStringSubmatch(line)
	if m == nil {
		return Requirement{}, fmt.Errorf("no name: %q", line)
	}
	r := Requirement{Name: NormalName(m[1])}
	rest := line[len(m[0]):]
	if after, ok := strings.CutPrefix(rest, "["); ok {
		list, behind, closed := strings.Cut(after, "]")
		if !closed {
			return r, fmt.Errorf("extras without an end: %q", line)
		}
		rest = behind
		for extra := range strings.SplitSeq(list, ",") {
			if extra = strings.Trim(extra, " \t"); extra != "" {
				r.Extras = append(r.Extras, NormalName(extra))
			}
		}
	}
	rest = strings.TrimLeft(rest, " \t")
	if rest != "" && !strings.ContainsRune("(<>=!~;@", rune(rest[0])) {
		return r, fmt.Errorf("neither versions nor a marker behind the name: %q", line)
	}
	rest = rest[len(requirementURL.FindString(rest)):]
	if _, text, ok := strings.Cut(rest, ";"); ok {
		p := markerParser{rest: text}
		r.marker = p.disjunction(0)
		if p.skip(); p.err == nil && p.rest != "" {
			p.err = fmt.Errorf("more behind a marker: %q", p.rest)
		}
		return r, p.err
	}
	return r, nil
}

// Holds reports whether the marker is true. The error is that of a comparison which PEP 508
// does not define.
func (r Requirement) Holds(e Environment) (bool, error) {
	if r.marker == nil {
		return true, nil
	}
	return r.marker.holds(e)
}

// A disjunction is true if all terms of one of its parts are.
type disjunction [][]term

// A term is a comparison, or a disjunction in parentheses.
type term struct {
	inner       disjunction
	left, right operand
	op          string
}

type operand struct {
	variable bool
	text     string
}

// holds evaluates every term, as packaging does: one that is not defined is an error
// wherever it stands.
func (d disjunction) holds(e Environment) (any bool, err error) {
	for _, part := range d {
		all := true
		for _, t := range part {
			ok, err := t.holds(e)
			if err != nil {
				return false, err
			}
			all = all && ok
		}
		any = any || all
	}
	return any, nil
}

func (t term) holds(e Environment) (bool, error) {
	if t.inner != nil {
		return t.inner.holds(e)
	}
	left, right, key := t.left.text, t.right.text, t.left.text
	var known bool
	if t.left.variable {
		left, known = e.lookup(key)
	} else {
		key = right
		right, known = e.lookup(key)
	}
	if !known {
		return false, fmt.Errorf("no variable of the environment: %q", key)
	}
	return compare(left, t.op, right, key)
}

// versionVariables are those whose values are compared as versions.
var versionVariables = []string{"python_version", "python_full_version", "implementation_version", "platform_release"}

// compare is packaging.markers._eval_op.
func compare(left, op, right, key string) (bool, error) {
	if slices.Contains(versionVariables, key) {
		if s, ok := ParseSpecifier(op + right); ok {
			return s.Contains(left), nil
		}
	}
	switch op {
	case "in":
		return strings.Contains(right, left), nil
	case "not in":
		return !strings.Contains(right, left), nil
	case "==", "<=", ">=":
		return left == right, nil
	case "!=":
		return left != right, nil
	case "<", ">":
		return false, nil
	}
	return false, fmt.Errorf("%s is not defined for %s", op, key)
}

// maxNesting bounds parentheses in parentheses, as in packaging.
const maxNesting = 200

// A markerParser reads a marker by the grammar of PEP 508. After an error it reads nothing
// more.
type markerParser struct {
	rest string
	err  error
}

var (
	markerVariable = lazyregexp.New(`^(?:python_version|python_full_version|os[._]name|sys[._]platform|platform_(?:release|system)|` +
		`platform[._](?:version|machine|python_implementation)|python_implementation|implementation_(?:name|version)|extras?|dependency_groups)\b`)
	markerOperator = lazyregexp.New(`^(?:in\b|not\b[ \t]+in\b|===|==|~=|!=|<=|>=|<|>)`)
	markerBoolean  = lazyregexp.New(`^(?:or|and)\b`)
)

func (p *markerParser) skip() { p.rest = strings.TrimLeft(p.rest, " \t") }

func (p *markerParser) fail(what string) {
	if p.err == nil {
		p.err = fmt.Errorf("%s: %q", what, p.rest)
	}
	p.rest = ""
}

// match takes what a pattern matches next.
func (p *markerParser) match(pattern lazyregexp.Regexp) string {
	p.skip()
	found := pattern.FindString(p.rest)
	p.rest = p.rest[len(found):]
	return found
}

func (p *markerParser) disjunction(depth int) disjunction {
	if depth > maxNesting {
		p.fail("too many parentheses")
		return nil
	}
	d := disjunction{{p.term(depth)}}
	for p.err == nil {
		switch p.match(markerBoolean) {
		case "or":
			d = append(d, []term{p.term(depth)})
		case "and":
			d[len(d)-1] = append(d[len(d)-1], p.term(depth))
		default:
			return d
		}
	}
	return d
}

func (p *markerParser) term(depth int) term {
	p.skip()
	if rest, ok := strings.CutPrefix(p.rest, "("); ok {
		p.rest = rest
		t := term{inner: p.disjunction(depth + 1)}
		if p.skip(); !strings.HasPrefix(p.rest, ")") {
			p.fail("no closing parenthesis")
			return t
		}
		p.rest = p.rest[1:]
		return t
	}
	t := term{left: p.operand()}
	if t.op = p.match(markerOperator); t.op == "" {
		p.fail("no operator")
	} else if strings.HasPrefix(t.op, "not") {
		t.op = "not in"
	}
	t.right = p.operand()
	// Names of extras are compared in their normal form (PEP 685).
	switch {
	case t.left == operand{true, "extra"} && !t.right.variable:
		t.right.text = NormalName(t.right.text)
	case t.right == operand{true, "extra"} && !t.left.variable:
		t.left.text = NormalName(t.left.text)
	}
	return t
}

func (p *markerParser) operand() operand {
	if name := strings.ReplaceAll(p.match(markerVariable), ".", "_"); name != "" {
		if name == "python_implementation" {
			name = "platform_python_implementation"
		}
		return operand{true, name}
	}
	for _, quote := range []string{`'`, `"`} {
		rest, ok := strings.CutPrefix(p.rest, quote)
		text, behind, closed := strings.Cut(rest, quote)
		if !ok || !closed {
			continue
		}
		if strings.ContainsAny(text, "\\\n\r\x00") {
			p.fail("a string with a backslash or a new line")
			return operand{}
		}
		p.rest = behind
		return operand{false, text}
	}
	p.fail("neither a variable nor a string")
	return operand{}
}
