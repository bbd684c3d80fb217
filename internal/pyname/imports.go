package pyname

import (
	"path"
	"slices"
	"strings"
)

// Imports returns what a user imports of a wheel, by the paths of its files: modules and
// packages at the top, and of a folder without __init__ the first packages below it
// (PEP 420). Names with an underscore in front count where there are no others, tests and
// documents never.
func Imports(files []string) []string {
	packages, modules := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		if file = importPath(file); path.IsAbs(file) || strings.HasPrefix(path.Clean(file), "..") {
			continue
		}
		dir := strings.TrimPrefix(path.Dir(file), ".")
		name, isModule := moduleName(file)
		if !isModule || strings.Contains(dir, "-") || strings.Contains(dir, ".") {
			continue
		}
		if name == "__init__" {
			packages[dir] = true
		} else {
			modules[path.Join(dir, name)] = true
		}
	}
	var public, private []string
	add := func(name string) {
		dotted := strings.ReplaceAll(name, "/", ".")
		for part := range strings.SplitSeq(name, "/") {
			if !identifier.MatchString(part) || slices.Contains(notImported, strings.ToLower(part)) {
				return
			}
		}
		if strings.HasPrefix(path.Base(name), "_") {
			private = append(private, dotted)
		} else {
			public = append(public, dotted)
		}
	}
	inside := func(name string) bool {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if packages[dir] {
				return true
			}
		}
		return false
	}
	for name := range packages {
		if name != "" && !inside(name) {
			add(name)
		}
	}
	for name := range modules {
		// A module in a folder without __init__ is part of a namespace, or a script.
		if !strings.Contains(name, "/") && !packages[name] {
			add(name)
		}
	}
	if len(public) == 0 {
		public = private
	}
	slices.Sort(public)
	return slices.Compact(public)
}

// notImported are names at the top of wheels that are there by mistake.
var notImported = []string{
	"test", "tests", "testing", "doc", "docs", "example", "examples", "benchmark", "benchmarks", "samples", "scripts", "tools",
	"setup", "conftest", "noxfile", "build",
}

// importPath returns where a file of a wheel lies below site-packages.
func importPath(file string) string {
	top, rest, _ := strings.Cut(file, "/")
	if strings.HasSuffix(top, ".data") {
		scheme, below, _ := strings.Cut(rest, "/")
		if scheme == "purelib" || scheme == "platlib" {
			return below
		}
	}
	return file
}

// moduleName returns the name by which Python imports a file in its folder.
func moduleName(file string) (string, bool) {
	base := path.Base(file)
	if name, ok := strings.CutSuffix(base, ".py"); ok {
		return name, true
	}
	if m, ok := ParseModule(file); ok {
		return strings.TrimSuffix(base, m.Suffix), true
	}
	return "", false
}
