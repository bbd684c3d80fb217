package attacks

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

const (
	site     = record.Site + "/"
	dist     = site + "demo-1.0.dist-info/"
	siteData = site + data
	sitePyc  = site + "demo/__pycache__/__init__.cpython-311.pyc"
)

// installed is the edit that installs the good wheel and verifies the tree. After is
// done to the tree on the disk.
func installed(edit func(t *record.Tree), after ...func(g *ground, out string)) func(g *ground) []string {
	return func(g *ground) []string {
		t := record.Installed()
		edit(t)
		args, err := t.Write(g.in)
		if err != nil {
			g.Fatal(err)
		}
		for _, f := range after {
			f(g, filepath.Join(g.in, "out"))
		}
		return append([]string{"verify", "--format", "json"}, args...)
	}
}

func nothing(*record.Tree) {}

func TestTree(t *testing.T) {
	table := treeRows()
	for _, part := range [][]attack{treeLinks(), treeSpecials(), treeStrangers(), treeTexts()} {
		table = append(table, part...)
	}
	attacks(t, table)
}

// treeRows are rows of an installed RECORD, which may climb out of site-packages but
// not out of the output.
func treeRows() (table []attack) {
	true10 := "," + record.Hash(text) + ",10"
	for _, x := range []struct{ name, path, want string }{
		{"climbs out of the output", "../../../../evil", outside},
		{"climbs to the root", strings.Repeat("../", 30) + "etc/passwd", outside},
		{"climbs out and back", "../../../../out/lib/python3.11/site-packages/" + data, duplicate},
		{"is the output", "../../..", outside},
		{"is the folder above", "../../../..", outside},
		{"is absolute", "/etc/passwd", outside},
		{"is absolute and climbs", "/tmp/../etc/passwd", outside},
		{"begins with two slashes", "//etc/passwd", outside},
		{"has a drive letter", "c:/x", outside},
		{"goes down and climbs out", "demo/../../../../../evil", outside},
		{"is absolute in a folder of a like name", "OUT/outside-of-it/x", outside},
		{"is absolute in a folder that begins alike", "OUT/output/x", outside},
		{"has a backslash", `demo\data.txt`, malformedRecord},
		{"has a NUL", "demo/x\x00", malformedRecord},
		{"is empty", "", malformedRecord},
		{"is not there", "demo/none.txt", missing},
		{"is a folder", "demo", missing},
		{"is the folder of dist-info", "demo-1.0.dist-info", missing},
		{"is longer than a path", strings.Repeat("x/", 2100) + "x", malformedRecord},
		{"has a part longer than a name", strings.Repeat("x", 300), missing},
		{"goes below a file", data + "/x", missing},
		{"is a tilde", "~/x", missing},
		{"is a variable", "$out/x", missing},
		{"repeats another", data, duplicate},
		{"repeats another by climbing", "../site-packages/" + data, duplicate},
		{"repeats another as absolute", "OUT/out/" + siteData, duplicate},
		{"repeats another by a dot", "./" + data, duplicate},
		{"repeats another by a slash at its end", data + "/", duplicate},
		{"is the journal", "../../../.wheel-auto-patch-journal", unsafePath},
		{"is the journal in site-packages", ".wheel-auto-patch-journal", unsafePath},
		{"is a kept file", "demo/.wheel-auto-patch-old-1", unsafePath},
		{"is below a folder of that prefix", ".wheel-auto-patch-x/y.py", unsafePath},
	} {
		table = append(table, attack{name: "a row that " + x.name, want: []string{x.want}, edit: installed(func(t *record.Tree) { t.Rows = append(t.Rows, x.path+true10) })})
	}
	for _, file := range []string{"demo/__init__.py", "demo/core.so", data, "demo/plat.py", "../../../bin/demo-run", "../../../bin/demo", "../../../share/demo.txt", "../../../include/python3.11/demo/demo.h", "demo-1.0.dist-info/METADATA", "demo-1.0.dist-info/entry_points.txt", "demo-1.0.dist-info/INSTALLER"} {
		path := filepath.Join(record.Site, file)
		table = append(table,
			attack{name: path + " with another byte", want: []string{mismatch + " " + path}, edit: installed(func(t *record.Tree) {
				s := t.Files[path]
				t.Files[path] = s[:len(s)-1] + "\x01"
			})},
			attack{name: path + " is gone", want: []string{missing + " " + path}, edit: installed(func(t *record.Tree) { delete(t.Files, path) })},
			attack{name: path + " by md5", want: []string{weakHash + " " + path}, edit: installed(func(t *record.Tree) { t.Replace(file, file+",md5=x,") })},
			attack{name: path + " with one byte more", want: []string{mismatch + " " + path, "?record-size-mismatch " + path}, edit: installed(func(t *record.Tree) { t.Files[path] += "\n" })},
			attack{name: path + " is empty", want: []string{mismatch + " " + path, "?record-size-mismatch " + path}, edit: installed(func(t *record.Tree) { t.Files[path] = "" })},
		)
	}
	return table
}

