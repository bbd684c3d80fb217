package attacks

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// fromWheel is the edit of a tree whose own RECORD stays true, verified against the
// good wheel: what an installer that hashes anew would leave of an attack on the way.
func fromWheel(edit func(t *record.Tree)) func(g *ground) []string {
	return installed(func(t *record.Tree) {
		t.Wheel = record.Good()
		edit(t)
	})
}

func TestBetween(t *testing.T) {
	table := scriptHeaders()
	for _, part := range [][]attack{replacedFiles(), exemptBetween(), extraDists(), wrongWheels()} {
		table = append(table, part...)
	}
	attacks(t, table)
}

// scriptHeaders are first lines of an installed script. An installer writes one line
// "#!" and a Python, or distlib's three lines; whatever else stands there was not in
// the wheel (PEP 427, "Recommended installer features").
func scriptHeaders() (table []attack) {
	const rest = "print(42)\n"
	for _, x := range []struct {
		name, header string
		good         bool
	}{
		{"a store path", "#!/nix/store/00000000000000000000000000000000-python3-3.11.9/bin/python3.11\n", true},
		{"python3", "#!/usr/bin/python3\n", true},
		{"python", "#!/usr/bin/python\n", true},
		{"pypy", "#!/opt/pypy/bin/pypy3\n", true},
		{"distlib's three lines", "#!/bin/sh\n'''exec' /a/long/path/bin/python3 \"$0\" \"$@\"\n' '''\n", true},
		{"distlib's three lines with a blank", "#!/bin/sh\n'''exec' \"/a path/bin/python3\" \"$0\" \"$@\"\n' '''\n", true},
		{"a shell", "#!/bin/sh\n", false},
		{"bash", "#!/bin/bash\n", false},
		{"perl", "#!/usr/bin/perl\n", false},
		{"a file of the wheel", "#!/tmp/evil\n", false},
		{"a relative path", "#!evil\n", false},
		{"a name that begins like Python", "#!/tmp/pythonevil\n", false},
		{"a folder called python", "#!/tmp/python/evil\n", false},
		{"nothing", "#!\n", false},
		{"a blank", "#! \n", false},
		{"an argument with code", "#!/usr/bin/python3 -cimport,evil\n", false},
		{"an option", "#!/usr/bin/python3 -i\n", false},
		{"env with code", "#!/usr/bin/env -S sh -c evil\n", false},
		{"env with a shell", "#!/usr/bin/env sh\n", false},
		{"a carriage return", "#!/usr/bin/python3\r\n", false},
		{"a carriage return and code", "#!/usr/bin/python3\rimport evil\n", false},
		{"a vertical tab", "#!/usr/bin/python3\vevil\n", false},
		{"a NUL", "#!/usr/bin/python3\x00evil\n", false},
		{"a second line of code", "#!/usr/bin/python3\nimport evil\n", false},
		{"two headers", "#!/usr/bin/python3\n#!/usr/bin/python3\n", false},
		{"an encoding", "#!/usr/bin/python3\n# coding: rot13\n", false},
		{"a line of 3,000 letters", "#!/usr/bin/" + strings.Repeat("x", 3000) + "\n", false},
		{"the three lines without the third", "#!/bin/sh\n'''exec' /usr/bin/python3 \"$0\" \"$@\"\n", false},
		{"the three lines with another third", "#!/bin/sh\n'''exec' /usr/bin/python3 \"$0\" \"$@\"\n'''; import evil\n", false},
		{"the three lines with a shell command", "#!/bin/sh\n'''exec' /usr/bin/python3 \"$0\" \"$@\"; evil\n' '''\n", false},
		{"the three lines with code before", "#!/bin/sh\n'''exec' evil; /usr/bin/python3 \"$0\" \"$@\"\n' '''\n", false},
		{"the three lines with a substitution", "#!/bin/sh\n'''exec' $(evil) \"$0\" \"$@\"\n' '''\n", false},
		{"the three lines with backquotes", "#!/bin/sh\n'''exec' `evil` \"$0\" \"$@\"\n' '''\n", false},
		{"the three lines with another program", "#!/bin/sh\n'''exec' /tmp/evil \"$0\" \"$@\"\n' '''\n", false},
		{"the three lines with another script", "#!/bin/sh\n'''exec' /usr/bin/python3 /tmp/evil \"$@\"\n' '''\n", false},
		{"the three lines and a fourth", "#!/bin/sh\n'''exec' /usr/bin/python3 \"$0\" \"$@\"\n' '''\nimport evil\n", false},
		{"the three lines of another shell", "#!/tmp/sh\n'''exec' /usr/bin/python3 \"$0\" \"$@\"\n' '''\n", false},
		{"the three lines with CRLF", "#!/bin/sh\r\n'''exec' /usr/bin/python3 \"$0\" \"$@\"\r\n' '''\r\n", false},
		{"no header at all", "", false},
		{"the wheel's own", "#!python\n", true},
	} {
		a := attack{name: "a script for " + x.name, want: wantIf(!x.good, mismatch+" bin/demo-run"), edit: fromWheel(func(t *record.Tree) { t.Set("../../../bin/demo-run", x.header+rest) })}
		table = append(table, a)
	}
	for _, x := range []struct{ name, text string }{
		{"other code", "#!/usr/bin/python3\nprint(43)\n"}, {"code after its end", "#!/usr/bin/python3\nprint(42)\nimport evil\n"}, {"nothing", ""}, {"its header alone", "#!/usr/bin/python3\n"}, {"an ELF object", "\x7fELF"}, {"no end of line", "#!/usr/bin/python3\nprint(42)"},
	} {
		table = append(table, attack{name: "a script that is " + x.name, want: []string{mismatch + " bin/demo-run"}, edit: fromWheel(func(t *record.Tree) { t.Set("../../../bin/demo-run", x.text) })})
	}
	return table
}

