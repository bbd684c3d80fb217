package attacks

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

const text = "some data\n" // of the file data

const (
	malformedRecord = "record-malformed"
	weakHash        = "record-weak-hash"
	mismatch        = "record-hash-mismatch"
	outside         = "record-outside-output"
	missing         = "record-missing-file"
	duplicate       = "record-duplicate-row"
	unlisted        = "record-unlisted-file"
)

func TestCSV(t *testing.T) {
	table := digests()
	for _, part := range [][]attack{algorithms(), sizes(), rowPaths(), csvTexts(), ownRows()} {
		table = append(table, part...)
	}
	attacks(t, table)
}

// row replaces the row of the file.
func row(r string) func(g *ground) []string {
	return verified(func(w *record.Wheel) { w.Replace(data, r) })
}

// digests are spellings of a digest, for each algorithm of PEP 427.
func digests() (table []attack) {
	for _, alg := range []struct {
		name string
		hash func() hash.Hash
	}{{"sha256", sha256.New}, {"sha384", sha512.New384}, {"sha512", sha512.New}} {
		h := alg.hash()
		h.Write([]byte(text))
		sum := h.Sum(nil)
		right, digits := base64.RawURLEncoding.EncodeToString(sum), hex.EncodeToString(sum)
		other := append([]byte{sum[0] ^ 1}, sum[1:]...)
		for _, x := range []struct {
			name, digest string
			want         string
		}{
			{"right", right, ""},
			{"padded as base64", base64.URLEncoding.EncodeToString(sum), ""},
			{"in hexadecimal digits", digits, ""},
			{"in capital hexadecimal digits", strings.ToUpper(digits), ""},
			{"of other contents", base64.RawURLEncoding.EncodeToString(other), mismatch},
			{"of other contents, padded", base64.URLEncoding.EncodeToString(other), mismatch},
			{"of other contents in hexadecimal digits", hex.EncodeToString(other), mismatch},
			{"all zero", base64.RawURLEncoding.EncodeToString(make([]byte, len(sum))), mismatch},
			{"empty", "", malformedRecord},
			{"a letter short", right[:len(right)-1], malformedRecord},
			{"a letter long", right + "A", malformedRecord},
			{"of one byte", "AA", malformedRecord},
			{"padded too much", right + "====", malformedRecord},
			{"with a blank before it", " " + right, malformedRecord},
			{"with a blank after it", right + " ", malformedRecord},
			{"broken into two lines", `"` + right[:10] + "\n" + right[10:], malformedRecord},
			{"in the alphabet of common base64", "+/" + right[2:], malformedRecord},
			{"of letters beyond ASCII", "é" + right[2:], malformedRecord},
			{"with a second after it", right + ";" + right, malformedRecord},
			{"a digit of hexadecimal short", digits[1:], malformedRecord},
			{"with a prefix of hexadecimal", "0x" + digits, malformedRecord},
			{"of bits that base64 drops", loose(sum), malformedRecord},
		} {
			if x.digest == "" && x.name != "empty" {
				continue
			}
			column := alg.name + "=" + x.digest
			if quoted, ok := strings.CutPrefix(x.digest, `"`); ok {
				column = `"` + alg.name + "=" + quoted + `"`
			}
			a := attack{name: alg.name + " " + x.name, edit: row(data + "," + column + ",10")}
			if x.want != "" {
				a.want = []string{x.want + " " + data}
			}
			table = append(table, a)
		}
	}
	return table
}

// loose is the digest with its last letter changed so that lax decoders do not see it,
// or "" where every bit counts.
func loose(sum []byte) string {
	s := base64.RawURLEncoding.EncodeToString(sum)
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		other := s[:len(s)-1] + string(c)
		if got, err := base64.RawURLEncoding.DecodeString(other); err == nil && other != s && string(got) == string(sum) {
			return other
		}
	}
	return ""
}