// treeLinks are symbolic links in the place of files, folders and what lies above.
func treeLinks() (table []attack) {
	for _, file := range []string{siteData, site + "demo/core.so", "bin/demo-run", "share/demo.txt", dist + "METADATA"} {
		for _, x := range []struct{ name, to, want string }{
			{"out of the output, to the same bytes", "OUT/same", outside},
			{"out of the output, to other bytes", "OUT/other", outside},
			{"to a folder out of the output", "OUT", outside},
			{"to /dev/null", "/dev/null", outside},
			{"to /proc/self/environ", "/proc/self/environ", outside},
			{"to nothing", "nowhere", missing},
			{"to itself", filepath.Base(file), missing},
			{"to its folder", ".", missing},
			{"out and back in", "OUT/back", ""},
		} {
			a := attack{name: file + " is a link " + x.name, edit: installed(func(t *record.Tree) {
				bytes := t.Files[file]
				t.Files["../same"], t.Files["../other"] = bytes, "other"
				delete(t.Files, file)
				t.Files["kept/"+filepath.Base(file)] = bytes
				t.Links["../back"] = "OUT/out/kept/" + filepath.Base(file)
				t.Links[file] = x.to
			})}
			if x.want != "" {
				a.want = []string{x.want + " " + file}
			}
			table = append(table, a)
		}
	}
	for _, dir := range []string{"bin", "share", site + "demo", "include", "lib"} {
		table = append(table, attack{
			name: dir + " is a link out of the output", want: []string{outside, "?" + unlisted + " " + dir},
			edit: installed(nothing, func(g *ground, out string) {
				away := filepath.Join(g.in, "away")
				if err := os.Rename(filepath.Join(out, dir), away); err != nil {
					g.Fatal(err)
				}
				if err := os.Symlink(away, filepath.Join(out, dir)); err != nil {
					g.Fatal(err)
				}
			}),
		})
		if dir == "lib" { // the dist-info with it
			table[len(table)-1].want, table[len(table)-1].cannot = nil, true
		}
	}
	for _, x := range []struct{ name, at, to string }{
		{"a link to / in the package", site + "demo/root", "/"},
		{"a link to /usr/lib at the top", site + "lib", "/usr/lib"},
		{"a link to a module out of the output", site + "evil.py", "/usr/lib/python3/dist-packages/evil.py"},
		{"a link to a path file", site + "evil.pth", "OUT/evil.pth"},
		{"a link to a library of the host", site + "demo/libc.so", "/lib/x86_64-linux-gnu/libc.so.6"},
		{"a link that leads up", site + "demo/up", ".."},
		{"a link that RECORD does not list, to a listed file", site + "demo/evil.py", "__init__.py"},
	} {
		table = append(table, attack{name: x.name, want: []string{unlisted + " " + x.at}, edit: installed(func(t *record.Tree) { t.Links[x.at] = x.to })})
	}
	return table
}

