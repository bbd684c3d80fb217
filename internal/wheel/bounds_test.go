package wheel_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// A countingReader counts the bytes that are asked for.
type countingReader struct {
	*bytes.Reader
	n int64
}

func (r *countingReader) ReadAt(p []byte, off int64) (int, error) {
	r.n += int64(len(p))
	return r.Reader.ReadAt(p, off)
}

// cost opens an archive and returns the bytes that were allocated and read.
func cost(t *testing.T, w *record.Wheel) (a *wheel.Archive, alloc, read, size int64) {
	t.Helper()
	data := w.Bytes()
	r := &countingReader{Reader: bytes.NewReader(data)}
	before := allocated()
	a, err := wheel.NewArchive(r, int64(len(data)), w.File)
	if err != nil {
		t.Fatal(err)
	}
	return a, int64(allocated() - before), r.n, int64(len(data))
}

// Rule: the bytes that an archive's directory costs in memory and reading grow as
// the members do, whether their names are long, deep, equal but for case, or false.
func TestCostGrowsAsMembers(t *testing.T) {
	for name, member := range map[string]func(i int) record.Member{
		"plain": func(i int) record.Member { return record.Member{Name: fmt.Sprintf("demo/m%d.py", i)} },
		"deep": func(i int) record.Member {
			return record.Member{Name: strings.Repeat("x/", 200) + fmt.Sprint(i)}
		},
		"case": func(i int) record.Member {
			return record.Member{Name: "demo/" + strings.Map(flip(i), "abcdefghijklmnop")}
		},
		"twice":     func(int) record.Member { return record.Member{Name: "demo/same"} },
		"own names": func(i int) record.Member { return record.Member{Name: fmt.Sprintf("demo/.wheel-auto-patch-%d", i)} },
		"data":      func(i int) record.Member { return record.Member{Name: fmt.Sprintf("demo-1.0.data/scripts/%d", i%9)} },
		"infos":     func(i int) record.Member { return record.Member{Name: fmt.Sprintf("d%d-1.dist-info/METADATA", i)} },
	} {
		var alloc, read [2]int64
		for k, n := range []int{2000, 8000} {
			w := record.Good()
			for i := range n {
				m := member(i)
				m.Stored = true
				w.Members = append(w.Members, m)
			}
			var size int64
			_, alloc[k], read[k], size = cost(t, w)
			if read[k] > 3*size {
				t.Errorf("%s: %d bytes of %d read", name, read[k], size)
			}
		}
		if alloc[1] > 6*alloc[0] || read[1] > 6*read[0] {
			t.Errorf("%s: four times the members cost %v bytes of memory, %v of reading", name, alloc, read)
		}
	}
}

// flip returns what makes the letters large for which i has a bit.
func flip(i int) func(r rune) rune {
	return func(r rune) rune {
		if i>>(r-'a')&1 == 1 {
			return r - 'a' + 'A'
		}
		return r
	}
}

// Rule: local headers at one place are not read over and over.
func TestOneLocalHeaderOfMany(t *testing.T) {
	w := record.Good()
	var place [4]byte
	w.Members = append(w.Members, record.Member{
		Name: "demo/first", LocalExtra: append([]byte{0xfe, 0xca, 0xf0, 0xff}, make([]byte, 0xfff0)...),
		Central: func(h []byte) { copy(place[:], h[42:]) },
	})
	for i := range 1000 {
		w.Members = append(w.Members, record.Member{Name: fmt.Sprint("demo/", i), Central: func(h []byte) { copy(h[42:], place[:]) }})
	}
	a, alloc, read, size := cost(t, w)
	if read > 3*size || alloc > 10<<20 || lastFault(a, "demo/first") != "it overlaps what comes after it" {
		t.Errorf("%d of %d bytes read, %d allocated, %q", read, size, alloc, lastFault(a, "demo/first"))
	}
}

