package elf_test

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// endAt makes the PT_LOAD of the dynamic section end so many bytes behind where
// that begins, with more bytes in memory than in the file.
func endAt(t *testing.T, file string, behind, more uint64) {
	t.Helper()
	f, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var dynamic *elf.Prog
	for _, p := range f.Progs {
		if p.Type == elf.PT_DYNAMIC {
			dynamic = p
		}
	}
	le := binary.LittleEndian
	for i, p := range f.Progs {
		if p.Type == elf.PT_LOAD && p.Vaddr <= dynamic.Vaddr && dynamic.Vaddr < p.Vaddr+p.Filesz {
			header := data[le.Uint64(data[32:])+uint64(i)*56:]
			le.PutUint64(header[32:], dynamic.Vaddr-p.Vaddr+behind)
			le.PutUint64(header[40:], dynamic.Vaddr-p.Vaddr+behind+more)
		}
	}
	if err := os.WriteFile(file, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

// Rule: what the last page of a PT_LOAD shows of the file is there, as the
// program clp of the casadi wheel has it; unless p_memsz is larger than p_filesz,
// since that page is cleared then.
func TestLastPageOfASegment(t *testing.T) {
	for _, c := range []struct {
		name         string
		behind, more uint64
		runs         bool
	}{
		{"shown", 0, 0, true},
		{"cleared", 0, 1, false},
		{"from the middle on", 0x20, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "program")
			source := filepath.Join(t.TempDir(), "program.c")
			if err := os.WriteFile(source, []byte("int main(void) { return 0; }\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			// In one segment without PT_GNU_RELRO all that is written lies in one page.
			run(t, testenv.Tool(t, "gcc"), "-Wl,-z,norelro", "-Wl,-rpath,/nowhere", "-o", program, source)
			endAt(t, program, c.behind, c.more)

			if err := exec.Command(program).Run(); (err == nil) != c.runs {
				t.Fatalf("the program itself: %v", err)
			}
			found := damage(t, program)
			if (len(found) == 0) != c.runs {
				t.Errorf("damage: %v", found)
			}
			o, err := elfobj.Open(program)
			if (err == nil) != c.runs {
				t.Fatalf("reading: %v", err)
			}
			if c.runs && (len(o.Needed) == 0 || len(o.Runpath) == 0) {
				t.Errorf("needed %q, run path %q", o.Needed, o.Runpath)
			}
		})
	}
}
