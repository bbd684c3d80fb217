package elf_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// dlopenNote is the note as the specification's own macro writes it.
const dlopenNote = `
__asm__(".pushsection .note.dlopen, \"a\"\n"
        ".balign 4\n"
        ".long 2f - 1f\n"
        ".long 4f - 3f\n"
        ".long 0x407c0c0a\n"
        "1: .asciz \"FDO\"\n"
        "2: .balign 4\n"
        "3: .asciz \"[{\\\"feature\\\":\\\"zstd\\\",\\\"description\\\":\\\"compression\\\",\\\"priority\\\":\\\"suggested\\\",\\\"soname\\\":[\\\"libzstd.so.1\\\",\\\"libzstd.so.0\\\"]}]\"\n"
        "4: .balign 4\n"
        ".popsection\n");
`

func compiled(t *testing.T, code string, args ...string) *elfobj.Object {
	t.Helper()
	gcc := testenv.Tool(t, "gcc")
	dir := t.TempDir()
	source, file := filepath.Join(dir, "x.c"), filepath.Join(dir, "x.so")
	if err := os.WriteFile(source, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, append([]string{gcc, "-shared", "-fPIC", "-nostdlib", "-o", file, source}, args...)...)
	obj, err := elfobj.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// Rule: .note.dlopen of a compiled object says which libraries it opens itself.
func TestDlopenNoteOfACompiledObject(t *testing.T) {
	want := []elfobj.Dlopen{{Sonames: []string{"libzstd.so.1", "libzstd.so.0"}, Feature: "zstd", Priority: "suggested"}}
	for _, args := range [][]string{nil, {"-Wl,--build-id"}} {
		if d := cmp.Diff(want, compiled(t, dlopenNote, args...).Dlopen); d != "" {
			t.Errorf("%v (-want +got):\n%s", args, d)
		}
	}
}

// Rule: PT_GNU_STACK says whether the object wants an executable stack.
func TestStackOfACompiledObject(t *testing.T) {
	for flag, exec := range map[string]bool{"-Wl,-z,execstack": true, "-Wl,-z,noexecstack": false} {
		if o := compiled(t, "void f(void) {}", flag); !o.HasStack || o.ExecStack != exec {
			t.Errorf("%s: stack %v, executable %v", flag, o.HasStack, o.ExecStack)
		}
	}
}

// Rule: the flags of the dynamic section are those that the linker was told.
func TestFlagsOfACompiledObject(t *testing.T) {
	o := compiled(t, "void f(void) {}", "-Wl,-z,nodefaultlib", "-Wl,-z,origin")
	if !o.NoDefLib || !o.OriginFlag || o.PIE {
		t.Errorf("NODEFLIB %v, ORIGIN %v, PIE %v", o.NoDefLib, o.OriginFlag, o.PIE)
	}
}
