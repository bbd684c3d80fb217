package record

import "slices"

// A treeEdit makes a bad tree of a good one; Want and Said are as in Edit.
type treeEdit struct {
	Name string
	Edit func(t *Tree)
	Want []string
	Said []string
}

// treeEdits are trees that differ from the good one by one thing each.
func treeEdits() []treeEdit {
	return slices.Concat(goodTrees(), badRows(), strangers(), linkEdits(), placeEdits(), storeEdits(),
		bytecodeEdits(), exemptEdits(), originEdits(), headerEdits(), unknownEdits(), installerEdits(), modeEdits())
}

const sited = Site + "/" + file

func goodTrees() []treeEdit {
	return []treeEdit{
		{Name: "nothing", Edit: func(*Tree) {}},
		{Name: "nothing, with its wheel", Edit: func(t *Tree) { t.Wheel = Good() }},
		{Name: "bytecode that is gone", Edit: func(t *Tree) { delete(t.Files, Site+"/demo/__pycache__/__init__.cpython-311.pyc") }},
		{Name: "bytecode that RECORD does not list", Edit: func(t *Tree) {
			t.Files[Site+"/demo/__pycache__/plat.cpython-311.opt-1.pyc"] = "bytecode"
			t.Files[Site+"/demo/__pycache__/plat.pypy39.pyc"] = "bytecode"
			t.Files[Site+"/demo/__pycache__/plat.cpython-311-pytest-7.4.3.pyc"] = "bytecode"
		}},
		{Name: "uv_cache.json without a row", Edit: func(t *Tree) { t.Files[Site+"/demo-1.0.dist-info/uv_cache.json"] = "{}" }},
		{Name: "an absolute row inside", Edit: func(t *Tree) {
			t.Replace("../../../bin/demo", Row("OUT/out/bin/demo", t.Files["bin/demo"]))
		}},
		{Name: "a library that the flat layout moved", Edit: func(t *Tree) { t.Link(Site+"/demo/core.so", "lib/core.so") }},
		{Name: "a file that another output holds", Edit: func(t *Tree) {
			t.Files["dev/share/demo.txt"] = t.Files["share/demo.txt"]
			delete(t.Files, "share/demo.txt")
			t.More = []string{"dev"}
		}},
		{Name: "a bundled dist-info", Edit: func(t *Tree) {
			t.Add("demo/_vendor/six-1.0.dist-info/RECORD", "six.py,sha256=false,1\n")
		}},
		{Name: "padded digest", Edit: func(t *Tree) {
			t.Replace(file, file+","+Hash("some data\n")+"=,10")
		}, Said: []string{"record-padded-digest " + Site + "/demo-1.0.dist-info/RECORD"}},
		{Name: "a bundled dist-info without RECORD", Edit: func(t *Tree) {
			t.Add("demo/_vendor/six-1.0.dist-info/METADATA", "Name: six\n")
		}},
		{Name: "names that differ by case", Edit: func(t *Tree) {
			t.Add("../../../bin/mpicc", "x")
			t.Add("../../../bin/mpiCC", "y")
		}, Said: []string{"record-duplicate-row bin/mpiCC"}},
		{Name: "hex digest", Edit: func(t *Tree) {
			t.Replace(file, file+",sha256="+hexSum("some data\n")+",10")
		}, Said: []string{"record-hex-digest " + Site + "/demo-1.0.dist-info/RECORD"}},
	}
}

