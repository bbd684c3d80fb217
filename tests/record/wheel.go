package record

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// A Wheel is what an archive is made of. An edit of a test changes one thing.
type Wheel struct {
	File     string // its name
	Info     string // the dist-info folder
	Members  []Member
	Rows     []string // of RECORD, without line ending; that of RECORD comes last
	EOL      string
	BOM      string
	NoRecord bool
	End      End
}

// Good is a small wheel without fault: a package, an extension module that is an
// ELF object by its first bytes, a script, data and metadata.
func Good() *Wheel {
	w := &Wheel{File: "demo-1.0-py3-none-any.whl", Info: "demo-1.0.dist-info", EOL: "\n"}
	w.Add("demo/__init__.py", "answer = 42\n")
	w.Add("demo/core.so", "\x7fELF core\n")
	w.Add("demo/data.txt", "some data\n")
	w.Add("demo-1.0.data/scripts/demo-run", "#!python\nprint(42)\n")
	w.Add("demo-1.0.data/data/share/demo.txt", "shared\n")
	w.Add("demo-1.0.data/headers/demo.h", "int demo;\n")
	w.Add("demo-1.0.data/platlib/demo/plat.py", "plat = 1\n")
	w.Add(w.Info+"/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: numpy\n")
	w.Add(w.Info+"/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n")
	w.Add(w.Info+"/entry_points.txt", "[console_scripts]\ndemo = demo:main\n")
	w.Rows = append(w.Rows, w.Info+"/RECORD,,")
	return w
}

// Row is a true row.
func Row(name, data string) string {
	return fmt.Sprintf("%s,%s,%d", name, Hash(data), len(data))
}

// Hash is the second column of a true row.
func Hash(data string) string {
	sum := sha256.Sum256([]byte(data))
	return "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// Add puts a member into the archive and its row before that of RECORD.
func (w *Wheel) Add(name, data string) {
	w.Members = append(w.Members, Member{Name: name, Data: data})
	at := slices.Index(w.Rows, w.Info+"/RECORD,,")
	if at < 0 {
		at = len(w.Rows)
	}
	w.Rows = slices.Insert(w.Rows, at, Row(name, data))
}

// Member returns a member to edit.
func (w *Wheel) Member(name string) *Member {
	for i := range w.Members {
		if w.Members[i].Name == name {
			return &w.Members[i]
		}
	}
	panic("record: no member " + name)
}

// Drop takes a member out of the archive and leaves its row.
func (w *Wheel) Drop(name string) {
	w.Members = slices.DeleteFunc(w.Members, func(m Member) bool { return m.Name == name })
}

// Replace changes the row of a file; an empty new row takes it out.
func (w *Wheel) Replace(name, row string) {
	w.Rows = replaceRow(w.Rows, name, row)
}

func replaceRow(rows []string, name, row string) []string {
	for i, old := range rows {
		if strings.HasPrefix(old, name+",") {
			if rows[i] = row; row == "" {
				return slices.Delete(rows, i, i+1)
			}
			return rows
		}
	}
	panic("record: no row of " + name)
}

// Record is the text of RECORD.
func (w *Wheel) Record() string {
	return w.BOM + strings.Join(w.Rows, w.EOL) + w.EOL
}

// Bytes is the archive, RECORD its last member.
func (w *Wheel) Bytes() []byte {
	members := slices.Clone(w.Members)
	if !w.NoRecord {
		members = append(members, Member{Name: w.Info + "/RECORD", Data: w.Record()})
	}
	return Zip(members, w.End)
}
