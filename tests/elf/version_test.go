package elf_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	testelf "github.com/wheel-auto-patch/wheel-auto-patch/tests/elf"
	cases "github.com/wheel-auto-patch/wheel-auto-patch/tests/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// setRecordVersion writes vn_version or vd_version of the first record of a
// section, at its very start.
func setRecordVersion(t *testing.T, file string, section elf.SectionType, version uint16) {
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
	binary.LittleEndian.PutUint16(data[f.SectionByType(section).Offset:], version)
	if err := os.WriteFile(file, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

// Rule: a record of symbol versions that is of another version than 1 is damage,
// as the loader has it, in the loader's own words.
func TestVersionOfVersionRecords(t *testing.T) {
	work := testelf.NewWorkshop(t)
	c := cases.Cases(t, "../ldso/version-present.txtar")[0]
	for name, s := range map[string]struct {
		file    string
		section elf.SectionType
		version uint16
		words   string // "" where the object is sound
	}{
		"Verneed 1": {"/app/prog", elf.SHT_GNU_VERNEED, 1, ""},
		"Verneed 2": {"/app/prog", elf.SHT_GNU_VERNEED, 2, "unsupported version 2 of Verneed record"},
		"Verneed 0": {"/app/prog", elf.SHT_GNU_VERNEED, 0, "unsupported version 0 of Verneed record"},
		"Verdef 1":  {"/one/liba.so", elf.SHT_GNU_VERDEF, 1, ""},
		"Verdef 2":  {"/one/liba.so", elf.SHT_GNU_VERDEF, 2, "unsupported version 2 of Verdef record"},
	} {
		t.Run(name, func(t *testing.T) {
			root := testelf.NewRoot(t)
			testelf.NewBuilder(t, work, root).Case(c)
			loader := testelf.InstallGlibc(t, root, hostLoader, c.Loader.DefaultDirs)
			file := root + s.file
			setRecordVersion(t, file, s.section, s.version)
			said := testelf.Ask(ldso.Glibc, nil, loader, root+"/app/prog").Raw
			if strings.Contains(said, "unsupported version") != (s.words != "") || !strings.Contains(said, s.words) {
				t.Fatalf("the loader: %s", said)
			}
			_, err := elfobj.Open(file)
			if (s.words == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), s.words) {
				t.Errorf("reading: %v", err)
			}
			found := damage(t, file)
			if s.words == "" && found != nil || s.words != "" && (len(found) != 1 || found[0].Text != s.words) {
				t.Errorf("damage: %v", found)
			}
		})
	}
}

// tables are the version tables of one object, to be edited in place.
type tables struct {
	t    *testing.T
	data []byte
	file *elf.File
}

func (v tables) section(kind elf.SectionType) int {
	s := v.file.SectionByType(kind)
	if s == nil {
		v.t.Fatalf("no %s", kind)
	}
	return int(s.Offset)
}

// need is the place of the first Verneed, def that of the second Verdef, which is of the
// first version.
func (v tables) need() int { return v.section(elf.SHT_GNU_VERNEED) }

func (v tables) def() int {
	first := v.section(elf.SHT_GNU_VERDEF)
	return first + int(le.Uint32(v.data[first+16:]))
}

// aux is the place of the first Vernaux that is not weak.
func (v tables) aux() int {
	at := v.need() + int(le.Uint32(v.data[v.need()+8:]))
	for ; le.Uint16(v.data[at+4:]) != 0; at += int(le.Uint32(v.data[at+12:])) {
	}
	return at
}

// weak is the place of the first one that is.
func (v tables) weak() int {
	at := v.need() + int(le.Uint32(v.data[v.need()+8:]))
	for ; le.Uint16(v.data[at+4:]) == 0; at += int(le.Uint32(v.data[at+12:])) {
	}
	return at
}

// tag is the place of an entry of PT_DYNAMIC, from its number on.
func (v tables) tag(tag elf.DynTag) int {
	at := v.section(elf.SHT_DYNAMIC)
	for ; elf.DynTag(le.Uint64(v.data[at:])) != tag; at += 16 {
		if le.Uint64(v.data[at:]) == 0 {
			v.t.Fatalf("no %s", tag)
		}
	}
	return at
}

var (
	le       = binary.LittleEndian
	refusals = regexp.MustCompile(`(?m)unsupported version|Assertion|: version .* not found|DT_RELR without`)
)

// Rule: of records of symbol versions that do not fit, those are refused that the
// loader refuses or crashes at, whichever of the two objects they are of.
func TestVersionRecordsEqualTheLoader(t *testing.T) {
	patchelf := testenv.Tool(t, "patchelf")
	const prog, lib = "/app/prog", "/one/liba.so"
	const unknown = 0x6ffffef0 // in the place of a tag: as if it were not there
	work := testelf.NewWorkshop(t)
	c := cases.Cases(t, "../ldso/version-present.txtar")[0]
	for name, row := range map[string]struct {
		file    string
		edit    func(v tables)
		refused bool
	}{
		"nothing":                    {prog, func(tables) {}, false},
		"another hash wanted":        {prog, func(v tables) { le.PutUint32(v.data[v.aux():], 1) }, true},
		"another hash, weak":         {prog, func(v tables) { le.PutUint32(v.data[v.weak():], 1) }, false},
		"another hash defined":       {lib, func(v tables) { le.PutUint32(v.data[v.def()+8:], 1) }, true},
		"another hash of the base":   {lib, func(v tables) { le.PutUint32(v.data[v.section(elf.SHT_GNU_VERDEF)+8:], 1) }, false},
		"no count of parents":        {lib, func(v tables) { le.PutUint16(v.data[v.def()+6:], 0) }, false},
		"no more definitions":        {lib, func(v tables) { le.PutUint32(v.data[v.section(elf.SHT_GNU_VERDEF)+16:], 0) }, true},
		"no number of records":       {prog, func(v tables) { le.PutUint64(v.data[v.tag(elf.DT_VERNEEDNUM):], unknown) }, false},
		"the number of records is 0": {prog, func(v tables) { le.PutUint64(v.data[v.tag(elf.DT_VERNEEDNUM)+8:], 0) }, false},
		"one record that has no count": {prog, func(v tables) {
			at := v.aux()
			le.PutUint16(v.data[v.need()+2:], 0)
			le.PutUint32(v.data[v.need()+8:], uint32(at-v.need()))
			le.PutUint32(v.data[at:], 1)
			le.PutUint32(v.data[at+12:], 0)
		}, true},
		"no DT_VERSYM, wanted":  {prog, func(v tables) { le.PutUint64(v.data[v.tag(elf.DT_VERSYM):], unknown) }, true},
		"no DT_VERSYM, defined": {lib, func(v tables) { le.PutUint64(v.data[v.tag(elf.DT_VERSYM):], unknown) }, true},
		"of a library that nothing needs": {prog, func(v tables) {
			name := le.Uint32(v.data[v.aux()+8:]) // that of the version
			le.PutUint32(v.data[v.need()+4:], name)
		}, true},
		"of a library that is needed no more": {prog, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			root := testelf.NewRoot(t)
			testelf.NewBuilder(t, work, root).Case(c)
			path := testelf.InstallGlibc(t, root, hostLoader, c.Loader.DefaultDirs)
			if row.edit == nil {
				run(t, patchelf, "--remove-needed", "liba.so", root+row.file)
			} else {
				editTables(t, root+row.file, row.edit)
			}
			cmd := exec.Command(path, "--list", root+prog)
			cmd.Env = []string{"LC_ALL=C"}
			said, err := cmd.CombinedOutput()
			if (err != nil || refusals.Match(said)) != row.refused {
				t.Fatalf("the loader: %v, %s", err, said)
			}
			if got := refuses(t, path, root+prog, root+lib); got != "" != row.refused {
				t.Errorf("refused: %q; the loader: %v, %s", got, err, said)
			}
		})
	}
}