// treeSpecials put a folder, FIFO, socket or device in the place of a file.
func treeSpecials() (table []attack) {
	for _, file := range []string{siteData, site + "demo/__init__.py", "bin/demo-run", dist + "RECORD", dist + "METADATA"} {
		for kind, mode := range map[string]uint32{"a FIFO": syscall.S_IFIFO | 0o666, "a socket": syscall.S_IFSOCK | 0o666, "a folder": 0} {
			a := attack{name: file + " is " + kind, want: []string{missing + " " + file}, edit: installed(nothing, func(g *ground, out string) {
				path := filepath.Join(out, file)
				if err := os.Remove(path); err != nil {
					g.Fatal(err)
				}
				if mode == 0 {
					g.write(filepath.Join(path, "x"), "x")
				} else if err := syscall.Mknod(path, mode, 0); err != nil {
					g.Fatal(err)
				}
			})}
			if filepath.Base(file) == "RECORD" {
				a.want = []string{malformedRecord + " " + file}
			}
			table = append(table, a)
		}
	}
	for _, name := range []string{"evil.py", "evil.so", "evil.pth", "evil.txt"} {
		table = append(table, attack{name: "a FIFO that no RECORD lists, " + name, want: wantIf(name != "evil.txt", unlisted+" "+site+name), edit: installed(nothing, func(g *ground, out string) {
			if err := syscall.Mkfifo(filepath.Join(out, site, name), 0o666); err != nil {
				g.Fatal(err)
			}
		})})
	}
	return table
}

func wantIf(bad bool, want string) []string {
	if bad {
		return []string{want}
	}
	return nil
}

// treeStrangers are files that no RECORD lists: what Python, the loader or the kernel
// would run is an error, wherever it lies and whatever it is called.
func treeStrangers() (table []attack) {
	contents := []struct{ name, ext, text string }{
		{"Python code", ".py", "evil = 1\n"},
		{"bytecode", ".pyc", "\xa7\r\r\n"},
		{"an extension module", ".so", "x"},
		{"a module of one ABI", ".cpython-311-x86_64-linux-gnu.so", "x"},
		{"an ELF object by its first bytes", ".dat", "\x7fELF\x02\x01\x01"},
	}
	for _, place := range []string{site, site + "demo/", site + "demo/__pycache__/", dist, site + "demo.libs/", site + "other/deep/er/", site + "__pycache__/", site + "demo/.hidden/"} {
		for _, c := range contents {
			path := place + "evil" + c.ext
			table = append(table, attack{name: c.name + " unlisted in " + place, want: []string{unlisted + " " + path}, edit: installed(func(t *record.Tree) { t.Files[path] = c.text })})
		}
	}
	for _, name := range []string{"evil.pth", "_evil.pth", "sitecustomize.py", "usercustomize.py", "os.py", "evil-nspkg.pth"} {
		table = append(table, attack{name: "unlisted at the top: " + name, want: []string{unlisted + " " + site + name}, edit: installed(func(t *record.Tree) { t.Files[site+name] = "import os\n" })})
	}
	for _, x := range exemptContents {
		for _, name := range exemptNames {
			path := dist + name
			a := attack{name: name + " unlisted, with " + x.name, want: wantIf(x.bad, unlisted+" "+path), edit: installed(func(t *record.Tree) {
				t.Files[path] = x.text
				for i, r := range t.Rows {
					if strings.HasPrefix(r, "demo-1.0.dist-info/"+name+",") {
						t.Rows = append(t.Rows[:i:i], t.Rows[i+1:]...)
						break
					}
				}
			})}
			table = append(table, a)
		}
	}
	for _, x := range []struct {
		name, path string
		bad        bool
	}{
		{"bytecode of a listed source", site + "demo/__pycache__/plat.cpython-311.pyc", false},
		{"bytecode of a listed source, optimized", site + "demo/__pycache__/plat.cpython-311.opt-2.pyc", false},
		{"bytecode beside its listed source", site + "demo/plat.pyc", true},
		{"bytecode of no source", site + "demo/__pycache__/none.cpython-311.pyc", true},
		{"bytecode of a name that only begins like a source", site + "demo/__pycache__/platform.cpython-311.pyc", true},
		{"bytecode without a tag", site + "demo/__pycache__/plat.pyc", true},
		{"bytecode below __pycache__ of __pycache__", site + "demo/__pycache__/__pycache__/plat.cpython-311.pyc", true},
		{"a module with the name of bytecode", site + "demo/__pycache__/plat.cpython-311.py", true},
		{"a library in __pycache__", site + "demo/__pycache__/plat.cpython-311.so", true},
		{"bytecode of a listed source in another folder", site + "__pycache__/plat.cpython-311.pyc", true},
	} {
		table = append(table, attack{name: "unlisted: " + x.name, want: wantIf(x.bad, unlisted+" "+x.path), edit: installed(func(t *record.Tree) { t.Files[x.path] = "x" })})
	}
	for _, x := range []struct{ name, path string }{
		{"in the package", "demo/evil.pyc"}, {"in __pycache__", "demo/__pycache__/evil.cpython-311.pyc"}, {"at the top", "sitecustomize.pyc"}, {"in bin", "../../../bin/evil.pyc"},
	} {
		path := filepath.Join(record.Site, x.path)
		table = append(table, attack{
			name: "bytecode without a source whose row has no hash, " + x.name, want: []string{weakHash + " " + path},
			edit: installed(func(t *record.Tree) {
				t.Files[path] = "x"
				t.Rows = append(t.Rows, x.path+",,")
			}),
		})
	}
	return table
}

