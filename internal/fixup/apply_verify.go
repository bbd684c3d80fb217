package fixup

// This file reads a new file back, headers and dynamic data only, because
// patchelf can damage a file and exit 0.

import (
	"debug/elf"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/patchelf"
)

// A damageError says what patchelf did to a file beside what it was asked for.
type damageError struct{ reasons []string }

func (e *damageError) Error() string { return strings.Join(e.reasons, "; ") }

// verifyEdit compares the file at temp, edited, with the one at source.
func verifyEdit(source, temp string, e patchelf.Edit) error {
	before, err := elfobj.Open(source)
	if err != nil {
		return err
	}
	after, err := elfobj.Open(temp)
	if err != nil {
		return &damageError{[]string{err.Error()}}
	}
	reasons, err := layoutOf(temp)
	if err != nil {
		return err
	}
	reasons = append(reasons, changedWrongly(before, after, e)...)
	if sections(source) == nil {
		if err := sections(temp); err != nil {
			reasons = append(reasons, fmt.Sprintf("section headers: %v", err))
		}
	}
	if len(reasons) > 0 {
		return &damageError{reasons}
	}
	return nil
}

// layoutOf gives what is wrong with the structure of a file.
func layoutOf(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	var reasons []string
	for _, damage := range elfobj.CheckLayout(f, info.Size()) {
		reasons = append(reasons, damage.Text)
	}
	return reasons, nil
}

// sections tells whether the section headers can be read: the loader does not
// look at them, but u-root, debuggers and the next patchelf do.
func sections(path string) error {
	f, err := elf.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}

// changedWrongly lists what differs from the plan. What the user's own flags
// name may change.
func changedWrongly(before, after *elfobj.Object, e patchelf.Edit) []string {
	var reasons []string
	differ := func(flag, what string, got, want any) {
		named := flag != "" && slices.ContainsFunc(e.Flags, func(f string) bool { return strings.Contains(f, flag) })
		if !named && !reflect.DeepEqual(got, want) {
			reasons = append(reasons, fmt.Sprintf("%s is %s, not %s", what, show(got), show(want)))
		}
	}
	differ("", "class", after.Class, before.Class)
	differ("", "byte order", after.Data, before.Data)
	differ("", "machine", after.Machine, before.Machine)
	differ("", "type", after.Type, before.Type)
	differ("", "flags", after.Flags, before.Flags)
	differ("needed", "DT_NEEDED", after.Needed, before.Needed)
	differ("soname", "DT_SONAME", after.Soname, before.Soname)
	differ("needed", "DT_VERNEED", after.Verneed, before.Verneed)
	differ("", "DT_VERDEF", after.Verdef, before.Verdef)
	differ("no-default-lib", "DF_1_NODEFLIB", after.NoDefLib, before.NoDefLib)
	differ("execstack", "executable stack", after.ExecStack, before.ExecStack && !e.ClearExecstack)

	interp := before.Interp
	if e.Interpreter != "" {
		interp = e.Interpreter
	}
	differ("", "interpreter", after.Interp, interp)
	rpath, runpath := before.Rpath, before.Runpath
	switch {
	case e.Runpath == nil:
	case len(e.Runpath) == 0:
		rpath, runpath = nil, nil
	case e.ForceRpath:
		rpath, runpath = e.Runpath, nil
	default:
		rpath, runpath = nil, e.Runpath
	}
	if e.Runpath != nil && runpath != nil {
		// The loader takes no notice of DT_RPATH beside DT_RUNPATH.
		rpath = after.Rpath
	}
	differ("rpath", "DT_RPATH", after.Rpath, rpath)
	differ("rpath", "DT_RUNPATH", after.Runpath, runpath)
	return reasons
}

// show prints a value of a comparison.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case []string:
		if v == nil {
			return "absent"
		}
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprintf("%v", v)
}