// Rule: a file is found below which another member lies, however deep and long the
// names are.
func TestFileAboveMember(t *testing.T) {
	const below = "its directory is a file of the archive: "
	w, want := record.Good(), map[string]string{}
	for depth := 1; depth < 700; depth += 3 {
		for i, below := range []func(file string) (name, want string){
			func(file string) (string, string) { return file + "/x", below + file },
			func(file string) (string, string) { return file + "/x/y/z", below + file },
			func(file string) (string, string) { return file + "/", "it is both a file and a directory" },
			func(file string) (string, string) { return file + "x/y", "" },
			func(file string) (string, string) { return strings.TrimSuffix(file, "f") + "g/f", "" },
		} {
			file := fmt.Sprintf("%d-%d/", depth, i) + strings.Repeat("a/", depth) + "f"
			name, fault := below(file)
			w.Members = append(w.Members, record.Member{Name: file, Stored: true}, record.Member{Name: name, Stored: true})
			want[file], want[name] = "", fault
		}
	}
	got := map[string]string{}
	for _, f := range open(t, w).Faults {
		got[f.Path] = f.Msg
	}
	for name, fault := range want {
		if got[name] != fault {
			t.Fatalf("%d: %q; want %q", len(name), got[name], fault)
		}
	}
}

// Rule: a column of RECORD has at most 4096 bytes, and the error says so. What is
// longer costs no memory.
func TestColumnBound(t *testing.T) {
	long := strings.Repeat("x", 4096)
	for name, good := range map[string]string{"bare": long, "quoted": `"` + long + `"`, "quotes": `"` + strings.Repeat(`""`, 4096) + `"`} {
		if r, faults := wheel.ParseRecord(good + "," + record.Hash("x") + ",1\n"); r == nil || len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
		}
	}
	huge := strings.Repeat("x", 9<<20)
	for name, column := range map[string]string{
		"bare": huge, "quoted": `"` + huge + `"`, "quotes": `"` + strings.Repeat(`""`, 4<<20) + `"`,
		"one more": long + "x", "one more quoted": `"` + long + `x"`, "one more quote": `"` + long + `"""`,
	} {
		for _, text := range []string{column + ",,", "x," + column + ",", "x,," + column} {
			text = "x,,\n" + text
			before := allocated()
			r, faults := wheel.ParseRecord(text)
			used := allocated() - before
			if r != nil || len(faults) != 1 || faults[0].Msg != "line 2: a column of more than 4096 bytes, which no path has" || used > 1<<20 {
				t.Errorf("%s: %v, %d bytes allocated", name, faults, used)
			}
		}
	}
}

// Rule: an archive unpacks to 1 GiB or to a hundred times its size; the error says
// how much is too much.
func TestUnpackedBound(t *testing.T) {
	for sizes, want := range map[[2]uint32]string{
		{1 << 29, 1 << 28}:         "",
		{1 << 30, 1 << 10}:         "it unpacks to more than 1024 MiB",
		{1<<32 - 2, 1<<32 - 2}:     "it unpacks to more than 1024 MiB",
		{1 << 29, 1<<29 + 20<<20}:  "it unpacks to more than 1024 MiB",
		{1<<30 - 1<<16, 1<<16 - 1}: "it unpacks to more than 1024 MiB",
	} {
		w := record.Good()
		for i, size := range sizes {
			w.Members = append(w.Members, record.Member{Name: fmt.Sprint("demo/zeros", i), Declared: func(uint32) uint32 { return size }})
		}
		data := w.Bytes()
		_, err := wheel.NewArchive(bytes.NewReader(data), int64(len(data)), w.File)
		if fault := (*wheel.Fault)(nil); want == "" && err != nil || want != "" && (!errors.As(err, &fault) || !strings.HasPrefix(fault.Msg, want)) {
			t.Errorf("%v: %v", sizes, err)
		}
	}
	w := record.Good()
	w.Members = append(w.Members, record.Member{Name: "demo/noise", Stored: true, Data: strings.Repeat("x", 12<<20)})
	w.Members = append(w.Members, record.Member{Name: "demo/zeros", Declared: func(uint32) uint32 { return 1100 << 20 }})
	if a := open(t, w); lastFault(a, "demo/zeros") != "" {
		t.Error("a large archive unpacks to less than a hundred times its size, and is refused")
	}
}

