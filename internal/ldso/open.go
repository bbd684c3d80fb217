package ldso

import (
	"cmp"
	"debug/elf"
	"errors"
	"io/fs"
	"syscall"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
)

// try opens one file of a list (open_path in dl-load.c). It is false where the
// rest of the list is not looked at.
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
		s.need.Found, s.need.Path, s.need.Real = true, file, f.Real
		s.need.Via, s.need.Owner = p.Via, p.Object
		s.file = f
		return true
	}
	s.need.Searched = append(s.need.Searched, p)
	return true
}

// failed notes why a file could not be opened. A file that is not there and one
// that may not be opened are passed over. Other errors, such as a link that goes in
// circles, end the list, but not the search (open_path in dl-load.c).
func (s *search) failed(p Place, file string, err error) (goOn bool) {
	var format *elfimage.FormatError
	goOn = true
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case s.Libc == Musl && errors.Is(err, syscall.ENAMETOOLONG):
	case errors.Is(err, fs.ErrPermission):
		p.Reason = "permission denied"
	case errors.As(err, &format):
		p.Reason, p.Broken = format.Msg, true
		s.need.Path, s.need.Real, s.need.Fatal = file, file, format.Msg
	default:
		p.Reason = cause(err)
		goOn = false
	}
	s.need.Searched = append(s.need.Searched, p)
	return goOn
}

// cause returns what the system said, without the path, which the place names.
func cause(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return err.Error()
}

// refuses says why glibc passes over an object, or why it gives up at it
// (open_verify and _dl_map_object_from_fd in dl-load.c). Both are "" where glibc
// takes it.
func (s *search) refuses(obj *elfobj.Object) (reason, fatal string) {
	t := s.target
	switch {
	case obj.Class != t.Class:
		return classReason(obj), ""
	case obj.Data != t.Data:
		return "", "it is of the other byte order"
	case obj.Kind().System != t.Kind().System:
		return "", "it is for " + cmp.Or(obj.Kind().System, "Linux")
	case !obj.Kind().Same(t.Kind()):
		return machineReason(obj), ""
	case obj.Type == elf.ET_EXEC || obj.PIE:
		return "", "a program cannot be loaded as a library"
	}
	return "", obj.NotDynamic()
}

func classReason(obj *elfobj.Object) string {
	if obj.Class == elf.ELFCLASS32 {
		return "it is a 32-bit object"
	}
	return "it is a 64-bit object"
}

// machineReason uses the names that packagers know.
func machineReason(obj *elfobj.Object) string { return "it is for " + obj.Kind().Name() }
