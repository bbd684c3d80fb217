package providers

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

//go:embed pythons.tsv
var pythons string

// A pythonTable is pythons.tsv as read.
type pythonTable struct {
	exact  map[string]string
	starts []pythonStart // names whose end is open
}

type pythonStart struct{ start, attr string }

// noAttr stands in pythons.tsv for what nixpkgs does not have.
const noAttr = "-"

// loadPythons parses pythons.tsv once. It panics at an error: the file is part of the
// program, and a test parses it.
var loadPythons = sync.OnceValue(func() pythonTable {
	t := pythonTable{exact: map[string]string{}}
	for line := range strings.Lines(pythons) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		dist, attr, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		start, open := strings.CutSuffix(dist, "*")
		if !ok || attr == "" || start == "" || strings.Contains(start, "*") {
			panic(fmt.Sprintf("pythons.tsv: %q", line))
		}
		if open {
			t.starts = append(t.starts, pythonStart{start, attr})
		} else {
			t.exact[dist] = attr
		}
	}
	return t
})

func (t pythonTable) find(dist string) (attr string, ok bool) {
	if attr, ok := t.exact[dist]; ok {
		return attr, true
	}
	for _, s := range t.starts {
		if strings.HasPrefix(dist, s.start) {
			return s.attr, true
		}
	}
	return "", false
}

// PythonAttr returns the attribute of a set of Python packages that has a distribution, by
// its normal name (PEP 503): that name, but for some (Nixpkgs manual, "Python",
// "Contributing guidelines"). It reports false where nixpkgs is known to have none: then the
// attribute is what the package would be called.
func PythonAttr(dist string) (attr string, ok bool) {
	attr, known := loadPythons().find(dist)
	if !known || attr == noAttr {
		return dist, !known
	}
	return attr, true
}

// shared are the attributes of nixpkgs, among those of sonames.tsv, whose name is that of
// another package in its sets of Python packages, by the python-packages.nix that pythons.tsv
// names or by that of 2024.
var shared = map[string]bool{
	"SDL2_image": true, "SDL2_mixer": true, "attr": true, "avahi": true, "boost": true, "brotli": true, "eccodes": true, "fuse": true,
	"gdal": true, "glfw": true, "harfbuzz": true, "hdf5": true, "hidapi": true, "keyutils": true, "libevdev": true, "libpcap": true,
	"libselinux": true, "libusb1": true, "libxml2": true, "libxslt": true, "lz4": true, "onnxruntime": true, "protobuf": true, "rrdtool": true,
	"snappy": true, "soxr": true, "xmlsec": true, "xxhash": true, "zbar": true, "zstd": true,
}

// IsShared reports whether callPackage of a set of Python packages has another package for
// an attribute than nixpkgs.
func IsShared(attr string) bool {
	top, _, _ := strings.Cut(attr, ".")
	return shared[top]
}
