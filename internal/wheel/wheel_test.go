package wheel_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
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

// Rule: METADATA, WHEEL and entry_points.txt hold name, version, requirements, tags and
// the names of programs.
func TestArchiveReadsDistInfo(t *testing.T) {
	a := open(t, record.Good())
	want := wheel.Dist{Dir: "demo-1.0.dist-info", Name: "demo", Version: "1.0", Requires: []string{"numpy"}, Tags: []string{"py3-none-any"}}
	if d := cmp.Diff(want, a.Dist); d != "" || !cmp.Equal(a.Scripts, []string{"demo"}) || len(a.Faults) > 0 {
		t.Errorf("%s%q %v", d, a.Scripts, a.Faults)
	}
}

// Rule: the name of the dist-info folder is that of the file, however it is spelt: with
// dashes, and with a version from before PEP 440.
func TestDistInfoIsSpeltOtherwise(t *testing.T) {
	for _, c := range []struct{ file, info, name, version string }{
		{"a_b-1.0-py3-none-any.whl", "a-b-1.0", "a-b", "1.0"},
		{"a.b-1.0-py3-none-any.whl", "A_B-1.0.0", "a_b", "1.0"},
		{"a-1.0_SNAPSHOT-py3-none-any.whl", "a-1.0-SNAPSHOT", "a", "1.0-SNAPSHOT"},
		{"a_b-1.0_x_y-py3-none-any.whl", "a-b-1.0-x+y", "A.B", "1.0+x-y"},
	} {
		w := record.Good()
		for i := range w.Members {
			w.Members[i].Name = strings.Replace(w.Members[i].Name, "demo-1.0.", c.info+".", 1)
		}
		w.File, w.Info = c.file, c.info+".dist-info"
		w.Member(w.Info + "/METADATA").Data = "Name: " + c.name + "\nVersion: " + c.version + "\n"
		if a := open(t, w); len(a.Faults) > 0 || a.Dist.Name != c.name || a.Dist.Version != c.version {
			t.Errorf("%+v: %v, %+v", c, a.Faults, a.Dist)
		}
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

// Rule: what an installer puts into bin are entry points for console and window, and the files of
// the scripts folder of .data, each once.
func TestPrograms(t *testing.T) {
	w := record.Good()
	entry := "[console_scripts]\nb = demo:b\n[gui_scripts]\na = demo:a\n[demo.plugins]\nc = demo:c\n"
	w.Member(w.Info + "/entry_points.txt").Data = entry
	w.Add("demo-1.0.data/scripts/run", "#!python\n")
	w.Add("demo-1.0.data/scripts/b", "#!python\n")
	w.Add("demo-1.0.data/scripts/folder/d", "")
	w.Add("demo-1.0.data/data/bin/e", "")
	if got := open(t, w).Programs(); !slices.Equal(got, []string{"a", "b", "demo-run", "run"}) {
		t.Errorf("%q", got)
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

// Rule: a Wheel-Version of a greater major version than 1 is refused, and what is no
// version.
func TestWheelVersion(t *testing.T) {
	for version, good := range map[string]bool{
		"0.1": true, "1.0": true, "1.9": true, "1": true, "0": true, "01.0": true, "\n 1.0": true,
		"": false, "\nWheel-Version: 1.0": false, "2.0": false, "10.0": false, "2": false, "-1": false, "1.x": false, "one": false, "1.0 evil": false,
	} {
		w := record.Good()
		w.Member(w.Info + "/WHEEL").Data = "Wheel-Version: " + version + "\n"
		if got := lastFault(open(t, w), w.Info+"/WHEEL"); (got == "") != good {
			t.Errorf("%q: %q", version, got)
		}
	}
}
