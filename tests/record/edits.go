package record

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

// An Edit makes a bad wheel of a good one.
type Edit struct {
	Name string
	Edit func(w *Wheel)
	// Want are the problems of severity error: code and path. None means that
	// the wheel is to be accepted.
	Want []string
	// Said are problems of lesser severity.
	Said []string
}

const (
	file    = "demo/data.txt"
	initPyc = "demo/__pycache__/__init__.cpython-311.pyc"
)

// ArchiveEdits are wheels that differ from the good one by one thing each.
func ArchiveEdits() []Edit {
	return slices.Concat(goodEdits(), recordEdits(), nameEdits(), archiveEdits(), layoutEdits())
}

// goodEdits are differences that the standards allow.
func goodEdits() []Edit {
	sum384, sum512 := sha512.Sum384([]byte("some data\n")), sha512.Sum512([]byte("some data\n"))
	b64 := base64.RawURLEncoding.EncodeToString
	row := func(r string) func(w *Wheel) { return func(w *Wheel) { w.Replace(file, r) } }
	return []Edit{
		{Name: "nothing", Edit: func(*Wheel) {}},
		{Name: "CRLF line endings", Edit: func(w *Wheel) { w.EOL = "\r\n" }},
		{Name: "rows in another order", Edit: func(w *Wheel) { slices.Reverse(w.Rows) }},
		{Name: "a quoted path", Edit: func(w *Wheel) { w.Replace(file, `"demo/data.txt",`+Hash("some data\n")+`,10`) }},
		{Name: "a comma and quotes in a path", Edit: func(w *Wheel) {
			w.Add(`demo/a,"b".txt`, "x")
			w.Rows[len(w.Rows)-2] = `"demo/a,""b"".txt",` + Hash("x") + ",1"
		}},
		{Name: "a path that is not ASCII", Edit: func(w *Wheel) { w.Add("demo/größe-日本.txt", "x") }},
		{Name: "no size", Edit: row(file + "," + Hash("some data\n") + ",")},
		{Name: "sha384", Edit: row(file + ",sha384=" + b64(sum384[:]) + ",10")},
		{Name: "sha512", Edit: row(file + ",sha512=" + b64(sum512[:]) + ",10")},
		{
			Name: "hex digest", Edit: row(file + ",sha256=" + hexSum("some data\n") + ",10"),
			Said: []string{"record-hex-digest demo-1.0.dist-info/RECORD"},
		},
		{Name: "signatures that RECORD does not list", Edit: func(w *Wheel) {
			w.Members = append(w.Members, Member{Name: w.Info + "/RECORD.jws", Data: "{}"}, Member{Name: w.Info + "/RECORD.p7s", Data: "x"})
		}},
		{
			Name: "padded base64", Edit: row(file + "," + Hash("some data\n") + "=,10"),
			Said: []string{"record-padded-digest demo-1.0.dist-info/RECORD"},
		},
		{
			Name: "bytecode without a hash", Edit: func(w *Wheel) {
				w.Add(initPyc, "x")
				w.Replace(initPyc, initPyc+",,")
			},
			Said: []string{"record-weak-hash " + initPyc},
		},
		{Name: "names that differ by case in a wheel for Linux", Edit: func(w *Wheel) {
			w.File = "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
			w.Add("demo-1.0.data/scripts/mpicc", "x")
			w.Add("demo-1.0.data/scripts/mpiCC", "y")
		}, Said: []string{"archive-unsafe-path demo-1.0.data/scripts/mpiCC"}},
		{Name: "stored members", Edit: func(w *Wheel) { w.Member(file).Stored = true }},
		{Name: "data descriptors", Edit: func(w *Wheel) { w.Member(file).Descriptor = true }},
		{Name: "directories", Edit: func(w *Wheel) {
			w.Members = append(w.Members, Member{Name: "demo/", Mode: 0o040755, Stored: true})
		}},
		{Name: "ZIP64 end record", Edit: func(w *Wheel) { w.End.Zip64 = true }},
		{Name: "a comment", Edit: func(w *Wheel) { w.End.Comment = "made by a test" }},
		{Name: "the file name in a Nix store", Edit: func(w *Wheel) { w.File = "0123456789abcdfghijklmnpqrsvwxyz-" + w.File }},
		{Name: "a build tag", Edit: func(w *Wheel) { w.File = "demo-1.0-1-py3-none-any.whl" }},
		{Name: "a version spelt otherwise", Edit: func(w *Wheel) { w.File = "Demo-1.0.0-py3-none-any.whl" }},
		{Name: "a bundled dist-info", Edit: func(w *Wheel) {
			w.Add("demo/_vendor/six-1.0.dist-info/RECORD", "six.py,,\n")
		}},
	}
}