// algorithms are names that prove too little or nothing.
func algorithms() (table []attack) {
	good, _ := strings.CutPrefix(record.Hash(text), "sha256=")
	for _, alg := range []string{"md5", "sha1", "sha224", "sha3_256", "blake2b", "shake_128", "crc32", "adler32", "sha", "sha2566", "sha-256", "SHA256", " sha256", "sha256 ", "none", ""} {
		table = append(table, attack{name: "a hash by " + alg + ".", edit: row(data + "," + alg + "=" + good + ",10"), want: []string{weakHash + " " + data}})
	}
	for _, x := range []struct{ name, column, want string }{
		{"no hash", "", weakHash},
		{"a digest alone", good, malformedRecord},
		{"a name alone", "sha256", malformedRecord},
		{"a colon for the sign", "sha256:" + good, malformedRecord},
		{"a blank", " ", malformedRecord},
	} {
		table = append(table, attack{name: "the hash column: " + x.name, edit: row(data + "," + x.column + ",10"), want: []string{x.want + " " + data}})
	}
	for _, file := range []string{"demo/__init__.py", "demo/core.so", metadata, wheelFile, entries, "demo-1.0.data/scripts/demo-run", "demo-1.0.data/platlib/demo/plat.py"} {
		table = append(table, attack{name: "no hash of " + file, want: []string{weakHash + " " + file}, edit: verified(func(w *record.Wheel) { w.Replace(file, file+",,") })})
		table = append(table, attack{name: "another byte in " + file, want: []string{mismatch + " " + file}, edit: verified(func(w *record.Wheel) {
			m := w.Member(file)
			m.Data = m.Data[:len(m.Data)-1] + " "
		})})
		table = append(table, attack{name: "no row of " + file, want: []string{unlisted + " " + file}, edit: verified(func(w *record.Wheel) { w.Replace(file, "") })})
	}
	return table
}

func sizes() (table []attack) {
	for _, x := range []struct{ name, size, want string }{
		{"is left out", "", ""},
		{"has a zero before it", "010", ""},
		{"is one more", "11", "record-size-mismatch"},
		{"is one less", "9", "record-size-mismatch"},
		{"is zero", "0", "record-size-mismatch"},
		{"is huge", "9223372036854775807", "record-size-mismatch"},
		{"is a word", "ten", malformedRecord},
		{"is negative", "-10", malformedRecord},
		{"has a sign", "+10", malformedRecord},
		{"has a blank before it", " 10", malformedRecord},
		{"has a blank after it", "10 ", malformedRecord},
		{"is hexadecimal", "0x0a", malformedRecord},
		{"has a point", "10.0", malformedRecord},
		{"has an exponent", "1e1", malformedRecord},
		{"has an underscore", "1_0", malformedRecord},
		{"is 10 modulo 2 to the 64", "18446744073709551626", malformedRecord},
		{"is 10 modulo 2 to the 32", "4294967306", "record-size-mismatch"},
		{"is of other digits", "１０", malformedRecord},
		{"has a NUL", "10\x00", malformedRecord},
		{"is a line", "\"10\n\"", malformedRecord},
	} {
		a := attack{name: "a size that " + x.name, edit: row(data + "," + record.Hash(text) + "," + x.size)}
		if x.want != "" {
			a.want = []string{x.want + " " + data}
		}
		table = append(table, a)
	}
	return table
}

