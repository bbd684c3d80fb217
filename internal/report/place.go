package report

import (
	"net/url"
	"path"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// place returns the file that a problem is about as the user would open it: below the
// PATH argument it belongs to, and for a member of a wheel the wheel, with the member
// beside. Both are "" where the problem is about no file.
func (r Report) place(p problem.Problem) (file, member string) {
	root := p.Root
	switch {
	case root != "":
	case len(r.Roots) == 1:
		root = r.Roots[0]
	default:
		for _, o := range r.Objects {
			if o.Path == p.Path {
				root = o.Root
				break
			}
		}
	}
	if strings.HasSuffix(root, ".whl") {
		return root, p.Path
	}
	if p.Path == "" {
		return root, ""
	}
	return path.Join(root, p.Path), ""
}

// textOf returns what a problem says, line by line: its message, details and hints.
func textOf(p problem.Problem) []string {
	text := append([]string{p.Message}, p.Lines()...)
	if advice := p.Advice(); advice != "" {
		for line := range strings.SplitSeq(advice, "\n") {
			text = append(text, "hint: "+line)
		}
	}
	for i := range text {
		text[i] = words.Printable(text[i])
	}
	return text
}

// fileURI returns a path as a URI reference (RFC 3986): relative as the path is.
func fileURI(file string) string {
	u := url.URL{Path: file}
	if path.IsAbs(file) {
		u.Scheme = "file"
	}
	return u.String()
}