func badRows() []treeEdit {
	row := func(r string) func(t *Tree) { return func(t *Tree) { t.Replace(file, r) } }
	add := func(r string) func(t *Tree) { return func(t *Tree) { t.Rows = append(t.Rows, r) } }
	good := Hash("some data\n")
	return []treeEdit{
		{Name: "tampered contents", Edit: func(t *Tree) { t.Files[sited] = "some date\n" }, Want: []string{"record-hash-mismatch " + sited}},
		{Name: "a tampered program", Edit: func(t *Tree) { t.Files["bin/demo"] += "x" }, Want: []string{"record-hash-mismatch bin/demo"}},
		{Name: "a missing file", Edit: func(t *Tree) { delete(t.Files, sited) }, Want: []string{"record-missing-file " + sited}},
		{Name: "a directory in the place of a file", Edit: func(t *Tree) {
			delete(t.Files, sited)
			t.Files[sited+"/x"] = "x"
		}, Want: []string{"record-missing-file " + sited}, Said: []string{"record-unlisted-file " + sited + "/x"}},
		{Name: "no hash", Edit: row(file + ",,"), Want: []string{"record-weak-hash " + sited}},
		{Name: "md5", Edit: row(file + ",md5=x,"), Want: []string{"record-weak-hash " + sited}},
		{Name: "a row twice", Edit: add(Row(file, "some data\n")), Want: []string{"record-duplicate-row " + sited}},
		{Name: "a row twice by climbing", Edit: add(Row("demo/../"+file, "some data\n")), Want: []string{"record-duplicate-row " + sited}},
		{Name: "a row twice after one that differs by case", Edit: func(t *Tree) {
			t.Add("../../../bin/mpicc", "x")
			t.Add("../../../bin/mpiCC", "y")
			t.Rows = append(t.Rows, Row("../../../bin/mpiCC", "y"))
		}, Want: []string{"record-duplicate-row bin/mpiCC"}, Said: []string{"record-duplicate-row bin/mpiCC"}},
		{Name: "a row that leads elsewhere cannot be ignored", Edit: func(t *Tree) {
			t.Rows = append(t.Rows, "c:/x,"+good+",10")
			t.Flags = []string{"--ignore-record", "c:*"}
		}, Want: []string{"record-outside-output " + Site + "/c:/x"}},
		{Name: "a row that leaves the output", Edit: add("../../../../outside," + good + ",10"), Want: []string{"record-outside-output ../outside"}},
		{Name: "a row that climbs to the top", Edit: add("../../../../../../../../../../../../etc/passwd," + good + ",10"), Want: []string{"record-outside-output ../../../../../../../../../etc/passwd"}},
		{Name: "an absolute row outside", Edit: add("/etc/passwd," + good + ",10"), Want: []string{"record-outside-output /etc/passwd"}},
		{Name: "two columns", Edit: row(file + "," + good), Want: []string{"record-malformed " + Site + "/demo-1.0.dist-info/RECORD"}},
		{Name: "no RECORD", Edit: func(t *Tree) { t.NoRecord = true }, Want: []string{"record-absent " + Site + "/demo-1.0.dist-info"}},
		{Name: "no dist-info", Edit: func(t *Tree) {
			t.NoRecord = true
			t.Files = map[string]string{Site + "/x.py": "x"}
		}, Want: []string{"record-absent "}},
	}
}

// strangers are files that no RECORD lists.
func strangers() []treeEdit {
	stranger := func(title, name, data string) treeEdit {
		return treeEdit{Name: title, Edit: func(t *Tree) { t.Files[Site+"/"+name] = data }, Want: []string{"record-unlisted-file " + Site + "/" + name}}
	}
	return []treeEdit{
		stranger("Python code that is not listed", "demo/evil.py", "x"),
		stranger("an ELF object that is not listed", "demo/evil.bin", "\x7fELF"),
		stranger("an extension module that is not listed", "demo/evil.so", ""),
		stranger("a module at the top", "sitecustomize.py", "x"),
		stranger("a path file", "evil.pth", "import os\n"),
		stranger("bytecode without a source", "demo/__pycache__/evil.cpython-311.pyc", "x"),
		stranger("bytecode beside the sources", "demo/evil.pyc", "x"),
		stranger("code in dist-info", "demo-1.0.dist-info/evil.py", "x"),
		stranger("a stranger in a library folder", "demo.libs/libevil.so.1", "\x7fELF"),
		{Name: "a text that is not listed", Edit: func(t *Tree) { t.Files[Site+"/demo/note.txt"] = "x" }, Said: []string{"record-unlisted-file " + Site + "/demo/note.txt"}},
	}
}

