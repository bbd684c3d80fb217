// Package wheels holds the real wheels that the tests use: a table of exact
// files pinned by sha256 (wheels.tsv), and how they come into the cache. None
// is ever committed.
package wheels

import (
	_ "embed"
	"fmt"
	"path"
	"strconv"
	"strings"
)

//go:embed wheels.tsv
var table string

// A Pin is one row of wheels.tsv.
type Pin struct {
	Project, Version, File, SHA256 string
	Bytes                          int64
	Why                            string
}

// Pins reads wheels.tsv, in its order.
func Pins() ([]Pin, error) { return ParsePins(table) }

// ParsePins reads a table like wheels.tsv.
func ParsePins(table string) ([]Pin, error) {
	var pins []Pin
	for i, line := range strings.Split(strings.TrimSuffix(table, "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 6 {
			return nil, fmt.Errorf("wheels.tsv:%d: %d fields, want 6", i+1, len(f))
		}
		n, err := strconv.ParseInt(f[4], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("wheels.tsv:%d: %w", i+1, err)
		}
		pins = append(pins, Pin{f[0], f[1], f[2], f[3], n, f[5]})
	}
	return pins, nil
}

// Find returns the first row that a name means: a project ("numpy"), a project
// and version ("opencv-python==5.0.0.93") or a glob of file names
// ("pillow-*-musllinux*").
func Find(name string) (Pin, error) {
	pins, err := Pins()
	if err != nil {
		return Pin{}, err
	}
	for _, p := range pins {
		glob, _ := path.Match(name, p.File)
		if glob || name == p.Project || name == p.Project+"=="+p.Version {
			return p, nil
		}
	}
	return Pin{}, fmt.Errorf("%q is not in wheels.tsv", name)
}

// Tags returns the three compressed tag sets at the end of the file name
// (PEP 425): Python, ABI, platform.
func (p Pin) Tags() (python, abi, platform string) {
	f := strings.Split(strings.TrimSuffix(p.File, ".whl"), "-")
	n := len(f)
	return f[n-3], f[n-2], f[n-1]
}
