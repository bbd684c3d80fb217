package wheel_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

func open(t *testing.T, w *record.Wheel) *wheel.Archive {
	t.Helper()
	data := w.Bytes()
	a, err := wheel.NewArchive(bytes.NewReader(data), int64(len(data)), w.File)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Rule: whatever a member holds, never more bytes come out than the archive
// declares, and the end says what is false.
func TestMemberIsCutAtDeclaredSize(t *testing.T) {
	for name, want := range map[string]string{
		"a size understated":                  "its contents go on past the size that the archive declares",
		"a bomb":                              "its contents go on past the size that the archive declares",
		"a size overstated":                   "its contents end before the size that the archive declares",
		"a false checksum":                    "its contents do not have the checksum that the archive declares",
		"bytes after the compressed contents": "bytes after the end of its compressed contents",
		"a corrupt stream":                    "its compressed contents are corrupt",
	} {
		t.Run(name, func(t *testing.T) {
			w := record.Good()
			for _, e := range record.ArchiveEdits() {
				if e.Name == name {
					e.Edit(w)
				}
			}
			a := open(t, w)
			m := a.Lookup("demo/data.txt")
			r, err := a.Open(m)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			n, err := io.Copy(io.Discard, r)
			fault := (*wheel.Fault)(nil)
			if !errors.As(err, &fault) || fault.Msg != want || n > m.Size {
				t.Errorf("%d of %d bytes, %v; want %q", n, m.Size, err, want)
			}
		})
	}
}

// Rule: METADATA and entry_points.txt hold name, version, requirements and the
// names of programs.
func TestArchiveReadsDistInfo(t *testing.T) {
	a := open(t, record.Good())
	want := wheel.Dist{Dir: "demo-1.0.dist-info", Name: "demo", Version: "1.0", Requires: []string{"numpy"}}
	if d := cmp.Diff(want, a.Dist); d != "" || !cmp.Equal(a.Scripts, []string{"demo"}) || len(a.Faults) > 0 {
		t.Errorf("%s%q %v", d, a.Scripts, a.Faults)
	}
}

// Rule: a member of .data goes where its scheme lies, others to site-packages.
func TestInstallPath(t *testing.T) {
	a := open(t, record.Good())
	for name, want := range map[string][2]string{
		"demo/__init__.py":                {"purelib", "demo/__init__.py"},
		"demo-1.0.data/platlib/demo/x.py": {"platlib", "demo/x.py"},
		"demo-1.0.data/scripts/run":       {"scripts", "bin/run"},
		"demo-1.0.data/data/share/x":      {"data", "share/x"},
		"demo-1.0.data/headers/x.h":       {"headers", "include/demo/x.h"},
		"demo-1.0.data/evil/x":            {"", ""},
		"demo-1.0.data/scripts/../x":      {"", ""},
		"/etc/passwd":                     {"", ""},
	} {
		if scheme, rel := a.InstallPath(name); [2]string{string(scheme), rel} != want {
			t.Errorf("%q goes to %q, %q; want %q", name, scheme, rel, want)
		}
	}
}

// Rule: a file name has five parts to seven, and says which C library it needs.
func TestParseFilename(t *testing.T) {
	f, ok := wheel.ParseFilename("/nix/store/0123456789abcdfghijklmnpqrsvwxyz-x_y-1.0+l-2b-cp39.cp310-abi3-manylinux_2_28_x86_64.manylinux2014_aarch64.manylinux1_i686.musllinux_1_2_x86_64.linux_armv7l.any.whl")
	want := wheel.Filename{
		Name: "x_y", Version: "1.0+l", Build: "2b", Python: []string{"cp39", "cp310"}, ABI: []string{"abi3"},
		Platforms: []wheel.Platform{
			{Tag: "manylinux_2_28_x86_64", Libc: "glibc", Major: 2, Minor: 28, Machine: "x86_64"},
			{Tag: "manylinux2014_aarch64", Libc: "glibc", Major: 2, Minor: 17, Machine: "aarch64"},
			{Tag: "manylinux1_i686", Libc: "glibc", Major: 2, Minor: 5, Machine: "i686"},
			{Tag: "musllinux_1_2_x86_64", Libc: "musl", Major: 1, Minor: 2, Machine: "x86_64"},
			{Tag: "linux_armv7l", Machine: "armv7l"},
			{Tag: "any"},
		},
	}
	if d := cmp.Diff(want, f); d != "" || !ok {
		t.Errorf("%v (-want +got):\n%s", ok, d)
	}
	for _, bad := range []string{"x-1.whl", "x-1-py3-none-any.zip", "x-1-b-py3-none-any.whl", "x--py3-none-any.whl", "a-b-c-d-e-f-g.whl"} {
		if f, ok := wheel.ParseFilename(bad); ok {
			t.Errorf("%q is %v", bad, f)
		}
	}
}

// Rule: versions that are equal by PEP 440 are so here, others are not.
func TestNormalVersion(t *testing.T) {
	for _, same := range [][]string{
		{"1.0", "1", "v1.0.0", "01.0", " 1.0 "},
		{"1.0a1", "1.0-alpha.1", "1.0_ALPHA1"},
		{"1.0rc2", "1.0c2", "1.0-pre2", "1.0.preview_2"},
		{"1.0.post3", "1.0-3", "1.0-r3", "1.0.rev3"},
		{"1.0.dev0", "1.0-dev", "1.0dev"},
		{"1.0+cu118.x", "1.0+CU118-x", "1.0_cu118.x"},
		{"1.0+1.0a", "1.0+01.0a", "\x1c1.0+1-0A\u2003"},
		{"2!1", "2!1.0"},
	} {
		for _, v := range same {
			if wheel.NormalVersion(v) != wheel.NormalVersion(same[0]) {
				t.Errorf("%q is %q, %q is %q", v, wheel.NormalVersion(v), same[0], wheel.NormalVersion(same[0]))
			}
		}
	}
	seen := map[string]string{}
	for _, v := range []string{"1.0", "1.1", "1.0a1", "1.0b1", "1.0rc1", "1.0.post1", "1.0.dev1", "1.0+x", "1!1.0", "10", "not a version"} {
		if other, ok := seen[wheel.NormalVersion(v)]; ok {
			t.Errorf("%q and %q are one", v, other)
		}
		seen[wheel.NormalVersion(v)] = v
	}
}

// Rule: bounds hold before memory is asked for.
func TestBounds(t *testing.T) {
	if r, faults := wheel.ParseRecord(strings.Repeat("x", wheel.MaxRecord+1)); r != nil || len(faults) != 1 {
		t.Error("a RECORD that is too long is read")
	}
	if r, faults := wheel.ParseRecord(strings.Repeat("x,,\n", 100_001)); r != nil || len(faults) == 0 {
		t.Error("a RECORD of too many rows is read")
	}
	w := record.Good()
	w.End.Zip64 = true
	w.End.Record = func(r []byte) { copy(r[8:12], "\xff\xff\xff\xff") }
	data := w.Bytes()
	at := bytes.LastIndex(data, []byte("PK\x06\x06"))
	copy(data[at+24:at+40], "\xff\xff\xff\x7f\x00\x00\x00\x00\xff\xff\xff\x7f\x00\x00\x00\x00")
	if _, err := wheel.NewArchive(bytes.NewReader(data), int64(len(data)), w.File); err == nil {
		t.Error("an archive of two thousand million members is read")
	}
}

// lastFault returns the message of the last fault of a member.
func lastFault(a *wheel.Archive, path string) (msg string) {
	for _, f := range a.Faults {
		if f.Path == path {
			msg = f.Msg
		}
	}
	return msg
}

// Rule: only a Wheel-Version of a greater major version than 1 is refused, or what
// is no version.
func TestWheelVersion(t *testing.T) {
	for version, good := range map[string]bool{
		"0.1": true, "1.0": true, "1.9": true, "1": true, "0": true, "01.0": true, "": true,
		"2.0": false, "10.0": false, "2": false, "-1": false, "1.x": false, "one": false, "1.0 evil": false,
	} {
		w := record.Good()
		w.Member(w.Info + "/WHEEL").Data = "Wheel-Version: " + version + "\n"
		if got := lastFault(open(t, w), w.Info+"/WHEEL"); (got == "") != good {
			t.Errorf("%q: %q", version, got)
		}
	}
}
