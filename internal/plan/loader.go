package plan

// This file finds the dynamic loader that the objects are to run with.

import (
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
)

// An arch is what must be equal for a loader to take an object.
type arch struct {
	class   elf.Class
	data    elf.Data
	machine elf.Machine
}

func archOf(o *elfobj.Object) arch { return arch{o.Class, o.Data, o.Machine} }

// systemLoaders are the loaders at the places that the psABI of each
// architecture fixes.
var systemLoaders = map[arch][]string{
	{elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_X86_64}:  {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"},
	{elf.ELFCLASS32, elf.ELFDATA2LSB, elf.EM_386}:     {"/lib/ld-linux.so.2", "/lib/ld-musl-i386.so.1"},
	{elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_AARCH64}: {"/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1"},
	{elf.ELFCLASS32, elf.ELFDATA2LSB, elf.EM_ARM}:     {"/lib/ld-linux-armhf.so.3", "/lib/ld-musl-armhf.so.1"},
	{elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_RISCV}:   {"/lib/ld-linux-riscv64-lp64d.so.1", "/lib/ld-musl-riscv64.so.1"},
	{elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_PPC64}:   {"/lib64/ld64.so.2", "/lib/ld-musl-powerpc64le.so.1"},
	{elf.ELFCLASS64, elf.ELFDATA2MSB, elf.EM_S390}:    {"/lib/ld64.so.1", "/lib/ld-musl-s390x.so.1"},
}

// machineArch is the architecture of the machine that this program was built
// for.
func machineArch() arch {
	switch runtime.GOARCH {
	case "386":
		return arch{elf.ELFCLASS32, elf.ELFDATA2LSB, elf.EM_386}
	case "arm64":
		return arch{elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_AARCH64}
	case "arm":
		return arch{elf.ELFCLASS32, elf.ELFDATA2LSB, elf.EM_ARM}
	case "riscv64":
		return arch{elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_RISCV}
	case "ppc64le":
		return arch{elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_PPC64}
	case "s390x":
		return arch{elf.ELFCLASS64, elf.ELFDATA2MSB, elf.EM_S390}
	default:
		return arch{elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_X86_64}
	}
}

// A Target is the dynamic loader that the objects are to run with.
type Target struct {
	Loader  ldso.Loader
	Object  *elfobj.Object // the loader's own; nil where no object needs a loader
	LibcDir string         // the directory of its C library
}

// TargetOptions says which loader is wanted. All of it may be empty.
type TargetOptions struct {
	Interpreter string // the loader's path
	Bintools    string // NIX_BINTOOLS: its nix-support/dynamic-linker names the loader
	Libc        string // the directory of the C library, that of the loader where empty
}

// FindTarget returns the loader of o.Interpreter, else the one under o.Bintools
// (nixpkgs: bintools-wrapper), else the machine's own for the architecture of
// the objects. Without any dynamic object none is needed: Object is nil then.
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
	return Target{Loader: loader, Object: object, LibcDir: cmp.Or(o.Libc, filepath.Dir(path))}, err
}

func anyDynamic(inv tree.Inventory) bool {
	for _, obj := range inv.Objects {
		if obj.ELF.Dynamic {
			return true
		}
	}
	return false
}

// defaultInterpreter looks where FindTarget says.
func defaultInterpreter(inv tree.Inventory, bintools string) string {
	if bintools != "" {
		text, err := os.ReadFile(filepath.Join(bintools, "nix-support", "dynamic-linker"))
		if path := strings.TrimSpace(string(text)); err == nil && filepath.IsAbs(path) {
			return path
		}
	}
	// The machine's own objects first, so that a wheel of several architectures
	// is looked at as this machine would.
	archs := []arch{machineArch()}
	for _, obj := range inv.Objects {
		if a := archOf(obj.ELF); obj.ELF.Dynamic && a != archs[0] {
			archs = append(archs, a)
		} else if obj.ELF.Dynamic {
			archs = archs[:1]
			break
		}
	}
	for i := len(archs) - 1; i >= 0; i-- {
		for _, path := range systemLoaders[archs[i]] {
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
	}
	return ""
}