func editTables(t *testing.T, file string, edit func(v tables)) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	edit(tables{t, data, f})
	if err := os.WriteFile(file, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

// refuses returns why a program cannot be loaded: one of the files cannot be read, or a
// version is missing.
func refuses(t *testing.T, loader, program string, files ...string) string {
	t.Helper()
	for _, file := range append(files, program) {
		if _, err := elfobj.Open(file); err != nil {
			return err.Error()
		}
	}
	l, err := ldso.NewLoader(loader)
	if err != nil {
		t.Fatal(err)
	}
	closure, err := l.Load(&ldso.DiskFiles{}, program)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range ldso.CheckVersions(closure) {
		return v.Want
	}
	return ""
}

// Rule: an object with DT_RELR that wants versions, and libc.so.6, must say by
// GLIBC_ABI_DT_RELR that it has that table.
func TestRelrEqualsTheLoader(t *testing.T) {
	dir := t.TempDir()
	source := dir + "/p.c"
	if err := os.WriteFile(source, []byte("#include <stdio.h>\nint x, *p = &x; int main(void) { return puts(\"\") + *p; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		flags   []string
		edit    func(v tables)
		refused bool
	}{
		"with the version":    {[]string{"-Wl,-z,pack-relative-relocs"}, func(tables) {}, false},
		"without the version": {nil, func(v tables) { le.PutUint64(v.data[v.tag(elf.DT_DEBUG):], 36) }, true},
		"without DT_RELR":     {nil, func(tables) {}, false},
	} {
		file := dir + "/prog"
		run(t, append([]string{testenv.Tool(t, "gcc"), "-pie", "-fPIE", source, "-o", file}, row.flags...)...)
		editTables(t, file, row.edit)
		said, err := exec.Command(hostLoader, "--list", file).CombinedOutput()
		if (err != nil || refusals.Match(said)) != row.refused {
			t.Fatalf("%s: the loader: %v, %s", name, err, said)
		}
		if got := refuses(t, hostLoader, file); got != "" != row.refused {
			t.Errorf("%s: refused: %q", name, got)
		}
	}
}