// rowPaths are rows of files that the wheel does not have, or has by another name.
func rowPaths() (table []attack) {
	true10 := "," + record.Hash(text) + ",10"
	for _, x := range []struct{ name, path, want string }{
		{"climbs", "../evil.py", outside},
		{"climbs after going down", "demo/../../evil.py", outside},
		{"climbs to the top", strings.Repeat("../", 20) + "etc/passwd", outside},
		{"is absolute", "/etc/passwd", outside},
		{"begins with two slashes", "//etc/passwd", outside},
		{"has a drive letter", "c:/evil.py", outside},
		{"is two dots", "..", outside},
		{"climbs to where it was", "../demo/data.txt", outside},
		{"is a dot", ".", outside},
		{"is a slash", "/", outside},
		{"has a backslash", `demo\data.txt`, malformedRecord},
		{"climbs by backslashes", `..\evil.py`, malformedRecord},
		{"has a NUL", "demo/data.txt\x00", malformedRecord},
		{"is empty", "", malformedRecord},
		{"is not there", "demo/none.txt", missing},
		{"is a folder", "demo", missing},
		{"ends with a blank", "demo/data.txt ", missing},
		{"begins with a blank", " demo/data.txt", missing},
		{"is a tilde", "~/x", missing},
		{"is a variable", "$HOME/x", missing},
		{"is longer than a path", strings.Repeat("x/", 2100) + "x", malformedRecord},
		{"repeats another", "demo/data.txt", duplicate},
		{"repeats another by a dot", "./demo/data.txt", duplicate},
		{"repeats another by two slashes", "demo//data.txt", duplicate},
		{"repeats another by climbing", "demo/x/../data.txt", duplicate},
		{"repeats another by a slash at its end", "demo/data.txt/", duplicate},
		{"is in quotes and repeats another", `"demo/data.txt"`, duplicate},
		{"is the journal", ".wheel-auto-patch-journal", unsafePath},
		{"is the journal in the package", "demo/.wheel-auto-patch-journal", unsafePath},
		{"is the journal by case", ".WHEEL-auto-patch-journal", unsafePath},
		{"is below a kept file", "x/.wheel-auto-patch-old/y", unsafePath},
		{"is the journal after climbing", "../../../.wheel-auto-patch-journal", unsafePath},
	} {
		a := attack{name: "a row that " + x.name, want: []string{x.want}, edit: verified(func(w *record.Wheel) { w.Rows = append(w.Rows, x.path+true10) })}
		table = append(table, a)
	}
	return table
}

