package supply

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// shownDirs is how many directories of one kind a message names before it counts.
const shownDirs = 4

var placeNames = map[ldso.Via]string{
	ldso.Direct: "path", ldso.Rpath: "RPATH", ldso.Runpath: "RUNPATH", ldso.Default: "default", ldso.Driver: "driver",
}

// searchedLines tells in which directories a library was looked for, in the
// order of the search: what the loader tries, then what was offered to the plan.
// What lies there but was passed over is said with its reason.
func searchedLines(places []ldso.Place, ctx Context) []string {
	type group struct {
		name string
		dirs []string
	}
	var groups []group
	var passed []string
	for _, p := range places {
		name := placeNames[p.Via]
		if slices.Contains(ctx.Libs, p.Dir) {
			name = "inputs"
		} else if slices.Contains(ctx.PythonLibs, p.Dir) {
			name = "Python"
		}
		if n := len(groups); n == 0 || groups[n-1].name != name {
			groups = append(groups, group{name: name})
		}
		g := &groups[len(groups)-1]
		if dir := showDir(p.Dir, ctx); !slices.Contains(g.dirs, dir) {
			g.dirs = append(g.dirs, dir)
		}
		if p.Reason != "" {
			passed = append(passed, fmt.Sprintf("  passed over in %s: %s", showDir(p.Dir, ctx), p.Reason))
		}
	}
	for _, g := range []group{{"inputs", ctx.Libs}, {"Python", ctx.PythonLibs}} {
		if len(g.dirs) == 0 || slices.ContainsFunc(groups, func(h group) bool { return h.name == g.name }) {
			continue
		}
		for i, d := range g.dirs {
			g.dirs = slices.Clone(g.dirs)
			g.dirs[i] = showDir(d, ctx)
		}
		at := slices.IndexFunc(groups, func(h group) bool { return h.name == placeNames[ldso.Default] })
		if at < 0 {
			at = len(groups)
		}
		groups = slices.Insert(groups, at, g)
	}
	if len(groups) == 0 {
		return []string{"searched: nothing, for it has no RUNPATH and there are no inputs"}
	}
	out := []string{problem.SearchedLine}
	for _, g := range groups {
		out = append(out, fmt.Sprintf("  %-10s %s", g.name, someOf(g.dirs)))
	}
	return append(out, slices.Compact(passed)...)
}

func someOf(dirs []string) string {
	shown := strings.Join(dirs[:min(len(dirs), shownDirs)], ", ")
	if rest := len(dirs) - shownDirs; rest > 0 {
		shown += fmt.Sprintf(" (+%d more)", rest)
	}
	return shown
}

// storeHash is the hash part of a store path: 32 letters of Nix's base 32.
var storeHash = regexp.MustCompile(`(/store/)[0-9a-df-np-sv-z]{32}-`)

// showDir shortens a directory: the root becomes $out, a store hash an ellipsis.
func showDir(dir string, ctx Context) string {
	if rest, ok := strings.CutPrefix(dir, ctx.Out); ok && ctx.Out != "" && (rest == "" || rest[0] == '/') {
		return "$out" + rest
	}
	return storeHash.ReplaceAllString(dir, "${1}…-")
}
