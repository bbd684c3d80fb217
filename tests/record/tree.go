package record

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Site is where packages lie below a prefix.
const Site = "lib/python3.11/site-packages"

// A Tree is what an installer made of the good wheel, and how it is verified.
type Tree struct {
	Files    map[string]string // contents by path below the prefix
	Links    map[string]string // symbolic links; OUT stands for the folder of the prefix
	Rows     []string          // of RECORD, relative to Site
	Wheel    *Wheel            // --wheel, nil for none
	More     []string          // further outputs beside the prefix, roots too
	Flags    []string
	NoRecord bool
	Store    string // NIX_STORE, relative to the folder of the prefix; empty for the real one
}

// Installed is the good wheel as pip installs it: programs written for entry
// points, first lines of scripts rewritten, bytecode compiled.
func Installed() *Tree {
	t := &Tree{Files: map[string]string{}, Links: map[string]string{}}
	for _, m := range Good().Members {
		t.Add(installedAs(m.Name), m.Data)
	}
	t.Set("../../../bin/demo-run", "#!/usr/bin/python3\nprint(42)\n")
	t.Add("../../../bin/demo", "#!/usr/bin/python3\nfrom demo import main\n")
	info := Good().Info
	t.Add(info+"/INSTALLER", "pip\n")
	for _, name := range []string{"REQUESTED", "direct_url.json"} {
		t.Add(info+"/"+name, name)
	}
	t.Files[Site+"/demo/__pycache__/__init__.cpython-311.pyc"] = "bytecode"
	t.Rows = append(t.Rows, "demo/__pycache__/__init__.cpython-311.pyc,,", info+"/RECORD,,")
	return t
}

// installedAs is where a member goes, relative to site-packages.
func installedAs(name string) string {
	for from, to := range map[string]string{
		"demo-1.0.data/scripts/": "../../../bin/",
		"demo-1.0.data/data/":    "../../../",
		"demo-1.0.data/headers/": "../../../include/python3.11/demo/",
		"demo-1.0.data/platlib/": "",
	} {
		if rest, ok := strings.CutPrefix(name, from); ok {
			return to + rest
		}
	}
	return name
}

// Add puts a file there, and its row at the end of RECORD.
func (t *Tree) Add(name, data string) {
	t.Files[filepath.Join(Site, name)] = data
	t.Rows = append(t.Rows, Row(name, data))
}

// Set gives a file other contents and a row that fits them, as an installer does
// that computes its hashes anew.
func (t *Tree) Set(name, data string) {
	t.Files[filepath.Join(Site, name)] = data
	t.Replace(name, Row(name, data))
}

// Replace changes the row of a file; an empty new row takes it out.
func (t *Tree) Replace(name, row string) {
	t.Rows = replaceRow(t.Rows, name, row)
}

// Link moves a file out of its place and leaves a link to it.
func (t *Tree) Link(name, to string) {
	t.Files[to] = t.Files[name]
	delete(t.Files, name)
	up := strings.Repeat("../", strings.Count(name, "/"))
	t.Links[name] = up + to
}

// Write makes the tree in dir/out and returns the arguments of verify.
func (t *Tree) Write(dir string) (args []string, err error) {
	out := filepath.Join(dir, "out")
	put := func(name, data string) {
		if err == nil {
			err = os.MkdirAll(filepath.Dir(name), 0o777)
		}
		if err == nil {
			err = os.WriteFile(name, []byte(data), 0o666)
		}
	}
	for name, data := range t.Files {
		put(filepath.Join(out, name), data)
	}
	if !t.NoRecord {
		put(filepath.Join(out, Site, Good().Info, "RECORD"), strings.ReplaceAll(strings.Join(t.Rows, "\n")+"\n", "OUT", dir))
	}
	for name, to := range t.Links {
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(out, name)), 0o777)
		}
		if err == nil {
			err = os.Symlink(strings.ReplaceAll(to, "OUT", dir), filepath.Join(out, name))
		}
	}
	args = append(args, t.Flags...)
	if t.Wheel != nil {
		whl := filepath.Join(dir, t.Wheel.File)
		put(whl, string(t.Wheel.Bytes()))
		args = append(args, "--wheel", whl)
	}
	args = append(args, out)
	for _, more := range t.More {
		args = append(args, filepath.Join(out, more))
	}
	if err != nil {
		err = fmt.Errorf("record: %w", err)
	}
	return args, err
}
