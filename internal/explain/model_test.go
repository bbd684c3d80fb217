package explain

import (
	"debug/elf"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/supply"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A sample is wheels and their objects in memory.
type sample struct {
	Source
	Objects []sampleObject
}

// A sampleObject is an object of one wheel; path decides its place.
type sampleObject struct {
	wheel int
	path  string
	elf   *elfobj.Object
}

func object(w int, path string, e elfobj.Object) sampleObject {
	e.Class, e.Data, e.Machine, e.Type, e.Dynamic = elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_X86_64, elf.ET_DYN, true
	return sampleObject{w, path, &e}
}

// Open implements ldso.Files.
func (s *sample) Open(path string) (ldso.File, error) {
	path = filepath.Clean(path)
	for _, o := range s.Objects {
		if o.file() == path {
			return ldso.File{Real: path, Object: o.elf}, nil
		}
	}
	return ldso.File{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
}

func (o sampleObject) file() string {
	return fmt.Sprintf("/w%d/lib/python3/site-packages/%s", o.wheel, o.path)
}

// build makes the model as Build does.
func (s *sample) build() Model {
	inv := tree.Inventory{Names: map[string][]string{}, Files: s}
	for i := range s.wheels {
		inv.Roots = append(inv.Roots, &tree.Root{Path: fmt.Sprintf("w%d.whl", i), Abs: fmt.Sprintf("/w%d", i), Archive: true})
	}
	for _, o := range s.Objects {
		inv.Objects = append(inv.Objects, tree.Object{Root: inv.Roots[o.wheel], Path: o.path, File: o.file(), ELF: o.elf})
		name := filepath.Base(o.path)
		inv.Names[name] = append(inv.Names[name], o.file())
	}
	s.inventory = inv
	return Build(s.Source)
}

func sampleWheel() wheelInfo {
	w := wheelInfo{
		Wheel: supply.Wheel{Name: "Pkg", Requires: []string{"numpy"}, Platforms: []string{"manylinux_2_28_x86_64"}},
		Path:  "pkg-1.0-cp312-abi3-manylinux_2_28_x86_64.whl", Archive: true, Version: "1.0",
		RequiresText: []string{"numpy>=2", `pytest; extra == "test"`},
		Record:       recordState{Present: true, Path: "pkg-1.0.dist-info/RECORD", Rows: 9}, SHA256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
		Imports: []string{"pkg"},
	}
	w.Dist = wheel.Dist{Summary: "A package.", Homepage: "https://example.org", License: "MIT OR Apache-2.0", RequiresPython: ">=3.10"}
	return w.at(w.Path)
}

// at returns a wheel with the tags of another file name.
func (w wheelInfo) at(name string) wheelInfo {
	w.Path = name
	w.File, _ = pyname.ParseFilename(name)
	w.Platforms = nil
	for _, p := range w.File.Platforms {
		w.Platforms = append(w.Platforms, p.Tag)
	}
	return w
}

// sampleSource is one wheel with a bundled library that its RUNPATH finds, one
// that only its name finds, and libraries of every kind from outside.
func sampleSource() *sample {
	return &sample{
		Source: Source{wheels: []wheelInfo{sampleWheel()}},
		Objects: []sampleObject{
			object(0, "pkg/core.abi3.so", elfobj.Object{
				Needed: []string{"libone-1234.so.1", "libGL.so.1", "libc.so.6"}, Runpath: []string{"$ORIGIN/../pkg.libs"},
				Verneed: []elfobj.Verneed{{File: "libc.so.6", Versions: []elfobj.Version{{Name: "GLIBC_2.34"}, {Name: "GLIBC_2.2.5"}}}},
			}),
			object(0, "pkg.libs/libone-1234.so.1", elfobj.Object{Soname: "libone-1234.so.1", Needed: []string{"libm.so.6"}}),
			object(0, "pkg/plugins/libmimer.so", elfobj.Object{Needed: []string{"libmimerapi.so", "libxcb.so.1"}}),
		},
	}
}

func sampleModel() Model { return sampleSource().build() }

// largeModel has n libraries of which each needs some of the next ones.
func largeModel(n, each int) Model {
	s := &sample{Source: Source{wheels: []wheelInfo{sampleWheel()}}}
	for i := range n {
		var needed []string
		for k := 1; k <= each; k++ {
			if j := i + k*k; j < n {
				needed = append(needed, fmt.Sprintf("lib%03d.so.1", j))
			}
		}
		s.Objects = append(s.Objects, object(0, fmt.Sprintf("pkg.libs/lib%03d.so.1", i), elfobj.Object{
			Soname: fmt.Sprintf("lib%03d.so.1", i), Needed: needed, Runpath: []string{"$ORIGIN"},
		}))
	}
	return s.build()
}