var (
	exemptNames    = []string{"INSTALLER", "REQUESTED", "RECORD.jws", "RECORD.p7s", "direct_url.json", "provenance_url.json", "uv_cache.json", "uv_build.json"}
	exemptContents = []struct {
		name, text string
		bad        bool
	}{
		{"an ELF object", "\x7fELF\x02\x01\x01\x00", true},
		{"a Python script", "#!/usr/bin/env python3\nimport os\n", true},
		{"a word", "pip\n", false},
	}
)

// treeTexts are RECORDs of trees that cannot be read, and dist-infos that are odd.
func treeTexts() (table []attack) {
	for _, x := range []struct{ name, text string }{
		{"is not UTF-8", "demo/\xff,,\n"}, {"has a quote without an end", `"demo` + "\n"}, {"has two columns", "demo,x\n"}, {"has four columns", "demo,x,1,2\n"}, {"has a byte order mark", "\ufeffdemo,,\n"}, {"has CR alone", "demo,,\rx,,\r"}, {"is an ELF object", "\x7fELF\x02\x01"},
	} {
		table = append(table, attack{name: "RECORD " + x.name, want: []string{malformedRecord + " " + dist + "RECORD", "?" + unlisted}, edit: installed(func(t *record.Tree) {
			t.NoRecord = true
			t.Files[dist+"RECORD"] = x.text
		})})
	}
	many := func(t *record.Tree) {
		for i := range 300 {
			t.Files[fmt.Sprintf("%sdemo/locale/%d.mo", site, i)] = "text"
		}
	}
	table = append(table,
		attack{name: "300 unlisted texts", edit: installed(many)},
		attack{name: "300 unlisted texts and one false hash", want: []string{mismatch + " " + siteData}, edit: installed(func(t *record.Tree) {
			many(t)
			t.Files[siteData] = "some date\n"
		})},
		attack{name: "300 unlisted modules, each named", want: []string{unlisted}, check: func(_ *ground, r result) []string {
			if n := len(r.errors); n < 300 {
				return []string{fmt.Sprintf("%d errors", n)}
			}
			return nil
		}, edit: installed(func(t *record.Tree) {
			for i := range 300 {
				t.Files[fmt.Sprintf("%sdemo/e%d.py", site, i)] = "evil"
			}
		})},
	)
	for _, name := range []string{"evil-1.0.dist-info", "x.dist-info", ".dist-info"} {
		for _, dir := range []string{site, "", site + "demo/"} {
			table = append(table, attack{name: "a dist-info without RECORD, " + dir + name, want: []string{"record-absent " + dir + name}, edit: installed(func(t *record.Tree) {
				t.Files[dir+name+"/METADATA"] = "Name: evil\nVersion: 1.0\n"
			})})
		}
	}
	return table
}
