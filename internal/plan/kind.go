package plan

import (
	"path"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

// A Kind is what an object is for.
type Kind string

// The kinds of object.
const (
	Program   Kind = "program"
	Extension Kind = "extension module" // Python imports it
	Library   Kind = "library"          // another object needs it, or one of another wheel may
	Plugin    Kind = "plugin"           // no object names it: a program makes up its name and opens it
)

// setKinds fills in the kind of every object. The needs must be known. An object is
// wanted if another one needs it, by DT_NEEDED, or any opens it by name.
func (p *planner) setKinds(objects []Object) {
	wanted := make(map[string]bool) // by real path
	selves := make([]string, len(objects))
	for i := range objects {
		self := p.real(objects[i].File)
		selves[i] = self
		for _, n := range objects[i].Needs {
			needed := n.Real
			if n.Unreached != nil {
				needed = p.real(n.Unreached.Path)
			}
			if needed != self {
				wanted[needed] = true
			}
		}
		for _, open := range objects[i].Opens {
			for _, name := range open.Names {
				for _, file := range p.names[name] {
					wanted[p.real(file)] = true
				}
			}
		}
	}
	for i := range objects {
		objects[i].Kind = kindOf(&objects[i], wanted[selves[i]])
	}
}

// real returns the real path of a file, after the moves.
func (p *planner) real(file string) string {
	f, err := p.files.Open(p.at(file))
	if err != nil {
		return file
	}
	return f.Real
}

// kindOf returns the kind of an object by its name, its interpreter, and whether it
// is wanted.
func kindOf(o *Object, wanted bool) Kind {
	base := path.Base(o.Path)
	isLibrary := strings.Contains(base, ".so")
	switch {
	case !isLibrary && (o.ELF.Interp != "" || !wanted):
		return Program // dynamic, or static
	case pyname.IsExtensionModule(o.Path):
		return Extension
	case wanted:
		return Library
	case !strings.HasPrefix(base, "lib"), !isLibDir(path.Dir(o.Path)):
		return Plugin
	}
	return Library
}

// isLibDir reports whether a folder has a name under which wheels keep bundled
// libraries. A library there that nothing needs is for other wheels.
func isLibDir(dir string) bool {
	switch base := path.Base(dir); base {
	case "lib", "lib64", "libs":
		return true
	default:
		return strings.HasSuffix(base, ".libs")
	}
}
