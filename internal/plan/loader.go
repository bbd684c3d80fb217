package plan

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/arch"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// A Target is the dynamic loader that the objects are to run with.
type Target struct {
	loader  ldso.Loader
	object  *elfobj.Object // the loader's own; nil where no loader is needed
	libcDir string         // the directory of its C library
}

// TargetOptions says which loader is wanted. All of it may be empty.
type TargetOptions struct {
	Interpreter string // the loader's path
	Bintools    string // NIX_BINTOOLS: its nix-support/dynamic-linker names the loader
	Libc        string // the directory of the C library, that of the loader where empty
}

// FindTarget returns the loader of o.Interpreter, else the one under o.Bintools
// (nixpkgs: bintools-wrapper), else this machine's own for the architecture of the
// objects. Without any dynamic object no loader is needed: the Target is empty.
func FindTarget(inv tree.Inventory, o TargetOptions) (Target, error) {
	if !anyDynamic(inv) {
		return Target{}, nil
	}
	path := o.Interpreter
	if path == "" {
		path = defaultInterpreter(inv, o.Bintools)
	}
	if path == "" {
		return Target{}, errors.New("no dynamic loader on this machine: name one with --interpreter")
	}
	object, err := elfobj.Open(path)
	if err != nil {
		return Target{}, fmt.Errorf("--interpreter %s: %w", path, err)
	}
	loader, err := ldso.NewLoader(path)
	return Target{loader: loader, object: object, libcDir: cmp.Or(o.Libc, filepath.Dir(path))}, err
}

func anyDynamic(inv tree.Inventory) bool {
	for _, obj := range inv.Objects {
		if obj.ELF.Dynamic {
			return true
		}
	}
	return false
}

// defaultInterpreter returns the loader's path under bintools, else this machine's
// own, or "".
func defaultInterpreter(inv tree.Inventory, bintools string) string {
	if bintools != "" {
		text, err := os.ReadFile(filepath.Join(bintools, "nix-support", "dynamic-linker"))
		if path := strings.TrimSpace(string(text)); err == nil && filepath.IsAbs(path) {
			return path
		}
	}
	return systemLoader(inv)
}

// systemLoader returns a loader that is installed on this machine, or "". It is the
// one for this machine's own objects if there are any, so that of a wheel for
// several machines its own part is taken. Else it is the one for the objects of
// the last machine that has a loader here.
func systemLoader(inv tree.Inventory) string {
	host := arch.Host()
	machines := []arch.Machine{host}
	for _, obj := range inv.Objects {
		m, known := arch.Of(obj.ELF.Kind())
		switch {
		case !obj.ELF.Dynamic || !known:
		case m.Name == host.Name:
			return firstThatExists([]arch.Machine{host})
		default:
			machines = append(machines, m)
		}
	}
	slices.Reverse(machines)
	return firstThatExists(machines)
}

func firstThatExists(machines []arch.Machine) string {
	for _, m := range machines {
		for _, path := range []string{m.Glibc, m.Musl} {
			if _, err := os.Stat(path); path != "" && err == nil {
				return path
			}
		}
	}
	return ""
}
