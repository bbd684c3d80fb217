package ldso

// This file opens one file of a search, and says what glibc makes of it
// (open_path, open_verify and _dl_map_object_from_fd in dl-load.c).

import (
	"debug/elf"
	"errors"
	"io/fs"
	"syscall"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// try opens one file. It is false where the rest of the list is not looked at.
func (s *search) try(p Place, file string) (goOn bool) {
	f, err := s.files.Open(file)
	if err != nil {
		return s.failed(p, file, err)
	}
	reason, fatal := s.refuses(f.Object)
	switch {
	case fatal != "":
		p.Reason = fatal
		s.need.Path, s.need.Real, s.need.Fatal = file, f.Real, fatal
	case reason != "":
		p.Reason = reason
	default:
		s.need.Found, s.need.Path, s.need.Real, s.need.Via = true, file, f.Real, p.Via
		s.file = f
		return true
	}
	s.need.Searched = append(s.need.Searched, p)
	return true
}

// failed notes why a file could not be opened. A link that goes in circles and
// other errors end the list, but not the search (open_path in dl-load.c).
func (s *search) failed(p Place, file string, err error) (goOn bool) {
	var format *elfobj.FormatError
	goOn = true
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case s.Libc == Musl && errors.Is(err, syscall.ENAMETOOLONG):
	case errors.Is(err, fs.ErrPermission):
		p.Reason = "permission denied"
	case errors.As(err, &format):
		p.Reason = format.Msg
		s.need.Path, s.need.Real, s.need.Fatal = file, file, format.Msg
	default:
		p.Reason = cause(err)
		goOn = false
	}
	s.need.Searched = append(s.need.Searched, p)
	return goOn
}

// cause is what the system said, without the path, which the place names.
func cause(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return err.Error()
}

// refuses says why glibc passes over an object, or gives up at it (open_verify
// and _dl_map_object_from_fd in dl-load.c).
func (s *search) refuses(obj *elfobj.Object) (reason, fatal string) {
	t := s.target
	switch {
	case obj.Class != t.Class:
		return classReason(obj), ""
	case obj.Data != t.Data:
		return "", "it is of the other byte order"
	case obj.Machine != t.Machine || obj.Flags&abiFlags(t.Machine) != t.Flags&abiFlags(t.Machine):
		return machineReason(obj), ""
	case obj.Type == elf.ET_EXEC || obj.PIE:
		return "", "a program cannot be loaded as a library"
	case obj.Type != elf.ET_DYN:
		return "", "only ET_DYN and ET_EXEC can be loaded"
	case !obj.Dynamic:
		return "", "object file has no dynamic section"
	}
	return "", ""
}

func classReason(obj *elfobj.Object) string {
	if obj.Class == elf.ELFCLASS32 {
		return "it is a 32-bit object"
	}
	return "it is a 64-bit object"
}

// machineReason uses the names that packagers know.
func machineReason(obj *elfobj.Object) string {
	name := obj.Machine.String()
	switch obj.Machine {
	case elf.EM_X86_64:
		name = "x86_64"
	case elf.EM_386:
		name = "i686"
	case elf.EM_AARCH64:
		name = "aarch64"
	case elf.EM_ARM:
		name = "armv7"
	case elf.EM_RISCV:
		name = "riscv64"
	case elf.EM_PPC64:
		name = "ppc64le"
	case elf.EM_S390:
		name = "s390x"
	}
	return "it is for " + name
}

// abiFlags are the bits of e_flags by which glibc tells machines apart.
func abiFlags(m elf.Machine) uint32 {
	if m == elf.EM_RISCV {
		return 0x0e // EF_RISCV_FLOAT_ABI and EF_RISCV_RVE
	}
	return 0
}