// csvTexts are texts that csv readers read in different ways.
func csvTexts() (table []attack) {
	whole := func(name string, edit func(text string) string, want ...string) {
		table = append(table, attack{name: "RECORD " + name, want: want, edit: verified(func(w *record.Wheel) {
			member(w, recordFile).Data = edit(w.Record())
		})})
	}
	const bad = malformedRecord + " " + recordFile
	whole("with CRLF", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") })
	whole("without an end of its last line", func(s string) string { return strings.TrimSuffix(s, "\n") })
	whole("with blank lines", func(s string) string { return "\n" + strings.ReplaceAll(s, "\n", "\n\n") })
	whole("with every column in quotes", func(s string) string {
		var b strings.Builder
		for line := range strings.Lines(s) {
			b.WriteString(`"` + strings.ReplaceAll(strings.TrimSuffix(line, "\n"), ",", `","`) + "\"\n")
		}
		return b.String()
	})
	whole("with CR alone", func(s string) string { return strings.ReplaceAll(s, "\n", "\r") }, bad)
	whole("with CR before CRLF", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\r\n") }, bad)
	whole("with a byte order mark", func(s string) string { return "\ufeff" + s }, bad)
	whole("in UTF-16", func(s string) string {
		var b strings.Builder
		b.WriteString("\xff\xfe")
		for _, c := range []byte(s) {
			b.WriteByte(c)
			b.WriteByte(0)
		}
		return b.String()
	}, bad)
	whole("in Latin-1", func(s string) string { return s + "demo/\xe9.txt,,\n" }, bad)
	whole("compressed", func(s string) string { return "\x1f\x8b\x08\x00" + s }, bad)
	whole("with semicolons", func(s string) string { return strings.ReplaceAll(s, ",", ";") }, bad)
	whole("with tabs", func(s string) string { return strings.ReplaceAll(s, ",", "\t") }, bad)
	whole("with a fourth column", func(s string) string { return strings.Replace(s, ",10\n", ",10,\n", 1) }, bad)
	whole("with a row of two columns", func(s string) string { return s + "demo/x," + record.Hash("x") + "\n" }, bad)
	whole("with a row of one column", func(s string) string { return s + "demo/x\n" }, bad)
	whole("with a row of a blank", func(s string) string { return s + " \n" }, bad)
	whole("with a quote that is never closed", func(s string) string { return s + `"demo/x,,` + "\n" }, bad)
	whole("with a quote inside of a column", func(s string) string { return s + `demo/"x",,` + "\n" }, bad)
	whole("with text after a quote", func(s string) string { return s + `"demo/x"y,,` + "\n" }, bad)
	whole("with a blank before a quote", func(s string) string { return s + ` "demo/x",,` + "\n" }, bad)
	whole("with an escaped comma", func(s string) string { return s + `demo/x\,y,,` + "\n" }, bad)
	whole("with a comment", func(s string) string { return "# made by hand\n" + s }, bad)
	whole("with the title of its columns", func(s string) string { return "path,hash,size\n" + s }, malformedRecord+" path")
	whole("that is JSON", func(string) string { return "{}\n" }, bad)
	whole("with a row over two lines", func(s string) string { return s + "\"demo/x\ny\"," + record.Hash("x") + ",1\n" }, missing)
	whole("that is empty", func(string) string { return "" }, unlisted)
	whole("of blank lines", func(string) string { return "\n\n\n" }, unlisted)
	whole("cut in the middle of a row", func(s string) string { return s[:strings.Index(s, "demo/data.txt")+9] }, bad)
	return table
}

// ownRows are rows of RECORD and of its signatures, and what hides behind their names.
func ownRows() (table []attack) {
	own := func(name string, edit func(w *record.Wheel), want ...string) {
		table = append(table, attack{name: name, want: want, edit: verified(edit)})
	}
	own("a row of RECORD with a hash", func(w *record.Wheel) { w.Replace(recordFile, record.Row(recordFile, "x")) }, mismatch+" "+recordFile)
	own("a row of RECORD with a size", func(w *record.Wheel) { w.Replace(recordFile, recordFile+",,1") }, "record-size-mismatch "+recordFile)
	own("RECORD twice", func(w *record.Wheel) { w.Rows = append(w.Rows, recordFile+",,") }, duplicate+" "+recordFile)
	for _, name := range []string{"RECORD.jws", "RECORD.p7s"} {
		path := "demo-1.0.dist-info/" + name
		own(name+" without a row", func(w *record.Wheel) { w.Members = append(w.Members, record.Member{Name: path, Data: "{}"}) })
		own(name+" with a row", func(w *record.Wheel) { w.Add(path, "{}") }, malformedRecord+" "+path)
		own(name+" with a row without hash", func(w *record.Wheel) { w.Add(path, "{}"); w.Replace(path, path+",,") }, malformedRecord+" "+path)
		own(name+" that is an ELF object", func(w *record.Wheel) {
			w.Members = append(w.Members, record.Member{Name: path, Data: "\x7fELF\x02\x01\x01"})
		}, unlisted+" "+path)
		own(name+" that is Python code", func(w *record.Wheel) {
			w.Members = append(w.Members, record.Member{Name: path, Data: "#!/usr/bin/env python3\nimport os\n"})
		}, unlisted+" "+path)
		own(name+" in the package", func(w *record.Wheel) {
			w.Members = append(w.Members, record.Member{Name: "demo/" + name, Data: "x"})
		}, unlisted+" demo/"+name)
	}
	for _, name := range []string{"INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"} {
		path := "demo-1.0.dist-info/" + name
		own(name+" of a wheel without a row", func(w *record.Wheel) {
			w.Members = append(w.Members, record.Member{Name: path, Data: "pip\n"})
		}, unlisted+" "+path)
	}
	for _, x := range []struct{ name, path, row, want string }{
		{"bytecode without a source or a hash", "demo/evil.pyc", "demo/evil.pyc,,", weakHash},
		{"bytecode in __pycache__ without a source or a hash", "demo/__pycache__/evil.cpython-311.pyc", "demo/__pycache__/evil.cpython-311.pyc,,", weakHash},
		{"bytecode at the top without a hash", "sitecustomize.pyc", "sitecustomize.pyc,,", weakHash},
		{"an extension module as bytecode", "demo/core.pyc", "demo/core.pyc,,", weakHash},
		{"bytecode without a row", "demo/__pycache__/core.cpython-311.pyc", "", unlisted},
		{"bytecode without a source or a row", "demo/evil.pyc", "", unlisted},
	} {
		own(x.name, func(w *record.Wheel) {
			w.Members = append(w.Members, record.Member{Name: x.path, Data: "x"})
			if x.row != "" {
				w.Rows = append(w.Rows, x.row)
			}
		}, x.want+" "+x.path)
	}
	return table
}
