package apply

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfcheck"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/patchelf"
)

// A damageError has what patchelf did to a file beyond what it was asked to do.
type damageError struct{ reasons []string }

// Error implements error.
func (e *damageError) Error() string { return strings.Join(e.reasons, "; ") }

// verifyEdit compares the edited file temp with the object before, which was read of
// the file source: patchelf can damage a file and exit 0. The memory of both is compared
// byte by byte, in the one read of temp, whose bytes are written to sum too, unless that
// is nil. The error is a *damageError, or that of reading source.
func verifyEdit(before *elfobj.Object, source, temp string, e patchelf.Edit, sum io.Writer) error {
	f, info, err := atomicfile.OpenPlain(temp, os.O_RDONLY) // not elfobj.Open, which follows links
	if err != nil {
		return &damageError{[]string{err.Error()}}
	}
	defer f.Close()
	old, err := os.Open(source)
	if err != nil {
		return err
	}
	defer old.Close()
	size := info.Size()
	after, err := elfobj.Read(f, size)
	if err != nil {
		return &damageError{[]string{err.Error()}}
	}
	reasons := append(layoutDamage(f, size), unwantedChanges(before, after, e)...)
	// The loader does not look at section headers, but u-root, debuggers and the
	// next patchelf do.
	if _, err := elf.NewFile(f); err != nil && hasSections(old) {
		reasons = append(reasons, fmt.Sprintf("section headers: %v", err))
	}
	if len(reasons) == 0 {
		if reasons, err = imageDamage(old, f, size, e, sum); err != nil {
			return err
		}
	}
	if len(reasons) > 0 {
		return &damageError{reasons}
	}
	return nil
}

// maxReasons is how many places of damage a problem names.
const maxReasons = 10

// imageDamage returns how the memory of an edited file differs from that of the old one.
func imageDamage(old, f *os.File, size int64, e patchelf.Edit, sum io.Writer) ([]string, error) {
	info, err := old.Stat()
	if err != nil {
		return nil, err
	}
	damages, err := elfcheck.SameImage(old, f, info.Size(), size, allowedBy(e), sum)
	var reasons []string
	for i, damage := range damages {
		if i == maxReasons {
			reasons = append(reasons, fmt.Sprintf("and %d more", len(damages)-i))
			break
		}
		reasons = append(reasons, damage.Text)
	}
	return reasons, err
}

// allowedBy returns what an edit may change, the user's own flags with it.
func allowedBy(e patchelf.Edit) elfcheck.Allowed {
	return elfcheck.Allowed{
		Interp:  e.Interpreter != "" || names(e.Flags, "interpreter"),
		Runpath: e.Runpath != nil || names(e.Flags, "rpath"),
		Needed:  names(e.Flags, "needed"),
		Soname:  names(e.Flags, "soname"),
		Flags:   names(e.Flags, "no-default-lib"),
		Debug:   names(e.Flags, "debug"),
		Symbols: names(e.Flags, "symbol"),
		Header:  names(e.Flags, "os-abi"),
	}
}

// names reports whether one of the flags has a word in it.
func names(flags []string, word string) bool {
	return slices.ContainsFunc(flags, func(flag string) bool { return strings.Contains(flag, word) })
}

// layoutDamage returns why the loader cannot map a file, if so.
func layoutDamage(f *os.File, size int64) []string {
	var reasons []string
	for _, damage := range elfcheck.CheckLayout(f, size) {
		reasons = append(reasons, damage.Text)
	}
	return reasons
}

// hasSections reports whether the section headers of a file can be read.
func hasSections(f *os.File) bool {
	_, err := elf.NewFile(f)
	return err == nil
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
	if names(flags, "needed") {
		want.Needed, want.Verneed = got.Needed, got.Verneed
	}
	if names(flags, "symbol") {
		want.Verneed, want.Verdef = got.Verneed, got.Verdef
	}
	if names(flags, "soname") {
		want.Soname = got.Soname
	}
	if names(flags, "rpath") {
		want.Rpath, want.Runpath = got.Rpath, got.Runpath
	}
	if names(flags, "no-default-lib") {
		want.NoDefLib = got.NoDefLib
	}
	if names(flags, "execstack") {
		want.HasStack, want.ExecStack = got.HasStack, got.ExecStack
	}
}
