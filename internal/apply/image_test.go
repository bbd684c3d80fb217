package apply

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/patchelf"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/patchelfs"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// allPatchelfs are the versions that tests have.
var allPatchelfs = append(append([]string{}, patchelfs.Good...), patchelfs.Bad...)

// versionOf returns the version of a patchelf.
func versionOf(t *testing.T, path string) *patchelf.Program {
	t.Helper()
	p, err := patchelf.Locate(path)
	if err == nil {
		err = p.ReadVersion(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A damagedCase is an edit that some versions of patchelf do badly.
type damagedCase struct {
	tr   *compiled.Tree
	sees []string // in the problem
}

// each applies the case with each patchelf: where bad says so it must be refused, and
// else be done.
func (c damagedCase) each(t *testing.T, bad func(p *patchelf.Program) bool) {
	t.Helper()
	for _, version := range allPatchelfs {
		t.Run(version, func(t *testing.T) {
			program := versionOf(t, patchelfs.Get(t, version))
			tr := c.tr.CopyTo(filepath.Join(t.TempDir(), "tree"))
			before := tr.Snapshot()
			applied, problems := applyTo(tr, Options{Patchelf: program.Path, Jobs: 2})
			if !bad(program) {
				if problem.Failed(problems) || len(applied.Edited) != 1 {
					t.Errorf("%+v%s", applied, compiled.Describe(problems))
				}
				return
			}
			if !problem.Failed(problems) || problems[0].Code != problem.ObjectDamaged || !maps.Equal(before, tr.Snapshot()) {
				t.Fatalf("was not refused, or the old file is not back:%s", compiled.Describe(problems))
			}
			said := compiled.Describe(problems[:1])
			for _, want := range append(c.sees, "patchelf "+program.Version+" damaged", "use patchelf "+patchelf.Newest+" or newer") {
				if !strings.Contains(said, want) {
					t.Errorf("no %q in %s", want, said)
				}
			}
		})
	}
}

// initScript links a library whose .init lies right behind the note behind its program
// headers, as the linker of libvips in pyvips_binary 8.18.7 lays it.
const initScript = `
PHDRS {
	text PT_LOAD FILEHDR PHDRS FLAGS(5);
	note PT_NOTE FLAGS(4);
	data PT_LOAD FLAGS(6);
	dyn PT_DYNAMIC FLAGS(6);
	stack PT_GNU_STACK FLAGS(6);
}
SECTIONS {
	. = SIZEOF_HEADERS;
	.note.gnu.build-id : { *(.note.gnu.build-id) } :text :note
	.init : { KEEP(*(.init)) } :text
	.text : { *(.text*) }
	.plt : { *(.plt) }
	.rodata : { *(.rodata*) *(.eh_frame*) }
	.hash : { *(.hash) }
	.gnu.hash : { *(.gnu.hash) }
	.dynsym : { *(.dynsym) }
	.dynstr : { *(.dynstr) }
	.rela.dyn : { *(.rela*) }
	. = ALIGN(0x1000);
	.dynamic : { *(.dynamic) } :data :dyn
	.got : { *(.got*) } :data
	.data : { *(.data*) }
	.bss : { *(.bss*) }
}
`

// Rule: program headers that patchelf up to 0.18 writes over .init are found, though the
// layout is sound and the loader maps the file: the library would crash when it is loaded.
func TestInitIsNotOverwritten(t *testing.T) {
	tr := compiled.New(t)
	if err := os.WriteFile(tr.File("script"), []byte(initScript), 0o600); err != nil {
		t.Fatal(err)
	}
	tr.Compile("lib/libi.so", `
		__attribute__((section(".init"))) void _init(void) { __asm__ volatile ("nop; nop; nop; nop"); }
		int f(void) { return 1; }
	`, "-nostdlib", "-nostartfiles", "-O1", "-Wl,-z,noseparate-code,--build-id,-T,script,-init,_init")
	if err := os.Remove(tr.File("script")); err != nil {
		t.Fatal(err)
	}
	tr.Add("lib/libi.so", compiled.SetRunpath("/a/directory/of/yours"))
	damagedCase{tr, []string{"(.init", "not the bytes that were there"}}.each(t, (*patchelf.Program).Older)
}

// Rule: a dynamic symbol that shares the string of an old search path keeps its name;
// patchelf up to 0.17 overwrites it.
func TestNamesThatShareARunpathStay(t *testing.T) {
	tr := compiled.New(t)
	tr.Compile("lib/libm.so", "int plugin_lib(void) { return 1; }", "-nostdlib", "-Wl,-rpath=lib")
	tr.Add("lib/libm.so", compiled.SetRunpath("/a/directory/of/yours"))
	damagedCase{tr, []string{`"plugin_lib": its name is "plugin_XXX" now`}}.each(t, func(p *patchelf.Program) bool {
		return p.Version < "0.18"
	})
}

// Rule: a byte of code that is not what it was is damage, and so is a relocation or a
// symbol; the message names the place, the old file stays.
func TestImageIsReadBack(t *testing.T) {
	for name, c := range map[string]struct{ lines, want string }{
		"code":   {place(".text") + `printf '\xcc' | dd of="$out" bs=1 seek=$((off + 2)) conv=notrunc status=none`, "(.text): not the bytes that were there"},
		"symbol": {place(".dynsym") + `printf '\xcc' | dd of="$out" bs=1 seek=$((off + 24 + 8)) conv=notrunc status=none`, "dynamic symbol 1,"},
		"data":   {place(".data") + `printf '\xcc' | dd of="$out" bs=1 seek=$off conv=notrunc status=none`, "(.data): not the bytes that were there"},
	} {
		t.Run(name, func(t *testing.T) {
			testenv.Tool(t, "readelf")
			tr := compiled.Pair(t)
			before := tr.Snapshot()
			_, problems := applyTo(tr, Options{Patchelf: wrapped(t, c.lines), Jobs: 2})
			if len(problems) != 2 || problems[0].Code != problem.ObjectDamaged || !strings.Contains(strings.Join(problems[0].Details, "\n"), c.want) {
				t.Error(compiled.Describe(problems))
			}
			if !maps.Equal(before, tr.Snapshot()) {
				t.Error("a file was changed")
			}
		})
	}
}

// place returns shell lines that set off to the offset of a section of $out.
func place(section string) string {
	return `off=$((0x$(readelf -WS "$out" | sed -n 's/.* \` + section + `  *[A-Z_]*  *[0-9a-f]* \([0-9a-f]*\) .*/\1/p')))` + "\n"
}

// Rule: of a new file the hash and the size are known once it is written, where they are
// asked for.
func TestSumsOfWhatWasWritten(t *testing.T) {
	for _, sums := range []bool{true, false} {
		tr := compiled.Pair(t)
		applied, problems := applyTo(tr, Options{Jobs: 2, Sums: sums})
		if len(problems) > 0 || len(applied.Edited) != 2 {
			t.Fatal(compiled.Describe(problems))
		}
		for _, f := range applied.Edited {
			out, err := exec.Command("sha256sum", f.Path).Output()
			if err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(f.Path)
			if err != nil {
				t.Fatal(err)
			}
			want, size := strings.Fields(string(out))[0], info.Size()
			if !sums {
				want, size = "", 0
			}
			if got := hexOf(f.SHA256); got != want || f.Size != size {
				t.Errorf("%s: %s, %d bytes, want %s, %d", f.Path, got, f.Size, want, size)
			}
		}
	}
}

func hexOf(sum string) string { return fmt.Sprintf("%x", sum) }
