package apply

// This file reads a new file back, headers and dynamic data only, because
// patchelf can damage a file and exit 0.

import (
	"debug/elf"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/patchelf"
)

// A damageError says what patchelf did to a file beside what it was asked for.
type damageError struct{ reasons []string }

func (e *damageError) Error() string { return strings.Join(e.reasons, "; ") }

// verifyEdit compares the file at temp, edited, with the one at source, which
// was read as before.
func verifyEdit(before *elfobj.Object, source, temp string, e patchelf.Edit) error {
	f, size, err := openSized(temp)
	if err != nil {
		return &damageError{[]string{err.Error()}}
	}
	defer f.Close()
	after, err := elfobj.Read(f, size)
	if err != nil {
		return &damageError{[]string{err.Error()}}
	}
	reasons := append(layout(f, size), changedWrongly(before, after, e)...)
	// The loader does not look at section headers, but u-root, debuggers and the
	// next patchelf do.
	if _, err := elf.NewFile(f); err != nil && sections(source) {
		reasons = append(reasons, fmt.Sprintf("section headers: %v", err))
	}
	if len(reasons) > 0 {
		return &damageError{reasons}
	}
	return nil
}

func layout(f *os.File, size int64) []string {
	var reasons []string
	for _, damage := range elfobj.CheckLayout(f, size) {
		reasons = append(reasons, damage.Text)
	}
	return reasons
}

func openSized(path string) (*os.File, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// sections tells whether the section headers of a file can be read.
func sections(path string) bool {
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

// changedWrongly lists what differs from the plan. What the user's own flags
// name may be what it likes.
func changedWrongly(before, after *elfobj.Object, e patchelf.Edit) []string {
	want, got := *before, *after
	want.ExecStack = before.ExecStack && !e.ClearExecstack
	if e.Interpreter != "" {
		want.Interp = e.Interpreter
	}
	if e.Runpath != nil {
		want.Rpath, want.Runpath = nil, nil
		switch {
		case len(e.Runpath) == 0:
		case e.ForceRpath:
			want.Rpath = e.Runpath
		default:
			want.Runpath = e.Runpath
			// The loader takes no notice of DT_RPATH beside DT_RUNPATH.
			want.Rpath = got.Rpath
		}
	}
	allow(&want, &got, e.Flags)

	var reasons []string
	if err := elfobj.SameDynamic(&want, &got); err != nil {
		reasons = append(reasons, err.Error())
	}
	if want.Interp != got.Interp {
		reasons = append(reasons, fmt.Sprintf("the interpreter is %q, not %q", got.Interp, want.Interp))
	}
	for _, path := range []struct {
		tag       string
		got, want []string
	}{{"DT_RPATH", got.Rpath, want.Rpath}, {"DT_RUNPATH", got.Runpath, want.Runpath}} {
		if !slices.Equal(path.got, path.want) {
			reasons = append(reasons, fmt.Sprintf("%s is %q, not %q", path.tag, path.got, path.want))
		}
	}
	return reasons
}

// allow takes over what the flags name.
func allow(want, got *elfobj.Object, flags []string) {
	for _, flag := range flags {
		switch {
		case strings.Contains(flag, "needed"):
			want.Needed, want.Verneed = got.Needed, got.Verneed
		case strings.Contains(flag, "symbol"):
			want.Verneed, want.Verdef = got.Verneed, got.Verdef
		case strings.Contains(flag, "soname"):
			want.Soname = got.Soname
		case strings.Contains(flag, "rpath"):
			want.Rpath, want.Runpath = got.Rpath, got.Runpath
		case strings.Contains(flag, "no-default-lib"):
			want.NoDefLib = got.NoDefLib
		case strings.Contains(flag, "execstack"):
			want.HasStack, want.ExecStack = got.HasStack, got.ExecStack
		}
	}
}