func hexSum(s string) string {
	raw, _ := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(Hash(s), "sha256="))
	return hex.EncodeToString(raw)
}

// recordEdits make RECORD false or unfit.
func recordEdits() []Edit {
	const rec = "demo-1.0.dist-info/RECORD"
	row := func(r string) func(w *Wheel) { return func(w *Wheel) { w.Replace(file, r) } }
	add := func(r string) func(w *Wheel) { return func(w *Wheel) { w.Rows = append(w.Rows, r) } }
	good := Hash("some data\n")
	return []Edit{
		{Name: "tampered contents", Edit: func(w *Wheel) { w.Member(file).Data = "some date\n" }, Want: []string{"record-hash-mismatch " + file}},
		{Name: "another size in RECORD", Edit: row(file + "," + good + ",11"), Want: []string{"record-size-mismatch " + file}},
		{Name: "longer contents", Edit: func(w *Wheel) { w.Member(file).Data += "x" }, Want: []string{"record-hash-mismatch " + file}},
		{Name: "a row without a member", Edit: func(w *Wheel) { w.Drop(file) }, Want: []string{"record-missing-file " + file}},
		{Name: "a member without a row", Edit: row(""), Want: []string{"record-unlisted-file " + file}},
		{Name: "bytecode without a row", Edit: func(w *Wheel) {
			w.Members = append(w.Members, Member{Name: "demo/__pycache__/core.cpython-311.pyc", Data: "x"})
		}, Want: []string{"record-unlisted-file demo/__pycache__/core.cpython-311.pyc"}},
		{Name: "a row twice", Edit: add(Row(file, "some data\n")), Want: []string{"record-duplicate-row " + file}},
		{Name: "a row twice by a dot", Edit: add(Row("demo/./data.txt", "some data\n")), Want: []string{"record-duplicate-row " + file}},
		{Name: "a row twice by case", Edit: add(Row("demo/DATA.txt", "some data\n")), Want: []string{"record-missing-file demo/DATA.txt"}},
		{Name: "a row twice by Unicode form", Edit: func(w *Wheel) {
			w.Add("demo/\u00e9.txt", "x")
			w.Rows = append(w.Rows, Row("demo/e\u0301.txt", "x"))
		}, Want: []string{"record-missing-file demo/e\u0301.txt"}},
		{Name: "md5", Edit: row(file + ",md5=AAAAAAAAAAAAAAAAAAAAAA,10"), Want: []string{"record-weak-hash " + file}},
		{Name: "sha1", Edit: row(file + ",sha1=AAAAAAAAAAAAAAAAAAAAAAAAAAA,10"), Want: []string{"record-weak-hash " + file}},
		{Name: "an unknown algorithm", Edit: row(file + ",crc32=AAAAAA,10"), Want: []string{"record-weak-hash " + file}},
		{Name: "no hash", Edit: row(file + ",,10"), Want: []string{"record-weak-hash " + file}},
		{Name: "a hash without an algorithm", Edit: row(file + ",abc,10"), Want: []string{"record-malformed " + file}},
		{Name: "base64 with too much padding", Edit: row(file + "," + good + "==,10"), Want: []string{"record-malformed " + file}},
		{Name: "a false digest with padding", Edit: func(w *Wheel) {
			w.Replace(file, file+","+Hash("some date\n")+"=,10")
		}, Want: []string{"record-hash-mismatch " + file}},
		{Name: "bytecode that is false", Edit: func(w *Wheel) {
			w.Add(initPyc, "x")
			w.Member(initPyc).Data = "y"
		}, Want: []string{"record-hash-mismatch " + initPyc}},
		{Name: "bytecode without a hash and without its source", Edit: func(w *Wheel) {
			w.Add("demo/__pycache__/core.cpython-311.pyc", "x")
			w.Replace("demo/__pycache__/core.cpython-311.pyc", "demo/__pycache__/core.cpython-311.pyc,,")
		}, Want: []string{"record-weak-hash demo/__pycache__/core.cpython-311.pyc"}},
		{Name: "bytecode without a hash beside no source", Edit: func(w *Wheel) {
			w.Add("demo/evil.pyc", "x")
			w.Replace("demo/evil.pyc", "demo/evil.pyc,,")
		}, Want: []string{"record-weak-hash demo/evil.pyc"}},
		{Name: "a row for a signature", Edit: func(w *Wheel) { w.Add(w.Info+"/RECORD.jws", "{}") }, Want: []string{"record-malformed demo-1.0.dist-info/RECORD.jws"}},
		{Name: "a signature that is an object", Edit: func(w *Wheel) {
			w.Members = append(w.Members, Member{Name: w.Info + "/RECORD.p7s", Data: "\x7fELF"})
		}, Want: []string{"record-unlisted-file demo-1.0.dist-info/RECORD.p7s"}},
		{Name: "a signature that is a script", Edit: func(w *Wheel) {
			w.Members = append(w.Members, Member{Name: w.Info + "/RECORD.jws", Data: "#!/bin/sh\n"})
		}, Want: []string{"record-unlisted-file demo-1.0.dist-info/RECORD.jws"}},
		{Name: "a row under a name of our own", Edit: add(".wheel-auto-patch-journal," + good + ",10"), Want: []string{"archive-unsafe-path .wheel-auto-patch-journal"}},
		{Name: "names that differ by case in a wheel for any", Edit: func(w *Wheel) {
			w.Add("demo-1.0.data/scripts/mpicc", "x")
			w.Add("demo-1.0.data/scripts/mpiCC", "y")
		}, Want: []string{"archive-unsafe-path demo-1.0.data/scripts/mpiCC"}},
		{Name: "names that differ by case in a wheel for macOS", Edit: func(w *Wheel) {
			w.File = "demo-1.0-cp311-cp311-macosx_11_0_arm64.whl"
			w.Add("demo/mpicc", "x")
			w.Add("demo/mpiCC", "y")
		}, Want: []string{"archive-unsafe-path demo/mpiCC"}},
		{Name: "a row twice beside one that differs by case in a wheel for Linux", Edit: func(w *Wheel) {
			w.File = "demo-1.0-py3-none-linux_x86_64.whl"
			w.Add("demo/mpicc", "x")
			w.Add("demo/mpiCC", "y")
			w.Rows = append(w.Rows, Row("demo/mpiCC", "y"))
		}, Want: []string{"record-duplicate-row demo/mpiCC"}, Said: []string{"archive-unsafe-path demo/mpiCC"}},
		{Name: "rows with a slash before their paths", Edit: func(w *Wheel) {
			w.Replace(file, "/"+Row(file, "some data\n"))
		}, Want: []string{"record-outside-output /" + file}},
		{Name: "a digest cut short", Edit: row(file + "," + good[:40] + ",10"), Want: []string{"record-malformed " + file}},
		{Name: "a false hex digest", Edit: row(file + ",sha256=" + strings.Repeat("00", 32) + ",10"), Want: []string{"record-hash-mismatch " + file}},
		{Name: "a size that is no number", Edit: row(file + "," + good + ",ten"), Want: []string{"record-malformed " + file}},
		{Name: "a negative size", Edit: row(file + "," + good + ",-10"), Want: []string{"record-malformed " + file}},
		{Name: "two columns", Edit: row(file + "," + good), Want: []string{"record-malformed " + rec}},
		{Name: "four columns", Edit: row(file + "," + good + ",10,x"), Want: []string{"record-malformed " + rec}},
		{Name: "a quote that is never closed", Edit: row(`"` + file + "," + good + ",10"), Want: []string{"record-malformed " + rec}},
		{Name: "text after a closing quote", Edit: row(`"demo"/data.txt,` + good + ",10"), Want: []string{"record-malformed " + rec}},
		{Name: "a bare carriage return", Edit: func(w *Wheel) { w.EOL = "\r" }, Want: []string{"record-malformed " + rec}},
		{Name: "a byte order mark", Edit: func(w *Wheel) { w.BOM = "\ufeff" }, Want: []string{"record-malformed " + rec}},
		{Name: "RECORD that is not UTF-8", Edit: add("demo/\xff,,"), Want: []string{"record-malformed " + rec}},
		{Name: "an empty path", Edit: add("," + good + ",10"), Want: []string{"record-malformed " + rec}},
		{Name: "NUL in a row", Edit: add("demo/x\x00y," + good + ",10"), Want: []string{"record-malformed demo/x\x00y"}},
		{Name: "a backslash in a row", Edit: add(`demo\x,` + good + ",10"), Want: []string{`record-malformed demo\x`}},
		{Name: "a drive letter in a row", Edit: add("c:/x," + good + ",10"), Want: []string{"record-outside-output c:/x"}},
		{Name: "an absolute row", Edit: add("/etc/passwd," + good + ",10"), Want: []string{"record-outside-output /etc/passwd"}},
		{Name: "a climbing row", Edit: add("../../../bin/x," + good + ",10"), Want: []string{"record-outside-output ../../../bin/x"}},
		{Name: "a row that climbs after going down", Edit: add("demo/../../x," + good + ",10"), Want: []string{"record-outside-output ../x"}},
		{Name: "a row of the program's own files", Edit: add("demo/.wheel-auto-patch-journal," + good + ",10"), Want: []string{"archive-unsafe-path demo/.wheel-auto-patch-journal"}},
		{Name: "a column longer than a path", Edit: add(`"` + strings.Repeat("x", 4097) + `",` + good + ",10"), Want: []string{"record-malformed " + rec}},
		{Name: "no RECORD", Edit: func(w *Wheel) { w.NoRecord = true }, Want: []string{"record-absent demo-1.0.dist-info"}},
	}
}

