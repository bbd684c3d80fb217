package apply

import (
	"debug/elf"
	"encoding/binary"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: an interpreter that patchelf did not write is damage, and the old file
// stays.
func TestInterpreterIsReadBack(t *testing.T) {
	for name, c := range map[string]struct{ lines, found string }{
		"another one": {testenv.Tool(t, "patchelf") + ` --set-interpreter /elsewhere/ld.so "$out"`, "/elsewhere/ld.so"},
		"the old one": {testenv.Tool(t, "patchelf") + ` --set-interpreter /old/ld.so "$out"`, "/old/ld.so"},
	} {
		t.Run(name, func(t *testing.T) {
			tr := compiled.New(t)
			tr.Compile("bin/p", "int main(void) { return 0; }", "-Wl,-dynamic-linker,/old/ld.so")
			tr.Add("bin/p", &plan.Edit{Interpreter: compiled.HostLoader})
			before := tr.Snapshot()
			_, problems := applyTo(tr, Options{Patchelf: wrapped(t, c.lines), Jobs: 1})
			if len(problems) != 1 || problems[0].Code != problem.ObjectDamaged || !strings.Contains(strings.Join(problems[0].Details, "\n"), c.found) {
				t.Error(compiled.Describe(problems))
			}
			if !maps.Equal(before, tr.Snapshot()) {
				t.Error("a file was changed")
			}
		})
	}
}

// Rule: DT_RPATH that is left beside DT_RUNPATH is no damage: the loader takes no
// notice of it (ld.so(8)).
func TestRpathBesideRunpathIsNoDamage(t *testing.T) {
	tr := compiled.New(t)
	tr.Compile("lib/libboth.so", "int f(void) { return 0; }", "-Wl,--enable-new-dtags,-rpath,/build")
	addRpath(t, tr.File("lib/libboth.so"))
	if o := tr.Open("lib/libboth.so"); !slices.Equal(o.Rpath, []string{"/build"}) || !slices.Equal(o.Runpath, []string{"/build"}) {
		t.Fatalf("RPATH %q, RUNPATH %q", o.Rpath, o.Runpath)
	}
	tr.Add("lib/libboth.so", compiled.SetRunpath("$ORIGIN"))
	if _, problems := applyTo(tr, Options{Jobs: 1}); len(problems) > 0 {
		t.Error(compiled.Describe(problems))
	}
	if o := tr.Open("lib/libboth.so"); o.Rpath == nil || !slices.Equal(o.Runpath, []string{"$ORIGIN"}) {
		t.Errorf("RPATH %q, RUNPATH %q", o.Rpath, o.Runpath)
	}
}

// addRpath puts DT_RPATH with the string of DT_RUNPATH into the first of the
// spare entries that ld leaves at the end of the dynamic section.
func addRpath(t *testing.T, file string) {
	t.Helper()
	o, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	section := o.Section(".dynamic")
	entries, err := section.Data()
	if err != nil {
		t.Fatal(err)
	}
	var runpath uint64
	const size = 16 // of an Elf64_Dyn
	for at := 0; at+2*size <= len(entries); at += size {
		switch tag := elf.DynTag(binary.LittleEndian.Uint64(entries[at:])); tag {
		case elf.DT_RUNPATH:
			runpath = binary.LittleEndian.Uint64(entries[at+8:])
		case elf.DT_NULL:
			entry := binary.LittleEndian.AppendUint64(nil, uint64(elf.DT_RPATH))
			entry = binary.LittleEndian.AppendUint64(entry, runpath)
			f, err := os.OpenFile(file, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteAt(entry, int64(section.Offset)+int64(at)); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("no spare entry")
}