// linkEdits lead out through symbolic links.
func linkEdits() []treeEdit {
	return []treeEdit{
		{Name: "a file that is a link out of the output", Edit: func(t *Tree) {
			t.Link(sited, "../outside.txt")
		}, Want: []string{"record-outside-output " + sited}},
		{Name: "a folder that is a link out of the output", Edit: func(t *Tree) {
			for name, data := range t.Files {
				if rest, ok := cutPrefix(name, Site+"/demo/"); ok {
					t.Files["../demo/"+rest] = data
					delete(t.Files, name)
				}
			}
			t.Links[Site+"/demo"] = "OUT/demo"
		}, Want: []string{
			"record-outside-output " + Site + "/demo/__init__.py",
			"record-outside-output " + Site + "/demo/__pycache__/__init__.cpython-311.pyc",
			"record-outside-output " + Site + "/demo/core.so",
			"record-outside-output " + sited,
			"record-outside-output " + Site + "/demo/plat.py",
			"record-unlisted-file " + Site + "/demo",
		}},
		{Name: "a climbing row through a link", Edit: func(t *Tree) {
			t.Files["../elsewhere/demo.txt"] = t.Files["share/demo.txt"]
			delete(t.Files, "share/demo.txt")
			t.Links["share"] = "../elsewhere"
		}, Want: []string{"record-outside-output share/demo.txt"}},
		{Name: "a link to itself", Edit: func(t *Tree) {
			delete(t.Files, sited)
			t.Links[sited] = "data.txt"
		}, Want: []string{"record-missing-file " + sited}},
		{Name: "a link to a folder that is not listed", Edit: func(t *Tree) {
			t.Links[Site+"/evil"] = "/usr"
		}, Want: []string{"record-unlisted-file " + Site + "/evil"}},
	}
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return s, false
}

