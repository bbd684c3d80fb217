package fixup

// This file finds the dynamic loader that the objects are to run with.

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
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

// FindLoader gives the loader of --interpreter, else the one under NIX_BINTOOLS
// (nixpkgs: bintools-wrapper), else the machine's own for the architecture of
// the objects. It fills in o.Interpreter and o.Libc. Without any dynamic object
// none is needed: target is nil then.
func FindLoader(inv Inventory, o *Options) (ldso.Loader, *elfobj.Object, error) {
	if !anyDynamic(inv) {
		return ldso.Loader{}, nil, nil
	}
	if o.Interpreter == "" {
		o.Interpreter = defaultInterpreter(inv)
	}
	if o.Interpreter == "" {
		return ldso.Loader{}, nil, errors.New("no dynamic loader on this machine: name one with --interpreter")
	}
	target, err := elfobj.Open(o.Interpreter)
	if err != nil {
		return ldso.Loader{}, nil, fmt.Errorf("--interpreter %s: %w", o.Interpreter, err)
	}
	if o.Libc == "" {
		o.Libc = filepath.Dir(o.Interpreter)
	}
	loader, err := ldso.NewLoader(o.Interpreter)
	return loader, target, err
}

func anyDynamic(inv Inventory) bool {
	for _, obj := range inv.Objects {
		if obj.ELF.Dynamic {
			return true
		}
	}
	return false
}

// defaultInterpreter looks where FindLoader says.
func defaultInterpreter(inv Inventory) string {
	if dir := os.Getenv("NIX_BINTOOLS"); dir != "" {
		text, err := os.ReadFile(filepath.Join(dir, "nix-support", "dynamic-linker"))
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
