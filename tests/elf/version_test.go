package elf_test

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	testelf "github.com/wheel-auto-patch/wheel-auto-patch/tests/elf"
	cases "github.com/wheel-auto-patch/wheel-auto-patch/tests/ldso"
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
