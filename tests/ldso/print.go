package ldso

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// Update writes what was found into the file, in place of what was expected.
func (c *Case) Update(got []string) error {
	for i, l := range c.Loads {
		c.archive.Files[l.section].Data = []byte(got[i])
	}
	return os.WriteFile(c.file, txtar.Format(c.archive), 0o644)
}

// Print writes a closure as the cases have it: for each object its needs, how
// each was found, what was passed over for a reason, and all that was searched
// where nothing was found.
func Print(c ldso.Closure) string {
	var b strings.Builder
	for _, l := range c {
		if l.Parent < 0 || len(l.Needs()) > 0 {
			fmt.Fprintln(&b, l.Path)
		}
		for _, n := range l.Needs() {
			result := fmt.Sprintf("%s (%s)", n.Path, n.Via)
			switch {
			case n.Fatal != "":
				result = fmt.Sprintf("fatal at %s: %s", n.Path, n.Fatal)
			case !n.Found:
				result = "not found"
			case n.Loaded:
				result = fmt.Sprintf("%s (loaded before)", n.Path)
			}
			fmt.Fprintf(&b, "  %s => %s\n", n.Soname, result)
			for _, p := range n.Searched {
				if n.Found && p.Reason == "" {
					continue
				}
				fmt.Fprintf(&b, "    %s\n", place(p))
			}
		}
	}
	for _, v := range ldso.CheckVersions(c) {
		fmt.Fprintf(&b, "%s: %s of %s: wants %s, highest %q\n", v.Object, v.Library, v.Soname, v.Want, v.Highest)
	}
	return b.String()
}

func place(p ldso.Place) string {
	words := []string{"searched", string(p.Via)}
	if p.Object != "" {
		words = append(words, "of "+p.Object)
	}
	if p.Dir != "" {
		words = append(words, p.Dir)
	}
	if p.Reason != "" {
		words = append(words, "("+p.Reason+")")
	}
	return strings.Join(slices.Clip(words), " ")
}