// nameEdits give a member a name or kind that leads elsewhere.
func nameEdits() []Edit {
	name := func(title, n string, more ...string) Edit {
		return Edit{Name: title, Edit: func(w *Wheel) {
			w.Members = append(w.Members, Member{Name: n, Data: "x"})
		}, Want: append([]string{"archive-unsafe-path " + n}, more...)}
	}
	return []Edit{
		name("an absolute member", "/etc/passwd"),
		name("a climbing member", "../../bin/sh"),
		name("a member that climbs after going down", "demo/../../x"),
		name("a member with a dot", "./demo/x"),
		name("a member with an empty component", "demo//x"),
		name("a backslash in a member", `demo\x`),
		name("a drive letter in a member", "c:/x"),
		name("NUL in a member", "demo/x\x00.py"),
		{Name: "a member that is not UTF-8", Edit: func(w *Wheel) {
			w.Members = append(w.Members, Member{Name: "demo/\xff", Data: "x"})
		}, Want: []string{"archive-unsafe-path demo/\ufffd"}}, // as JSON has it
		name("a member of the program's own files", "demo-1.0.data/data/.wheel-auto-patch-journal"),
		name("an empty member name", ""),
		name("a name longer than a path", strings.Repeat("x/", 2100)+"x"),
		name("a member twice", file),
		name("a member twice by case", "demo/DATA.txt", "record-unlisted-file demo/DATA.txt"),
		{Name: "a member twice by Unicode form", Edit: func(w *Wheel) {
			w.Add("demo/\u00e9.txt", "x")
			w.Members = append(w.Members, Member{Name: "demo/e\u0301.txt", Data: "x"})
		}, Want: []string{"archive-unsafe-path demo/e\u0301.txt", "record-unlisted-file demo/e\u0301.txt"}},
		{Name: "a file below a file", Edit: func(w *Wheel) { w.Add(file+"/x", "x") }, Want: []string{"archive-unsafe-path " + file + "/x"}},
		{Name: "a symbolic link", Edit: func(w *Wheel) { w.Member(file).Mode = 0o120777 }, Want: []string{"archive-unsafe-path " + file}},
		{Name: "a device", Edit: func(w *Wheel) { w.Member(file).Mode = 0o020666 }, Want: []string{"archive-unsafe-path " + file}},
		{Name: "a directory that looks like a file", Edit: func(w *Wheel) { w.Member(file).Mode = 0o040755 }, Want: []string{"archive-unsafe-path " + file}},
		{Name: "a second name in an extra field", Edit: func(w *Wheel) {
			w.Member(file).CentralExtra = append([]byte{0x75, 0x70, 11, 0, 1, 0, 0, 0, 0}, "evil.py"[:6]...)
		}, Want: []string{"archive-unsafe-path " + file}},
		{Name: "a second name in the local extra field", Edit: func(w *Wheel) {
			w.Member(file).LocalExtra = append([]byte{0x75, 0x70, 11, 0, 1, 0, 0, 0, 0}, "evil.py"[:6]...)
		}, Want: []string{"archive-damaged " + file}},
	}
}

