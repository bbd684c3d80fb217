package loadcheck

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Rule: whatever lines the loader prints, an answer is files that are there: absolute
// paths with links resolved, sorted, each once, without what was asked about and the
// interpreter. All else is an error of this package.
func FuzzAnswer(f *testing.F) {
	real, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		f.Skip(err)
	}
	dir := f.TempDir()
	f.Add("/bin/sh\n/etc/passwd\n/etc/passwd\n"+dir+"/probe-1", "")
	f.Add("not\n/etc/passwd", "/etc")
	f.Add("/nowhere\n/etc/../etc/passwd\x00", "/usr")
	f.Add("relative/path\n//etc//passwd\n/", "")
	f.Fuzz(func(t *testing.T, text, prefix string) {
		l := &Loader{interpreter: "/bin/cat", real: "/usr/bin/cat", dir: dir, prefix: prefix}
		a, err := l.answer(strings.Split(text, "\n"), "/bin/sh", "/bin/sh")
		if err != nil {
			var path *PathError
			var loader *LoaderError
			if !errors.As(err, &path) && !errors.As(err, &loader) || a.Paths != nil {
				t.Fatalf("%v, %q", err, a.Paths)
			}
			return
		}
		if a.Paths == nil || !slices.IsSorted(a.Paths) || len(slices.Compact(slices.Clone(a.Paths))) != len(a.Paths) {
			t.Fatalf("%q", a.Paths)
		}
		for _, path := range a.Paths {
			again, err := filepath.EvalSymlinks(path)
			if err != nil || again != path || !filepath.IsAbs(path) || !isFile(path) || path == real || path == l.real || filepath.Dir(path) == dir {
				t.Fatalf("%q: %q, %v", path, again, err)
			}
		}
	})
}

// Rule: what the loader says is told in one line, without the name of the probe,
// whatever the bytes.
func FuzzWords(f *testing.F) {
	f.Add("/tmp/probe-1: error\n\tmore\xff", "/tmp/probe-1")
	f.Fuzz(func(t *testing.T, text, file string) {
		got := said(errors.New(text), file)
		if strings.ContainsAny(got, "\n\r\t\v\f") || strings.Join(strings.Fields(got), " ") != got || !slices.Equal([]rune(got), []rune(strings.ToValidUTF8(got, "?"))) {
			t.Fatalf("%q", got)
		}
	})
}