// originEdits are trees whose own RECORD is true, but not to the wheel.
func originEdits() []treeEdit {
	from := func(name string, edit func(t *Tree), want ...string) treeEdit {
		return treeEdit{Name: name, Edit: func(t *Tree) { t.Wheel = Good(); edit(t) }, Want: want}
	}
	return []treeEdit{
		from("a hash computed anew", func(t *Tree) { t.Set(file, "some date\n") }, "record-hash-mismatch "+sited),
		from("a file that was listed on the way", func(t *Tree) { t.Add("demo/evil.py", "x") }, "record-unlisted-file "+Site+"/demo/evil.py"),
		from("a file that was dropped on the way", func(t *Tree) {
			delete(t.Files, sited)
			t.Replace(file, "")
		}, "record-missing-file "+sited),
		from("a script that was changed", func(t *Tree) {
			t.Set("../../../bin/demo-run", "#!/usr/bin/python3\nprint(43)\n")
		}, "record-hash-mismatch bin/demo-run"),
		from("a script for a long interpreter path", func(t *Tree) {
			t.Set("../../../bin/demo-run", "#!/bin/sh\n'''exec' /a/long/path/python \"$0\" \"$@\"\n' '''\nprint(42)\n")
		}),
		from("data that was changed", func(t *Tree) { t.Set("../../../share/demo.txt", "shaped\n") }, "record-hash-mismatch share/demo.txt"),
		from("a header that was changed", func(t *Tree) {
			t.Set("../../../include/python3.11/demo/demo.h", "int damo;\n")
		}, "record-hash-mismatch include/python3.11/demo/demo.h"),
		from("a library of .data that was changed", func(t *Tree) { t.Set("demo/plat.py", "plat = 2\n") }, "record-hash-mismatch "+Site+"/demo/plat.py"),
		from("a program that no entry point names", func(t *Tree) { t.Add("../../../bin/evil", "x") }, "record-unlisted-file bin/evil"),
		from("pip under the version of Python", func(t *Tree) {
			const name, text = "demo-1.0.dist-info/entry_points.txt", "[console_scripts]\npip = demo:main\ndemo = demo:main\n"
			t.Wheel.set(name, text)
			t.Set(name, text)
			t.Add("../../../bin/pip3.11", "#!/usr/bin/python3\n")
		}),
		from("a program whose entry point ends in .py", func(t *Tree) {
			const name, text = "demo-1.0.dist-info/entry_points.txt", "[console_scripts]\ndemo-diff.py = demo:main\ndemo = demo:main\n"
			t.Wheel.set(name, text)
			t.Set(name, text)
			t.Add("../../../bin/demo-diff.py", "#!/usr/bin/python3\n")
		}),
		from("a program under the version of Python", func(t *Tree) { t.Add("../../../bin/demo3.11", "x") }, "record-unlisted-file bin/demo3.11"),
		from("a header below another spelling of the name", func(t *Tree) {
			t.Replace("../../../include/python3.11/demo/demo.h", "")
			delete(t.Files, "include/python3.11/demo/demo.h")
			t.Add("../../../include/site/python3.11/demo/demo.h", "int demo;\n")
		}),
		from("a program named as an entry point elsewhere", func(t *Tree) { t.Add("demo/demo", "x") }, "record-unlisted-file "+Site+"/demo/demo"),
		from("a wheel that is false itself", func(t *Tree) {
			t.Wheel.Member(file).Data = "some date\n"
			t.Set(file, "some date\n")
		}, "record-hash-mismatch "+file),
		from("a wheel that is false itself, whose RECORD was copied", func(t *Tree) {
			t.Wheel.Member(file).Data, t.Files[sited] = "some date\n", "some date\n"
		}, "record-hash-mismatch "+file),
		from("a wheel that is false itself, and a tree with other contents still", func(t *Tree) {
			t.Wheel.Member(file).Data, t.Files[sited] = "some date\n", "some dates\n"
		}, "record-hash-mismatch "+file, "record-hash-mismatch "+sited),
		from("a file that the wheel does not list, and pip without a hash", func(t *Tree) {
			t.Wheel.Members = append(t.Wheel.Members, Member{Name: "demo/more.txt", Data: "x"})
			t.Files[Site+"/demo/more.txt"] = "x"
			t.Rows = append(t.Rows, "demo/more.txt,,")
		}, "record-unlisted-file demo/more.txt"),
		from("a row with a slash at its start, and the one that pip adds", func(t *Tree) {
			t.Wheel.Add("demo/more.txt", "x")
			t.Wheel.Replace("demo/more.txt", Row("/demo/more.txt", "x"))
			t.Files[Site+"/demo/more.txt"] = "x"
			t.Rows = append(t.Rows, Row("/demo/more.txt", "x"), "demo/more.txt,,")
		}, "record-outside-output /demo/more.txt"),
		{Name: "such a row without the wheel", Edit: func(t *Tree) {
			t.Files[Site+"/demo/more.txt"] = "x"
			t.Rows = append(t.Rows, Row("/demo/more.txt", "x"), "demo/more.txt,,")
		}, Want: []string{"record-outside-output /demo/more.txt"}},
		from("a file that wheel and RECORD have twice", func(t *Tree) {
			m := *t.Wheel.Member(file)
			t.Wheel.Members = append(t.Wheel.Members, m)
			t.Wheel.Rows = append(t.Wheel.Rows, Row(file, m.Data))
			t.Rows = append(t.Rows, Row(file, m.Data))
		}, "archive-unsafe-path "+file),
		{Name: "a wheel of another version", Edit: func(t *Tree) {
			t.Wheel = Good()
			t.Wheel.File, t.Wheel.Info = "demo-2.0-py3-none-any.whl", "demo-2.0.dist-info"
			t.Wheel.Members, t.Wheel.Rows = nil, nil
			t.Wheel.Add("demo-2.0.dist-info/METADATA", "Name: demo\nVersion: 2.0\n")
			t.Wheel.Add("demo-2.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
			t.Wheel.Rows = append(t.Wheel.Rows, "demo-2.0.dist-info/RECORD,,")
			t.Files = map[string]string{Site + "/demo/__init__.py": "answer = 42\n"}
			t.Rows = []string{Row("demo/__init__.py", "answer = 42\n"), "demo-1.0.dist-info/RECORD,,"}
		}, Want: []string{"record-absent demo-2.0.dist-info", "record-unlisted-file " + Site + "/demo/__init__.py"}},
	}
}

// modeEdits are false trees that the user has excused.
func modeEdits() []treeEdit {
	tampered := func(flags ...string) func(t *Tree) {
		return func(t *Tree) {
			t.Files[sited] = "some date\n"
			t.Flags = flags
		}
	}
	return []treeEdit{
		{Name: "record warn", Edit: tampered("--record", "warn"), Said: []string{"record-hash-mismatch " + sited}},
		{Name: "record off", Edit: tampered("--record", "off")},
		{Name: "a glob of RECORD paths", Edit: tampered("--ignore-record", "demo/*.txt")},
		{Name: "a glob of paths below the root", Edit: tampered("--ignore-record", "lib/*/data.txt")},
		{Name: "a glob that matches nothing", Edit: tampered("--ignore-record", "demo/*.md"), Want: []string{"record-hash-mismatch " + sited}, Said: []string{"ignore-unused "}},
	}
}
