package elf

import (
	"debug/elf"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

// Objects lists the ELF files beneath a directory, in sorted order.
func Objects(t testing.TB, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		prefix := make([]byte, 4)
		if _, err := f.Read(prefix); err == nil && elfimage.IsELF(prefix) {
			list = append(list, path)
		}
		return nil
	})
	must(t, err)
	return list
}

// CopyLibraries copies the libraries of a directory, links as files.
func CopyLibraries(t testing.TB, from, to string) {
	t.Helper()
	names, err := filepath.Glob(from + "/*.so*")
	must(t, err)
	for _, name := range names {
		data, err := os.ReadFile(name)
		must(t, err)
		if !strings.HasPrefix(filepath.Base(name), "ld-") {
			write(t, filepath.Join(to, filepath.Base(name)), data)
		}
	}
}

// DropSectionHeaders makes a file say that it has none.
func DropSectionHeaders(t testing.TB, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	must(t, err)
	if elf.Class(data[elf.EI_CLASS]) != elf.ELFCLASS64 {
		t.Fatalf("%s is not of 64 bits", file)
	}
	clear(data[40:48]) // e_shoff
	clear(data[58:64]) // e_shentsize, e_shnum, e_shstrndx
	must(t, os.WriteFile(file, data, 0o755))
	f, err := elf.Open(file)
	must(t, err)
	defer f.Close()
	if len(f.Sections) > 0 {
		t.Fatalf("%s still has sections", file)
	}
}
