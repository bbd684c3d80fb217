package tree

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// bigMember is an archive of one member that no window holds whole, and its
// contents.
func bigMember(t *testing.T, method uint16) (*wheel.Archive, []byte) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	contents := make([]byte, headSize+3*tailSize+12345)
	for i := range contents {
		if contents[i] = byte(i >> 8); i%64 == 0 {
			contents[i] = byte(random.Uint32())
		}
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	m, err := w.CreateHeader(&zip.FileHeader{Name: "demo/big.so", Method: method})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Write(contents); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "demo-1.0-py3-none-any.whl")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	a, err := wheel.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a, contents
}

// Rule: whatever is read of a member, in whatever order, is what the file would
// hold there; a temporary file is made only for what is neither at the beginning
// nor just before the farthest read.
func TestMemberWindow(t *testing.T) {
	stored, contents := bigMember(t, zip.Store)
	deflated, _ := bigMember(t, zip.Deflate)
	archives := map[string]*wheel.Archive{"stored": stored, "deflated": deflated}
	near, far := int64(headSize+2*tailSize-100), int64(headSize+tailSize/2)
	for _, test := range []struct {
		name string
		at   []int64
		file bool
	}{
		{"forwards", []int64{0, 100, headSize - 50, headSize, near}, false},
		{"back to the head", []int64{near, 0, headSize - 20<<10, near}, false},
		{"across the end of the head", []int64{headSize - 1, 0, headSize - 1}, false},
		{"a little back", []int64{near, near - tailSize + 2*readSize, near - 1}, false},
		{"too far back", []int64{near + tailSize/2, near - tailSize/2 - 2*readSize}, true},
		{"back to the middle", []int64{near + tailSize/2, far, 0, near}, true},
	} {
		for method, a := range archives {
			w := new(memberWindow)
			if err := w.open(a, &a.Members[0]); err != nil {
				t.Fatal(err)
			}
			for _, at := range test.at {
				p := make([]byte, 16<<10)
				if _, err := w.ReadAt(p, at); err != nil || !bytes.Equal(p, contents[at:at+int64(len(p))]) {
					t.Errorf("%s, %s: at %d: %v, or other bytes", test.name, method, at, err)
				}
			}
			if err := w.readRest(); err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			if (w.file != nil) != test.file {
				t.Errorf("%s: temporary file %v, want %v", test.name, w.file != nil, test.file)
			}
			w.close()
		}
	}
}

// Rule: the window of one member serves the next one, of whatever size.
func TestMemberWindowIsUsedAnew(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	sizes := []int{10, headSize + tailSize, 0, headSize, headSize - 1, 3}
	for i, size := range sizes {
		m, err := z.Create(string(rune('a' + i)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write(bytes.Repeat([]byte{byte(i)}, size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	a, err := wheel.NewArchive(bytes.NewReader(b.Bytes()), int64(b.Len()), "demo-1.0-py3-none-any.whl")
	if err != nil {
		t.Fatal(err)
	}
	w := new(memberWindow)
	for i, size := range sizes {
		if err := w.open(a, &a.Members[i]); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(io.NewSectionReader(w, 0, int64(size)))
		if err != nil || !bytes.Equal(got, bytes.Repeat([]byte{byte(i)}, size)) {
			t.Errorf("member %d: %d bytes, %v", i, len(got), err)
		}
		if err := w.readRest(); err != nil {
			t.Errorf("member %d: %v", i, err)
		}
		w.close()
	}
}

// Rule: an object with another checksum than the archive declares is damaged,
// even where nothing after its tables is wanted.
func TestMemberChecksum(t *testing.T) {
	exe, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skip(err)
	}
	data := storedWheel(t, exe)
	at := bytes.LastIndex(data, exe[len(exe)-64:]) + 63
	data[at] ^= 1
	a, err := wheel.NewArchive(bytes.NewReader(data), int64(len(data)), "demo-1.0-py3-none-any.whl")
	if err != nil {
		t.Fatal(err)
	}
	if o, _, err := newMemberReader(a, Options{}).object(t.Context(), &a.Members[0]); err == nil {
		t.Errorf("taken as sound: %v", o.Type)
	}
	data[at] ^= 1
	if o, _, err := newMemberReader(a, Options{}).object(t.Context(), &a.Members[0]); err != nil || o == nil {
		t.Error(o, err)
	}
}

func storedWheel(t *testing.T, contents []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	m, err := z.CreateHeader(&zip.FileHeader{Name: "demo/x", Method: zip.Store})
	if err == nil {
		_, err = m.Write(contents)
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