// replacedFiles are files of a wheel that were changed, dropped or added on the way.
func replacedFiles() (table []attack) {
	for _, file := range []string{"demo/__init__.py", "demo/core.so", data, "demo/plat.py", "../../../share/demo.txt", "../../../include/python3.11/demo/demo.h", "demo-1.0.dist-info/METADATA", "demo-1.0.dist-info/WHEEL", "demo-1.0.dist-info/entry_points.txt"} {
		path := filepath.Join(record.Site, file)
		table = append(table,
			attack{name: path + " replaced", want: []string{mismatch + " " + path}, edit: fromWheel(func(t *record.Tree) { t.Set(file, "evil") })},
			attack{name: path + " dropped", want: []string{missing, "?" + unlisted + " " + sitePyc, "?record-weak-hash " + sitePyc}, edit: fromWheel(func(t *record.Tree) {
				t.Replace(file, "")
				delete(t.Files, path)
			})},
			attack{name: path + " is a link to a listed file of other bytes", want: []string{mismatch + " " + path}, edit: fromWheel(func(t *record.Tree) {
				t.Add("demo/evil.txt", "evil")
				delete(t.Files, path)
				t.Links[path] = strings.Repeat("../", strings.Count(path, "/")) + site + "demo/evil.txt"
				t.Replace(file, record.Row(file, "evil"))
				t.Wheel.Add("demo/evil.txt", "evil")
			})},
		)
	}
	for _, file := range []string{"demo/evil.py", "demo/evil.so", "evil.pth", "../../../bin/evil", "../../../lib/evil.so", "demo-1.0.dist-info/evil.py", "demo/__pycache__/evil.cpython-311.pyc", "../../../share/evil.py"} {
		path := filepath.Join(record.Site, file)
		table = append(table, attack{name: path + " added and listed", want: []string{unlisted + " " + path}, edit: fromWheel(func(t *record.Tree) { t.Add(file, "evil") })})
	}
	return table
}

// exemptBetween are what may differ from the wheel by name, with what may not.
func exemptBetween() (table []attack) {
	for _, name := range []string{"INSTALLER", "REQUESTED", "direct_url.json"} {
		for _, x := range exemptContents {
			a := attack{name: name + " with " + x.name, want: wantIf(x.bad, unlisted+" "+dist+name), edit: fromWheel(func(t *record.Tree) { t.Set("demo-1.0.dist-info/"+name, x.text) })}
			table = append(table, a)
		}
	}
	return table
}

// extraDists are dist-infos that no wheel accounts for: they vouch for nothing.
func extraDists() (table []attack) {
	for _, x := range []struct{ name, dir string }{
		{"beside the wheel's", ""}, {"in the package", "demo/"}, {"in a folder of its own", "evil/"}, {"in a deep folder", "demo/_vendor/deep/"},
	} {
		for _, file := range []struct{ name, path, text string }{
			{"Python code", "evil.py", "evil = 1\n"}, {"an extension module", "evil.so", "\x7fELF"}, {"a path file", "evil.pth", "import evil\n"}, {"bytecode", "evil.pyc", "x"},
		} {
			path := site + x.dir + file.path
			table = append(table, attack{
				name: "a dist-info " + x.name + " vouches for " + file.name, want: []string{unlisted + " " + path},
				edit: fromWheel(func(t *record.Tree) {
					t.Files[path] = file.text
					info := "evil-1.0.dist-info"
					t.Files[site+x.dir+info+"/METADATA"] = "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n"
					t.Files[site+x.dir+info+"/RECORD"] = record.Row(file.path, file.text) + "\n" + record.Row(info+"/METADATA", t.Files[site+x.dir+info+"/METADATA"]) + "\n" + info + "/RECORD,,\n"
				}),
			})
		}
	}
	return table
}

// wrongWheels are wheels that are not those of the tree.
func wrongWheels() (table []attack) {
	for i, x := range []struct {
		name string
		edit func(w *record.Wheel)
		want []string
	}{
		{"of another version", func(w *record.Wheel) {
			renamed(w, "demo-2.0.dist-info")
			w.File = "demo-2.0-py3-none-any.whl"
			w.Member("demo-2.0.dist-info/METADATA").Data = "Name: demo\nVersion: 2.0\n"
			w.Replace("demo-2.0.dist-info/METADATA", record.Row("demo-2.0.dist-info/METADATA", "Name: demo\nVersion: 2.0\n"))
		}, []string{"record-absent demo-2.0.dist-info", "?" + unlisted}},
		{"that is false itself", func(w *record.Wheel) { w.Member(data).Data = "some date\n" }, []string{mismatch + " " + data}},
		{"with a file more", func(w *record.Wheel) { w.Add("demo/more.py", "x") }, []string{missing + " " + site + "demo/more.py"}},
		{"with a file less", func(w *record.Wheel) { w.Drop(data); w.Replace(data, "") }, []string{unlisted + " " + siteData}},
		{"with a program more", func(w *record.Wheel) { w.Add("demo-1.0.data/scripts/more", "#!python\n") }, []string{missing + " bin/more"}},
	} {
		table = append(table, attack{name: fmt.Sprintf("wheel %d, %s", i+1, x.name), want: x.want, edit: fromWheel(func(t *record.Tree) { x.edit(t.Wheel) })})
	}
	return table
}
