package cli

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// compile makes one object with gcc. Sources are those among the arguments, or
// an empty function named after the file. Nothing of libc is linked to a
// library, so that its needs are what the script says and no more.
func compile(ts *testscript.TestScript, gcc string, shared bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: lib|prog FILE [ARG…]")
	}
	out := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(out), 0o777))
	cmd := []string{"-o", out, "-Wl,--no-as-needed", "-Wl,--allow-shlib-undefined"}
	body := "int main(void) { return 0; }\n"
	if shared {
		base := filepath.Base(out)
		cmd = append(cmd, "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,"+base)
		body = fmt.Sprintf("void f_%x(void) {}\n", base)
	}
	if !slices.ContainsFunc(args[1:], func(a string) bool { return strings.HasSuffix(a, ".c") }) {
		source := out + ".c"
		ts.Check(os.WriteFile(source, []byte(body), 0o666))
		defer os.Remove(source)
		cmd = append(cmd, source)
	}
	for _, a := range args[1:] {
		if !strings.HasPrefix(a, "-") {
			a = ts.MkAbs(a)
		}
		cmd = append(cmd, a)
	}
	ts.Check(ts.Exec(gcc, cmd...))
}

// dist writes a dist-info whose RECORD is true.
func dist(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: dist DIR NAME VERSION")
	}
	dir := ts.MkAbs(args[0])
	info := fmt.Sprintf("%s-%s.dist-info", args[1], args[2])
	ts.Check(os.MkdirAll(filepath.Join(dir, info), 0o777))
	write := func(name, text string) {
		ts.Check(os.WriteFile(filepath.Join(dir, info, name), []byte(text), 0o666))
	}
	write("METADATA", fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", args[1], args[2]))
	write("WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: false\nTag: py3-none-any\n")
	var rows strings.Builder
	for _, f := range filesBelow(ts, dir) {
		if f == info+"/RECORD" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, f))
		ts.Check(err)
		sum := sha256.Sum256(data)
		fmt.Fprintf(&rows, "%s,sha256=%s,%d\n", f, base64.RawURLEncoding.EncodeToString(sum[:]), len(data))
	}
	write("RECORD", rows.String()+info+"/RECORD,,\n")
}

// wheel zips a directory; names are sorted, as in a reproducible wheel.
func wheel(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: wheel DIR FILE.whl")
	}
	dir := ts.MkAbs(args[0])
	out, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	defer out.Close()
	w := zip.NewWriter(out)
	for _, f := range filesBelow(ts, dir) {
		data, err := os.ReadFile(filepath.Join(dir, f))
		ts.Check(err)
		member, err := w.Create(f)
		ts.Check(err)
		_, err = member.Write(data)
		ts.Check(err)
	}
	ts.Check(w.Close())
}

// state writes a line for each file, so that cmp shows whether a tree was
// touched.
func state(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: state DIR FILE")
	}
	dir := ts.MkAbs(args[0])
	var lines strings.Builder
	for _, f := range filesBelow(ts, dir) {
		path := filepath.Join(dir, f)
		st, err := os.Lstat(path)
		ts.Check(err)
		fmt.Fprintf(&lines, "%s %v %d ", f, st.Mode(), st.ModTime().UnixNano())
		if st.Mode()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			ts.Check(err)
			fmt.Fprintf(&lines, "-> %s\n", target)
			continue
		}
		data, err := os.ReadFile(path)
		ts.Check(err)
		fmt.Fprintf(&lines, "%x\n", sha256.Sum256(data))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(lines.String()), 0o666))
}

// filesBelow returns every file that is no directory, relative to dir, sorted.
func filesBelow(ts *testscript.TestScript, dir string) []string {
	var files []string
	ts.Check(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		files = append(files, filepath.ToSlash(rel))
		return err
	}))
	slices.Sort(files)
	return files
}
