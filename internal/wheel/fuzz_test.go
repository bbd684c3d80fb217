package wheel_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"io"
	"io/fs"
	"path/filepath"
	"runtime/metrics"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// memoryBound is what reading any archive may allocate, all its members
// together, freed or not: so it bounds what is in use at any time too.
const memoryBound = 64 << 20

// Rule: printing is the inverse of parsing; rows that encoding/csv writes are
// read with the same columns; a row that was edited differs in digest and size
// alone, and says of them what its text says; no row without fault that stays
// inside by Clean leads out of the root.
func FuzzRecord(f *testing.F) {
	for _, e := range record.ArchiveEdits() {
		w := record.Good()
		e.Edit(w)
		f.Add(w.Record())
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, faults := wheel.ParseRecord(text)
		if r == nil {
			if len(faults) == 0 {
				t.Fatal("neither rows nor a fault")
			}
			return
		}
		if r.String() != text {
			t.Fatalf("printed as %q", r.String())
		}
		bad := map[string]bool{}
		for _, fault := range faults {
			bad[fault.Path] = true
		}
		for _, row := range r.Rows {
			checkEdited(t, row)
			if clean, inside := wheel.Clean(row.Path); inside && !bad[row.Path] {
				checkInside(t, "/prefix/site", clean)
			}
		}
		checkColumns(t, r.Rows)
	})
}

// checkColumns has encoding/csv write the columns of rows and reads them.
func checkColumns(t *testing.T, rows []wheel.Row) {
	t.Helper()
	var text strings.Builder
	w := csv.NewWriter(&text)
	for _, row := range rows {
		if err := w.Write([]string{row.Path, row.Hash, row.Size}); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	second, _ := wheel.ParseRecord(text.String())
	if second == nil || len(second.Rows) != len(rows) {
		t.Fatalf("rows written as %q do not parse", text.String())
	}
	for i, row := range second.Rows {
		if was := rows[i]; row.Path != was.Path || row.Hash != was.Hash || row.Size != was.Size {
			t.Fatalf("row %+v became %+v", was, row)
		}
	}
}

// checkEdited edits a row to what each of some rows says, and parses it.
func checkEdited(t *testing.T, row wheel.Row) {
	t.Helper()
	others, _ := wheel.ParseRecord("x," + record.Hash("x") + ",1\ny,,\n")
	for _, other := range append(others.Rows, row) {
		edited := row.With(other.Digest(), other.ByteSize())
		text := (&wheel.Record{Rows: []wheel.Row{edited}}).String()
		parsed, _ := wheel.ParseRecord(text)
		if parsed == nil || len(parsed.Rows) != 1 {
			t.Fatalf("edited row %q does not parse", text)
		}
		got, want := parsed.Rows[0], other.Digest()
		want.Hex, want.Padded = false, false
		if got.Path != row.Path || got.Hash != edited.Hash || got.Size != edited.Size ||
			got.Digest() != want || edited.Digest() != want ||
			got.ByteSize() != other.ByteSize() || edited.ByteSize() != other.ByteSize() {
			t.Fatalf("row %q is %+v, edited to %+v", text, got, edited)
		}
	}
}

func checkInside(t *testing.T, root, rel string) {
	t.Helper()
	if p := filepath.Join(root, rel); !strings.HasPrefix(p, root+"/") || strings.ContainsAny(p, "\x00\\") {
		t.Fatalf("%q leads to %q", rel, p)
	}
}

// Rule: no archive member leads outside the place that it is installed to.
func FuzzInstallPath(f *testing.F) {
	for _, e := range record.ArchiveEdits() {
		w := record.Good()
		e.Edit(w)
		for _, m := range w.Members {
			f.Add(m.Name)
		}
	}
	for _, scheme := range []string{"scripts", "data", "headers", "purelib", "platlib"} {
		f.Add("demo-1.0.data/" + scheme + "/../x")
		f.Add("demo-1.0.data/" + scheme + "//etc/passwd")
	}
	data := record.Good().Bytes()
	a, err := wheel.NewArchive(bytes.NewReader(data), int64(len(data)), "demo-1.0-py3-none-any.whl")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name string) {
		scheme, rel := a.InstallPath(name)
		if scheme == "" {
			return
		}
		if filepath.IsAbs(rel) {
			t.Fatalf("%q leads to %q", name, rel)
		}
		checkInside(t, "/prefix/"+string(scheme), rel)
		if !fs.ValidPath(strings.TrimSuffix(name, "/")) {
			t.Fatalf("%q is no path to io/fs and has a place", name)
		}
	})
}

