package wheel_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// compared are the paths in a Comparison.
type compared struct{ Outside, Missing, Unlisted []string }

// compare compares the RECORD of a wheel with it. Rows that are false by
// themselves are left out of paths, as the callers do.
func compare(t *testing.T, a *wheel.Archive, text string) (c wheel.Comparison, paths compared) {
	t.Helper()
	r, faults := wheel.ParseRecord(text)
	if r == nil {
		return c, paths
	}
	c = a.CompareRecord(r)
	of := func(rows []*wheel.Row) (paths []string) {
		for _, row := range rows {
			if !slices.ContainsFunc(faults, func(f *wheel.Fault) bool { return f.Path == row.Path }) {
				clean, _ := wheel.Clean(row.Path)
				paths = append(paths, clean)
			}
		}
		return paths
	}
	paths.Outside, paths.Missing = of(c.Outside), of(c.Missing)
	for _, m := range c.Unlisted {
		paths.Unlisted = append(paths.Unlisted, m.Name)
	}
	return c, paths
}

// Rule: for each edit of a good wheel the comparison finds what verify must say
// of it: rows that lead outside, rows without a member, members without a row.
func TestComparisonOfEdits(t *testing.T) {
	for _, e := range record.ArchiveEdits() {
		w := record.Good()
		e.Edit(w)
		data := w.Bytes()
		a, err := wheel.NewArchive(bytes.NewReader(data), int64(len(data)), w.File)
		if err != nil || a.Record == nil {
			continue // there is nothing to compare
		}
		var want compared
		for _, problem := range e.Want {
			code, path, _ := strings.Cut(problem, " ")
			switch code {
			case "record-outside-output":
				if path != "c:/x" { // a fault of the row by itself
					want.Outside = append(want.Outside, path)
				}
				if name := strings.TrimPrefix(path, "/"); name != path && a.Lookup(name) != nil {
					want.Unlisted = append(want.Unlisted, name) // verify tells it by its row
				}
			case "record-missing-file":
				want.Missing = append(want.Missing, path)
			case "record-unlisted-file":
				if !a.IsOwnRecord(path) { // what a signature holds, verify looks at
					want.Unlisted = append(want.Unlisted, path)
				}
			}
		}
		_, got := compare(t, a, w.Record())
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", e.Name, d)
		}
	}
}

// Rule: a row names the member that its path leads to, however it is written;
// of several the last counts.
func TestRowsNameMembersByCleanPath(t *testing.T) {
	w := record.Good()
	for i, row := range w.Rows {
		w.Rows[i] = "./" + row
	}
	w.Replace("./demo/data.txt", "demo//x/../data.txt,,1")
	w.Rows = append(w.Rows, "demo/./data.txt,,2")
	a := open(t, w)
	c, paths := compare(t, a, w.Record())
	if d := cmp.Diff(compared{}, paths); d != "" {
		t.Error(d)
	}
	for i, row := range c.Rows {
		if row == nil {
			t.Errorf("%s has no row", a.Members[i].Name)
		} else if clean, _ := wheel.Clean(row.Path); clean != a.Members[i].Name || clean == "demo/data.txt" && row.Size != "2" {
			t.Errorf("%s has the row %+v", a.Members[i].Name, *row)
		}
	}
}

// Rule: directories, unsafe members, the second of one name, RECORD and its
// signatures need no row, and only those two of RECORD's can have one. A member
// whose header is false needs none either: it has a fault.
func TestMembersWithoutRow(t *testing.T) {
	w := record.Good()
	w.Members = append(w.Members,
		record.Member{Name: "demo/sub/"},
		record.Member{Name: "demo/data.txt", Data: "again"},
		record.Member{Name: "../up", Data: "x"},
		record.Member{Name: "demo/link", Mode: 0o120777, Data: "x"},
		record.Member{Name: "demo/false", Local: func(h []byte) { h[8]++ }},
		record.Member{Name: w.Info + "/RECORD.jws", Data: "x"},
		record.Member{Name: w.Info + "/RECORD.p7s", Data: "x"},
		record.Member{Name: "other-1.0.dist-info/RECORD.jws", Data: "x"},
		record.Member{Name: "demo/plain", Data: "x"},
	)
	w.Rows = append(w.Rows, record.Row("demo/sub/", ""), record.Row("demo/link", "x"), record.Row("../up", "x"), w.Info+"/RECORD.jws,,")
	a := open(t, w)
	c, got := compare(t, a, w.Record())
	var rows []string
	for i, m := range a.Members {
		if c.Rows[i] != nil {
			rows = append(rows, m.Name)
		}
	}
	want := []string{
		"demo/__init__.py", "demo/core.so", "demo/data.txt", "demo-1.0.data/scripts/demo-run",
		"demo-1.0.data/data/share/demo.txt", "demo-1.0.data/headers/demo.h", "demo-1.0.data/platlib/demo/plat.py",
		w.Info + "/METADATA", w.Info + "/WHEEL", w.Info + "/entry_points.txt", w.Info + "/RECORD.jws", w.Info + "/RECORD",
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("members with a row (-want +got):\n%s", d)
	}
	if d := cmp.Diff(compared{
		Outside: []string{"../up"}, Missing: []string{"demo/sub"},
		Unlisted: []string{"other-1.0.dist-info/RECORD.jws", "demo/plain"},
	}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Rule: RECORD of a wheel has no row for a signature of it, which is made after it,
// with a hash or without. Rows of other files of such names are as all others.
func TestSignaturesHaveNoRow(t *testing.T) {
	w := record.Good()
	rows := map[string]bool{
		w.Info + "/RECORD.jws": true, "./" + w.Info + "//RECORD.p7s": true,
		w.Info + "/x/RECORD.jws": false, "demo/RECORD.jws": false, "RECORD.p7s": false, w.Info + "/RECORD": false,
	}
	for row, bad := range rows {
		for _, text := range []string{row + ",,", record.Row(row, "x")} {
			a := open(t, w)
			r, faults := wheel.ParseRecord(text)
			c := a.CompareRecord(r)
			if len(c.Faults) > 0 != bad || bad && (c.Faults[0].Kind != wheel.BadRecord || c.Faults[0].Path != row) {
				t.Errorf("%q: %v", text, c.Faults)
			}
			// Installers write such rows to the RECORD of a tree.
			if bad && len(faults) > 0 {
				t.Errorf("%q of a tree: %v", text, faults)
			}
		}
	}
}
