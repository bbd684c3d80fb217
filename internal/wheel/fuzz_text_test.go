package wheel_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// with opens a good wheel in which one file of dist-info holds a text.
func with(t *testing.T, name, text string) *wheel.Archive {
	t.Helper()
	w := record.Good()
	w.Member(w.Info + "/" + name).Data = text
	for i := range w.Members {
		w.Members[i].Stored = true // deflating takes most of the time
	}
	data := w.Bytes()
	a, err := wheel.NewArchive(bytes.NewReader(data), int64(len(data)), w.File)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Rule: METADATA and WHEEL say the same in an archive and in a tree. Its values are lines
// without blanks around them, and written as fields they are read as they were.
func FuzzMetadata(f *testing.F) {
	for _, text := range []string{
		"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: numpy>=1 ; extra == \"x\"\n\nName: text\n",
		"name:demo\r\nVERSION :1.0\r\n\r\n", "Name: a\nName: b\nRequires-Dist: c\n\tRequires-Dist: d\n", "Name\n: x\nName:\n", "\nName: x\n", "Name: \x00\u202e\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := with(t, "METADATA", text).Dist
		for _, v := range append([]string{got.Name, got.Version}, got.Requires...) {
			if v != strings.TrimSpace(v) || strings.Contains(v, "\n") {
				t.Fatalf("%q", v)
			}
		}
		root := t.TempDir()
		good := record.Good()
		tree := func(text string) wheel.Dist {
			dir := filepath.Join(root, got.Dir)
			if err := os.MkdirAll(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"METADATA": text, "WHEEL": good.Member(good.Info + "/WHEEL").Data} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			return wheel.ReadDistInfo(root, got.Dir)
		}
		if in := tree(text); !reflect.DeepEqual(in, got) {
			t.Fatalf("%+v in a tree, %+v in an archive", in, got)
		}
		var b strings.Builder
		fmt.Fprintf(&b, "Name: %s\nVersion: %s\n", got.Name, got.Version)
		for _, line := range got.Requires {
			fmt.Fprintf(&b, "Requires-Dist: %s\n", line)
		}
		if again := tree(b.String()); !reflect.DeepEqual(again, got) {
			t.Fatalf("%+v became %+v", got, again)
		}
	})
}

// Rule: whatever WHEEL holds, its first Wheel-Version alone decides whether it is a
// fault, which is one line with nothing hidden in it.
func FuzzWheel(f *testing.F) {
	for _, version := range []string{"1.0", "0.1", "2.0", "", "1", "x", "1.0\nWheel-Version: 2.0", "1.\u202e0", "1.0\n 1"} {
		f.Add("Wheel-Version: " + version + "\nTag: py3-none-any\n")
	}
	f.Fuzz(func(t *testing.T, text string) {
		a := with(t, "WHEEL", text)
		path := a.Dist.Dir + "/WHEEL"
		msg := lastFault(a, path)
		quoted, known := strings.CutSuffix(strings.TrimPrefix(msg, "Wheel-Version "), ": versions up to 1.x are known")
		if msg != "" && msg != "it has no Wheel-Version" && !known || strings.ContainsAny(quoted, "\r\n\x1b\u202e") {
			t.Fatalf("%q", msg)
		}
		if later := lastFault(with(t, "WHEEL", "Wheel-Version: 1.0\nGenerator: x\n"+text), path); later != "" {
			t.Fatalf("%q is read before the first", later)
		}
	})
}

// Rule: each entry point is a file below bin, and written as one it is read as it was.
func FuzzEntryPoints(f *testing.F) {
	for _, text := range []string{
		"[console_scripts]\ndemo = demo:main\n[gui_scripts]\ngui=demo:gui [extra]\n[other]\nx = y\n", "[ console_scripts ]\r\n# a = b\r\n = c\r\n",
		"[console_scripts]\n../x = y\n.wheel-auto-patch-journal = y\n/x = y\nx\\y = z\na = b = c\n", "x = y\n[[console_scripts]]\n\u202ex = y\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a := with(t, "entry_points.txt", text)
		again := "[console_scripts]\n"
		for _, name := range a.Scripts {
			if name == "" || strings.ContainsAny(name, "\n=\\\x00") || strings.Contains("/"+name, "/.wheel-auto-patch-") {
				t.Fatalf("%q", name)
			}
			checkInside(t, "/prefix/bin", name)
			again += name + " = x:y\n"
		}
		if b := with(t, "entry_points.txt", again); !reflect.DeepEqual(b.Scripts, a.Scripts) {
			t.Fatalf("%q became %q", a.Scripts, b.Scripts)
		}
		for _, fault := range a.Faults {
			if strings.ContainsAny(fault.Msg, "\r\n\x1b\u202e") {
				t.Fatalf("%q", fault.Msg)
			}
		}
	})
}

// Rule: a column is read back from both ways of writing it, and a row that is taken
// has to encoding/csv the same columns.
func FuzzColumn(f *testing.F) {
	for _, column := range []string{"a", "", "a,b", "a\nb", "a\r\nb", `a"b`, `"`, `""`, " a", "é", "a\rb", `"a"b`} {
		f.Add(column)
	}
	f.Fuzz(func(t *testing.T, column string) {
		if !utf8.ValidString(column) || len(column) > 4096 || strings.HasPrefix(column, "\ufeff") {
			return
		}
		quoted := `"` + strings.ReplaceAll(column, `"`, `""`) + `",,` + "\n"
		if r, _ := wheel.ParseRecord(quoted); r == nil || len(r.Rows) != 1 || r.Rows[0].Path != column || r.Rows[0].Hash != "" || r.String() != quoted {
			t.Fatalf("%q is read as %+v", quoted, r)
		}
		bare := column + ",,\n"
		r, _ := wheel.ParseRecord(bare)
		if r == nil || strings.Contains(bare, "\r") {
			return // encoding/csv drops carriage returns, which are part of a name
		}
		in := csv.NewReader(strings.NewReader(bare))
		in.FieldsPerRecord = -1
		rows, err := in.ReadAll()
		if err != nil || len(rows) != len(r.Rows) {
			t.Fatalf("%q has %d rows, to encoding/csv %q, %v", bare, len(r.Rows), rows, err)
		}
		for i, row := range r.Rows {
			if got := []string{row.Path, row.Hash, row.Size}; !reflect.DeepEqual(got, rows[i]) {
				t.Fatalf("%q is %q, to encoding/csv %q", bare, got, rows[i])
			}
		}
	})
}