// Rule: arbitrary bytes neither panic nor pass 64 MB. And an archive that is
// found faultless is to Go's archive/zip, which reads by other code, the same
// members with the same contents. Prefix returns what they begin with.
func FuzzArchive(f *testing.F) {
	for _, e := range record.ArchiveEdits() {
		w := record.Good()
		e.Edit(w)
		if len(w.Members) < 3 || len(w.Members[2].Data) < 1<<20 { // not the bomb
			f.Add(w.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := allocated()
		contents, clean := readAll(t, data)
		if used := allocated() - before; used > memoryBound {
			t.Fatalf("%d bytes allocated", used)
		}
		if clean {
			compareZip(t, data, contents)
		}
	})
}

// maxRead cuts what a run of the fuzzer reads of each member: longer ones are
// slow and teach nothing new.
const maxRead = 1 << 20

// readAll reads an archive as verification does, and reports whether nothing was
// wrong with it.
func readAll(t *testing.T, data []byte) (contents map[string][]byte, clean bool) {
	t.Helper()
	a, err := wheel.NewArchive(bytes.NewReader(data), int64(len(data)), "demo-1.0-py3-none-any.whl")
	if err != nil {
		return nil, false
	}
	contents, clean = map[string][]byte{}, true
	for _, fault := range a.Faults {
		clean = clean && fault.Kind != wheel.Damaged && fault.Kind != wheel.UnsafePath && fault.Kind != wheel.Twice
	}
	buf := make([]byte, 64<<10)
	for i := range a.Members {
		m := &a.Members[i]
		r, err := a.Open(m)
		if err != nil {
			clean = false
			continue
		}
		var n int64
		for err == nil && n < maxRead {
			var k int
			k, err = r.Read(buf)
			if n += int64(k); n > m.Size {
				t.Fatalf("%q: %d bytes read of %d", m.Name, n, m.Size)
			}
			if n < 4<<10 {
				contents[m.Name] = append(contents[m.Name], buf[:k]...)
			}
		}
		clean = clean && err == io.EOF
		r.Close()
	}
	return contents, clean
}

// compareZip compares what was read with what archive/zip reads.
func compareZip(t *testing.T, data []byte, contents map[string][]byte) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("archive/zip: %v", err)
	}
	for _, file := range r.File {
		if file.NonUTF8 && !isASCII(file.Name) {
			continue // archive/zip does not know code page 437
		}
		in, err := file.Open()
		if err != nil {
			t.Fatalf("archive/zip: %q: %v", file.Name, err)
		}
		whole, err := io.ReadAll(io.LimitReader(in, maxRead))
		if err != nil {
			t.Fatalf("archive/zip: %q: %v", file.Name, err)
		}
		checkPrefix(t, data, file.Name, whole)
		if got := contents[file.Name]; len(whole) < 4<<10 && !bytes.Equal(got, whole) {
			t.Fatalf("%q is %q, to archive/zip %q", file.Name, got, whole)
		}
	}
}

// checkPrefix asks for the beginning of a member alone.
func checkPrefix(t *testing.T, data []byte, name string, whole []byte) {
	t.Helper()
	a, err := wheel.NewArchive(bytes.NewReader(data), int64(len(data)), "demo-1.0-py3-none-any.whl")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 4, 4 << 10} {
		want := whole[:min(n, len(whole))]
		if got, err := a.Prefix(a.Lookup(name), n); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%q begins as %q, %v; want %q", name, got, err, want)
		}
	}
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 0x7f }) < 0
}

func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