// archiveEdits make the archive contradict itself.
func archiveEdits() []Edit {
	on := func(title string, edit func(m *Member)) Edit {
		return Edit{Name: title, Edit: func(w *Wheel) { edit(w.Member(file)) }, Want: []string{"archive-damaged " + file}}
	}
	whole := func(title string, edit func(w *Wheel)) Edit {
		return Edit{Name: title, Edit: edit, Want: []string{"archive-damaged "}}
	}
	return []Edit{
		on("a local header of another name", func(m *Member) { m.LocalName = "demo/evil.txt" }),
		on("a local header of another size", func(m *Member) { m.Local = func(h []byte) { h[22]++ } }),
		on("a local header of another checksum", func(m *Member) { m.Local = func(h []byte) { h[14]++ } }),
		on("a local header of another method", func(m *Member) { m.Local = func(h []byte) { h[8] = 0 } }),
		on("a local header with other flags", func(m *Member) { m.Local = func(h []byte) { h[7] = 0 } }),
		on("no local header", func(m *Member) { m.Local = func(h []byte) { h[0] = 'Q' } }),
		on("a false data descriptor", func(m *Member) { m.Descriptor = true; m.Trailer = func(d []byte) { d[12]++ } }),
		on("an encrypted member", func(m *Member) { m.Flags = 1 }),
		on("an unknown method", func(m *Member) { m.Method = 12 }),
		on("a size understated", func(m *Member) { m.Declared = func(n uint32) uint32 { return n - 1 } }),
		on("a size overstated", func(m *Member) { m.Declared = func(n uint32) uint32 { return n + 1 } }),
		on("a bomb", func(m *Member) {
			m.Data = strings.Repeat("\x00", 64<<20)
			m.Declared = func(uint32) uint32 { return 10 }
		}),
		on("a false checksum", func(m *Member) { m.CRC = func(c uint32) uint32 { return c ^ 1 } }),
		on("bytes after the compressed contents", func(m *Member) { m.Padding = []byte("hidden") }),
		on("a corrupt stream", func(m *Member) { m.Stored, m.Method, m.Data = true, 8, "\xff\xff\xff\xff" }),
		on("ZIP64 values that are not there", func(m *Member) { m.Central = func(h []byte) { copy(h[24:], "\xff\xff\xff\xff") } }),
		on("a stored member of two sizes", func(m *Member) { m.Stored = true; m.Declared = func(n uint32) uint32 { return n - 1 } }),
		{Name: "an overlap", Edit: func(w *Wheel) {
			w.Members[3].Central = func(h []byte) { le.PutUint32(h[42:], le.Uint32(h[42:])-4) }
		}, Want: []string{"archive-damaged demo/data.txt", "archive-damaged demo-1.0.data/scripts/demo-run"}},
		{Name: "bytes between members", Edit: func(w *Wheel) { w.Members[2].After = []byte("hidden") }, Want: []string{"archive-damaged demo-1.0.data/scripts/demo-run"}},
		{Name: "a member that the directory does not list", Edit: func(w *Wheel) {
			hidden := Zip([]Member{{Name: "evil.py", Data: "x"}}, End{})
			w.Members[2].After = hidden[:bytes.Index(hidden, []byte("PK\x01\x02"))]
		}, Want: []string{"archive-damaged demo-1.0.data/scripts/demo-run"}},
		whole("bytes before the archive", func(w *Wheel) { w.End.Before = "#!/bin/sh\n" }),
		whole("bytes after the archive", func(w *Wheel) { w.End.After = "hidden" }),
		whole("an archive in the comment", func(w *Wheel) { w.End.Comment = string(Good().Bytes()) }),
		whole("more members than it says", func(w *Wheel) { w.End.Record = func(r []byte) { r[8]--; r[10]-- } }),
		whole("fewer members than it says", func(w *Wheel) { w.End.Record = func(r []byte) { r[8]++; r[10]++ } }),
		whole("an archive of two parts", func(w *Wheel) { w.End.Record = func(r []byte) { r[4], r[6] = 1, 1 } }),
		whole("a ZIP64 locator that points elsewhere", func(w *Wheel) {
			w.End.Zip64, w.End.Locator = true, func(l []byte) { l[8]++ }
		}),
		whole("a ZIP64 locator of two parts", func(w *Wheel) {
			w.End.Zip64, w.End.Locator = true, func(l []byte) { l[16]++ }
		}),
		whole("two end records that disagree", func(w *Wheel) {
			w.End.Zip64, w.End.Record = true, func(r []byte) { r[12]++ }
		}),
	}
}

