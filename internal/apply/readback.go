package apply

import (
	"debug/elf"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/patchelf"
)

// A damageError has what patchelf did to a file beyond what it was asked to do.
type damageError struct{ reasons []string }

// Error implements error.
func (e *damageError) Error() string { return strings.Join(e.reasons, "; ") }

// verifyEdit compares the edited file temp with the object before, which was read of
// the file source: patchelf can damage a file and exit 0. It reads headers and
// dynamic data only. The error is a *damageError.
func verifyEdit(before *elfobj.Object, source, temp string, e patchelf.Edit) error {
	f, info, err := atomicfile.OpenPlain(temp, os.O_RDONLY) // not elfobj.Open, which follows links
	if err != nil {
		return &damageError{[]string{err.Error()}}
	}
	defer f.Close()
	size := info.Size()
	after, err := elfobj.Read(f, size)
	if err != nil {
		return &damageError{[]string{err.Error()}}
	}
	reasons := append(layoutDamage(f, size), unwantedChanges(before, after, e)...)
	// The loader does not look at section headers, but u-root, debuggers and the
	// next patchelf do.
	if _, err := elf.NewFile(f); err != nil && hasSections(source) {
		reasons = append(reasons, fmt.Sprintf("section headers: %v", err))
	}
	if len(reasons) > 0 {
		return &damageError{reasons}
	}
	return nil
}

// layoutDamage returns why the loader cannot map a file, if so.
func layoutDamage(f *os.File, size int64) []string {
	var reasons []string
	for _, damage := range elfobj.CheckLayout(f, size) {
		reasons = append(reasons, damage.Text)
	}
	return reasons
}

// hasSections reports whether the section headers of a file can be read.
func hasSections(path string) bool {
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

// unwantedChanges returns how after differs from what the edit makes of before. What
// the user's own flags may change is not compared.
func unwantedChanges(before, after *elfobj.Object, e patchelf.Edit) []string {
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
			// The loader ignores DT_RPATH beside DT_RUNPATH (ld.so(8)).
			want.Rpath = got.Rpath
		}
	}
	allowFlags(&want, &got, e.Flags)

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

// allowFlags copies from got to want what the flags of patchelf may change.
func allowFlags(want, got *elfobj.Object, flags []string) {
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