// Rule: a file of dist-info that is too large to be read is a fault that says how
// much is read.
func TestSmallFileBound(t *testing.T) {
	for _, name := range []string{"METADATA", "WHEEL", "entry_points.txt"} {
		for _, size := range []int{4 << 20, 4<<20 + 1} {
			w := record.Good()
			m := w.Member(w.Info + "/" + name)
			m.Data += strings.Repeat("\n", size-len(m.Data))
			want := map[bool]string{true: "it is larger than the 4 MiB that are read of such a file"}[size > 4<<20]
			if got := lastFault(open(t, w), m.Name); got != want {
				t.Errorf("%s of %d bytes: %q", name, size, got)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "RECORD")
	if err := errors.Join(os.WriteFile(file, nil, 0o666), os.Truncate(file, wheel.MaxRecord+1)); err != nil {
		t.Fatal(err)
	}
	before := allocated()
	_, err := wheel.ReadSmall(file, wheel.MaxRecord)
	if fault := (*wheel.Fault)(nil); !errors.As(err, &fault) || fault.Msg != "it is larger than the 10 MiB that are read of such a file" || allocated()-before > 1<<20 {
		t.Error(err)
	}
	if err := os.Truncate(file, wheel.MaxRecord); err != nil {
		t.Fatal(err)
	}
	if text, err := wheel.ReadSmall(file, wheel.MaxRecord); err != nil || len(text) != wheel.MaxRecord {
		t.Error(len(text), err)
	}
}

// Rule: of METADATA in a tree only the fields are read, and of these only those that
// count stay in memory.
func TestDistInfoStaysSmall(t *testing.T) {
	root := t.TempDir()
	const dir, n = "demo-1.0.dist-info", 20
	write := func(text string) {
		t.Helper()
		err := errors.Join(os.MkdirAll(filepath.Join(root, dir), 0o777), os.WriteFile(filepath.Join(root, dir, "METADATA"), []byte(text), 0o666))
		if err != nil {
			t.Fatal(err)
		}
	}
	const fields = "Name: Demo\r\nVersion: 1.0\r\nRequires-Dist: numpy\r\n"
	read := func() []wheel.Dist {
		dists := make([]wheel.Dist, n)
		for i := range dists {
			if dists[i] = wheel.ReadDistInfo(root, dir); dists[i].Name != "Demo" || len(dists[i].Requires) != 1 || dists[i].Requires[0] != "numpy" {
				t.Fatal(dists[i])
			}
		}
		return dists
	}
	write(fields + "\r\n" + strings.Repeat("Requires-Dist: text\n", 1<<20))
	before := allocated()
	read()
	if used := allocated() - before; used > n*32<<10 {
		t.Errorf("%d bytes for the fields", used)
	}
	write(fields + "Description: " + strings.Repeat("x", 1<<20) + "\r\n\r\n")
	before = inUse()
	dists := read()
	if after := inUse(); after > before+1<<20 {
		t.Errorf("%d bytes stay", after-before)
	}
	runtime.KeepAlive(dists)
	write(fields + "X: " + strings.Repeat("x", 4<<20) + "\r\n\r\n")
	if d := wheel.ReadDistInfo(root, dir); d.Name != "demo" || d.Requires != nil {
		t.Error("fields of more than 4 MiB are read")
	}
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Rule: contents of 32 MiB cost no more memory to read than those of one.
func TestBombCostsNoMemory(t *testing.T) {
	var used [2]uint64
	for i, size := range []int{1 << 20, 32 << 20} {
		w := record.Good()
		w.Add("demo/zeros.so", strings.Repeat("\x00", size))
		a := open(t, w)
		before := allocated()
		r, err := a.Open(a.Lookup("demo/zeros.so"))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, r); err != nil || n != int64(size) {
			t.Fatal(n, err)
		}
		r.Close()
		used[i] = allocated() - before
	}
	// Whether a decompressor, of 72 KiB, comes out of the pool is left to chance.
	if used[1] > used[0]+256<<10 {
		t.Errorf("%v bytes", used)
	}
}
