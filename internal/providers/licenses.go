package providers

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed licenses.tsv
var licenses string

var loadLicenses = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(licenses) {
		if name, attr, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok && !strings.HasPrefix(line, "#") {
			m[name] = attr
		}
	}
	return m
})

// License returns the attribute of lib.licenses for an identifier of SPDX or a classifier.
func License(name string) (attr string, ok bool) {
	attr, ok = loadLicenses()[name]
	return attr, ok
}

// pythonAttrs are the distributions that nixpkgs has under another name than their own.
var pythonAttrs = map[string]string{
	"discord-py":                     "discordpy",
	"faiss-cpu":                      "faiss",
	"mysql-connector-python":         "mysql-connector",
	"onnxruntime-gpu":                "onnxruntime",
	"opencv-contrib-python":          "opencv4",
	"opencv-contrib-python-headless": "opencv4",
	"opencv-python":                  "opencv4",
	"opencv-python-headless":         "opencv4",
	"psycopg2-binary":                "psycopg2",
	"tensorflow-cpu":                 "tensorflow",
}

// shared are the attributes of nixpkgs, among those of sonames.tsv, whose name is that of
// another package in its sets of Python packages: by pkgs/top-level/python-packages.nix of
// 2024, looked over in part (libs to lo, sm to st) at that of August 2026, as in commit
// 0104a8bc588a493e4e4f9d55cebc6106c4608558.
var shared = map[string]bool{
	"SDL2_image": true, "SDL2_mixer": true, "avahi": true, "boost": true, "brotli": true, "eccodes": true, "fuse": true, "gdal": true,
	"glfw": true, "harfbuzz": true, "hdf5": true, "hidapi": true, "keyutils": true, "libevdev": true, "libpcap": true, "libselinux": true,
	"libusb1": true, "libxml2": true, "libxslt": true, "lz4": true, "onnxruntime": true, "protobuf": true, "snappy": true, "soxr": true, "xmlsec": true,
	"xxhash": true, "zstd": true,
}

// IsShared reports whether callPackage of a set of Python packages has another package for
// an attribute than nixpkgs.
func IsShared(attr string) bool {
	top, _, _ := strings.Cut(attr, ".")
	return shared[top]
}

// PythonAttr returns the attribute of a set of Python packages that has a distribution, by
// its normal name (PEP 503): that name, but for some (Nixpkgs manual, "Python",
// "Contributing guidelines").
func PythonAttr(dist string) string {
	if attr, ok := pythonAttrs[dist]; ok {
		return attr
	}
	return dist
}
