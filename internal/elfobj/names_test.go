package elfobj_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/written"
)

// namesOf returns the names in an object that is read twice: in pieces of a size, and its
// data alone.
func namesOf(t *testing.T, data []byte, piece int) []string {
	t.Helper()
	o := checked(t, data)
	if o == nil {
		t.Fatal("no object")
	}
	var s elfobj.NameScan
	for p := range slices.Chunk(data, piece) {
		if n, err := s.Write(p); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
	}
	names := o.NamesIn(&s)
	ofData := o.NameScan()
	for p := range slices.Chunk(data, piece) {
		ofData.Write(p)
	}
	if of := o.NamesIn(ofData); !slices.Equal(names, of) {
		t.Fatalf("in pieces %q, those of its data %q", names, of)
	}
	alone, err := o.ReadNames(bytes.NewReader(data))
	if err != nil || !slices.Equal(names, alone) {
		t.Fatalf("in pieces %q, its data alone %q %v", names, alone, err)
	}
	return names
}

// Rule: a name of a library is a whole string of the data that ends with NUL: no part of a
// path or of a text, no library of another system.
func TestNamesAreWholeStrings(t *testing.T) {
	for text, want := range map[string]string{
		"\x00libfoo.so\x00":                              "libfoo.so",
		"\x00libfoo.so.1\x00":                            "libfoo.so.1",
		"\x00libfoo-2.0+x_y.so.1.20.3\x00":               "libfoo-2.0+x_y.so.1.20.3",
		"\x00lib.so.so\x00":                              "lib.so.so",
		"\x01libfoo.so\x00":                              "libfoo.so", // constants that are no text stand before it
		"\x80libfoo.so\x00":                              "libfoo.so",
		"\x00libfoo.so":                                  "", // no end
		"\x00libfoo.so\n\x00":                            "",
		"\x00/usr/lib/libfoo.so\x00":                     "",
		"\x00load libfoo.so\x00":                         "",
		"\x00a\nlibfoo.so\x00":                           "",
		"\x00xlibfoo.so\x00":                             "",
		"\x00lib%s.so\x00":                               "",
		"\x00libfoo.so.%d\x00":                           "",
		"\x00libfoo.so.\x00":                             "",
		"\x00libfoo.so..1\x00":                           "",
		"\x00libfoo.so.1a\x00":                           "",
		"\x00libfoo.source\x00":                          "",
		"\x00libfoo.dylib\x00":                           "",
		"\x00foo.dll\x00":                                "",
		"\x00foo.so\x00":                                 "",
		"\x00lib.so\x00":                                 "",
		"\x00lib" + strings.Repeat("x", 122) + ".so\x00": "lib" + strings.Repeat("x", 122) + ".so",
		"\x00lib" + strings.Repeat("x", 123) + ".so\x00": "",
	} {
		data, _ := appended(bareObject(), []byte("\x00"+text))
		if got := strings.Join(namesOf(t, data, 1<<10), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Rule: an object's own name, what it needs, and whatever stands in its string table are
// not opened by it; nor is what a copy of that table elsewhere in the file has.
func TestNamesOfTheStringTable(t *testing.T) {
	o := bareObject()
	o.Soname, o.Needed, o.Runpath = "libself.so.1", []string{"libneed.so.2", "libnew-1234abcd.so"}, []string{"libold.so.3"}
	data := written.Object(o)
	at := bytes.Index(data, []byte("\x00libneed.so.2\x00"))
	table := data[at : at+bytes.LastIndex(data[at:], []byte{0})+1]
	for what, more := range map[string]string{
		"own":                 "\x00libself.so.1\x00",
		"needed":              "\x00libneed.so.2\x00",
		"the table":           "",
		"a copy of the table": "XXXX" + string(table) + "XXXX",
		"its end":             "XXXX" + string(table[bytes.Index(table, []byte("1234abcd")):]) + "XXXX",
	} {
		data, _ := appended(o, append([]byte(more), 0))
		if got := namesOf(t, data, 1<<10); len(got) > 0 {
			t.Errorf("%s: %q", what, got)
		}
	}
	data, _ = appended(o, []byte("some text\x00libold.so.3\x00more of it\x00"))
	if got := namesOf(t, data, 1<<10); !slices.Equal(got, []string{"libold.so.3"}) {
		t.Errorf("a name that the table has too: %q", got)
	}
}

// Rule: only what a PT_LOAD maps is data; code is looked at only where constants may be in
// the same PT_LOAD.
func TestNamesAreMapped(t *testing.T) {
	data := append(written.Object(bareObject()), "\x00libbehind.so\x00\x00"...)
	if got := namesOf(t, data, 1<<10); len(got) > 0 {
		t.Errorf("not mapped: %q", got)
	}
	flags := func(data []byte, f elf.ProgFlag) { binary.LittleEndian.PutUint32(data[64+4:], uint32(f)) }
	data, off := appended(bareObject(), []byte("\x00libcode.so\x00\x00"))
	flags(data, elf.PF_R|elf.PF_X)
	if got := namesOf(t, data, 1<<10); len(got) != 1 {
		t.Errorf("code and constants in one: %q", got)
	}
	// A second PT_LOAD, of constants.
	constants := data[64+56*2:]
	binary.LittleEndian.PutUint32(constants, uint32(elf.PT_LOAD))
	binary.LittleEndian.PutUint32(constants[4:], uint32(elf.PF_R))
	binary.LittleEndian.PutUint16(data[56:], 3) // e_phnum
	if got := namesOf(t, data, 1<<10); len(got) > 0 {
		t.Errorf("code alone: %q", got)
	}
	binary.LittleEndian.PutUint64(constants[8:], off)
	binary.LittleEndian.PutUint64(constants[32:], 13)
	if got := namesOf(t, data, 1<<10); len(got) != 1 {
		t.Errorf("constants alone: %q", got)
	}
}

// plainNames is the rule said otherwise.
var plainNames = regexp.MustCompile(`(?:^|[^\t-\r -~])(lib[-+.\w]+\.so(?:\.[0-9]+)*)$`)

// Rule: whatever the bytes and in whatever pieces they come, the names are those of the
// plain rule: strings up to a NUL.
func FuzzNames(f *testing.F) {
	f.Add([]byte("\x00libfoo.so.1\x00\xffliba.so\x00b/libc.so\x00"), uint8(3))
	f.Add([]byte("libfoo.so\x00"+strings.Repeat("x", 500)+"\x00libbar.so\x00"), uint8(200))
	f.Fuzz(func(t *testing.T, more []byte, piece uint8) {
		data, off := appended(bareObject(), append(bytes.Clone(more), 0xff))
		var want []string
		for s := range strings.SplitAfterSeq(string(data[off:]), "\x00") {
			s, ended := strings.CutSuffix(s, "\x00")
			latin := []rune{}
			for _, c := range []byte(s) {
				latin = append(latin, rune(c))
			}
			if m := plainNames.FindStringSubmatch(string(latin)); m != nil && ended && len(m[1]) <= 128 {
				want = append(want, m[1])
			}
		}
		slices.Sort(want)
		if got := namesOf(t, data, int(piece)+1); !slices.Equal(got, slices.Compact(want)) {
			t.Fatalf("pieces of %d: %q, want %q", int(piece)+1, got, want)
		}
	})
}

// Rule: in pieces of random sizes the names are the same.
func TestNamesInPieces(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	var want []string
	for i := range 200 {
		b.Write(bytes.Repeat([]byte{'.'}, random.IntN(400)))
		name := "libx" + strings.Repeat("y", i%90) + ".so." + strings.Repeat("1", i%7+1)
		b.WriteString("\x00" + name + "\x00")
		want = append(want, name)
	}
	slices.Sort(want)
	data, _ := appended(bareObject(), b.Bytes())
	for range 50 {
		if got := namesOf(t, data, 1+random.IntN(600)); !slices.Equal(got, slices.Compact(want)) {
			t.Fatalf("%d names, want %d", len(got), len(want))
		}
	}
}

// Rule: a file of nothing but names has a bound.
func TestNamesAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 1 << 14 {
		b.WriteString("libx" + strings.Repeat("1", i%100) + string(rune('a'+i%26)) + ".so\x00")
	}
	data, _ := appended(bareObject(), []byte(b.String()))
	if got := namesOf(t, data, 1<<16); len(got) == 0 || len(got) > 1<<8 {
		t.Errorf("%d names", len(got))
	}
	for _, headers := range []int{7} { // PT_LOADs over one another are one
		for i := range headers {
			copy(data[64+56*i:], data[64:64+56])
		}
		data[56] = byte(headers)
		r := &countingReader{head: data}
		o, err := elfobj.Read(r, int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		r.read = 0
		if _, err := o.ReadNames(r); err != nil || r.read > len(data) {
			t.Errorf("%d bytes read of %d: %v", r.read, len(data), err)
		}
	}
}