// layoutEdits make an archive that is no wheel.
func layoutEdits() []Edit {
	const info = "demo-1.0.dist-info"
	return []Edit{
		{Name: "two dist-info folders", Edit: func(w *Wheel) { w.Add("other-1.0.dist-info/METADATA", "x") }, Want: []string{"wheel-malformed "}},
		{Name: "another version in the file name", Edit: func(w *Wheel) { w.File = "demo-1.1-py3-none-any.whl" }, Want: []string{"wheel-malformed " + info}},
		{Name: "another name in the file name", Edit: func(w *Wheel) { w.File = "dem-1.0-py3-none-any.whl" }, Want: []string{"wheel-malformed " + info}},
		{Name: "a file name without tags", Edit: func(w *Wheel) { w.File = "demo-1.0.whl" }, Want: []string{"wheel-malformed "}},
		{Name: "no METADATA", Edit: func(w *Wheel) { w.Drop(info + "/METADATA"); w.Replace(info+"/METADATA", "") }, Want: []string{"wheel-malformed " + info + "/METADATA"}},
		{Name: "no WHEEL", Edit: func(w *Wheel) { w.Drop(info + "/WHEEL"); w.Replace(info+"/WHEEL", "") }, Want: []string{"wheel-malformed " + info + "/WHEEL"}},
		{Name: "an unknown Wheel-Version", Edit: func(w *Wheel) { w.set(info+"/WHEEL", "Wheel-Version: 2.0\n") }, Want: []string{"wheel-malformed " + info + "/WHEEL"}},
		{Name: "METADATA of another name", Edit: func(w *Wheel) { w.set(info+"/METADATA", "Name: evil\nVersion: 1.0\n") }, Want: []string{"wheel-malformed " + info + "/METADATA"}},
		{Name: "METADATA of another version", Edit: func(w *Wheel) { w.set(info+"/METADATA", "Name: demo\nVersion: 2.0\n") }, Want: []string{"wheel-malformed " + info + "/METADATA"}},
		{Name: "an entry point outside of bin", Edit: func(w *Wheel) { w.set(info+"/entry_points.txt", "[console_scripts]\n../x = demo:main\n") }, Want: []string{"archive-unsafe-path " + info + "/entry_points.txt"}},
		{Name: "a name with two underscores", Edit: func(w *Wheel) { w.File = "demo__x-1.0-py3-none-any.whl" }, Want: []string{"wheel-malformed "}},
		{Name: "an unknown folder of .data", Edit: func(w *Wheel) { w.Add("demo-1.0.data/evil/x", "x") }, Want: []string{"wheel-malformed demo-1.0.data/evil/x"}},
		{Name: "a .data folder of another name", Edit: func(w *Wheel) { w.Add("other-1.0.data/scripts/x", "x") }, Want: []string{"wheel-malformed other-1.0.data/scripts/x"}},
		{Name: "purelib over the package", Edit: func(w *Wheel) { w.Add("demo-1.0.data/purelib/demo/__init__.py", "x") }, Want: []string{"archive-unsafe-path demo-1.0.data/purelib/demo/__init__.py"}},
		{Name: "purelib into a dist-info", Edit: func(w *Wheel) { w.Add("demo-1.0.data/purelib/x-1.dist-info/RECORD", "x") }, Want: []string{"wheel-malformed demo-1.0.data/purelib/x-1.dist-info/RECORD"}},
		{Name: "no dist-info", Edit: func(w *Wheel) {
			w.Members, w.Rows, w.NoRecord = w.Members[:3], nil, true
		}, Want: []string{"record-absent ", "wheel-malformed "}},
	}
}

// set gives a member other contents and a row that fits them.
func (w *Wheel) set(name, data string) {
	w.Member(name).Data = data
	w.Replace(name, Row(name, data))
}
