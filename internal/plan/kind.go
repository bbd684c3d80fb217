package plan

import (
	"path"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A Kind is what an object is for.
type Kind string

// The kinds of object.
const (
	Program   Kind = "program"
	Extension Kind = "extension module" // Python imports it
	Library   Kind = "library"          // another object needs it or opens it by name, or one of another wheel may
	Plugin    Kind = "plugin"           // nothing needs it, so some program opens it by a name that it makes up
)

// setKinds fills in the kind of every object. The needs must be known.
func (p *planner) setKinds(objects []Object) {
	wanted := make(map[string]bool) // real paths that another object needs or names
	for i := range objects {
		self := p.real(objects[i].File)
		for _, n := range objects[i].Needs {
			real := n.Real
			if n.Unreached != nil {
				real = p.real(n.Unreached.Path)
			}
			if real != self {
				wanted[real] = true
			}
		}
		for _, d := range objects[i].ELF.Dlopen {
			for _, soname := range d.Sonames {
				for _, file := range p.names[soname] {
					wanted[p.real(file)] = true
				}
			}
		}
	}
	for i := range objects {
		objects[i].Kind = kindOf(&objects[i], wanted[p.real(objects[i].File)])
	}
}

// real is the file that a path leads to.
func (p *planner) real(file string) string {
	f, err := p.files.Open(p.at(file))
	if err != nil {
		return file
	}
	return f.Real
}

func kindOf(o *Object, wanted bool) Kind {
	base := path.Base(o.Path)
	isLibrary := strings.Contains(base, ".so")
	switch {
	case !isLibrary && (o.ELF.Interp != "" || !wanted):
		return Program // with an interpreter, or static
	case wheel.IsExtensionModule(o.Path):
		return Extension
	case wanted:
		return Library
	case !strings.HasPrefix(base, "lib"), strings.HasSuffix(base, ".so") && !isLibDir(path.Dir(o.Path)):
		return Plugin
	}
	return Library
}

// isLibDir reports whether wheels keep bundled libraries in a folder of this
// name: one there that nothing needs is for other wheels.
func isLibDir(dir string) bool {
	switch base := path.Base(dir); base {
	case "lib", "lib64", "libs":
		return true
	default:
		return strings.HasSuffix(base, ".libs")
	}
}
