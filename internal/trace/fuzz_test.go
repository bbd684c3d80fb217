package trace

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
)

// FuzzReports reads anything as reports of a loader and of Python: what is told has a
// name and somebody who asked, is sorted, and keeps to its bounds.
func FuzzReports(f *testing.F) {
	f.Add("     12:\tfile=libz.so.1 [0];  dynamically loaded by ./dd [0]\n"+
		"     12:\tfind library=libz.so.1 [0]; searching\n"+
		"     12:\t search path=/a/glibc-hwcaps/x86-64-v3:/a/tls/x86_64:/a\t\t(RUNPATH from file ./dd)\n"+
		"     12:\t  trying file=/a/libz.so.1\n"+
		"     13:\tfile=libn.so [0];  needed by ./dd [0] (relocation dependency)\n"+
		"     12:\tfile=libz.so.1 [0];  generating link map\n"+
		"     12:\topening file=/a/libz.so.1 [0]; direct_opencount=1\n",
		"ctypes\tlibz.so.1\t/x%0Ay.py\t3\nfind_library\tz\tf.py\t1\nimport\t./dd\tg.py\t2\ncleared\tsh\t\t0\n")
	f.Add(strings.Repeat("1:\tfile=a;  needed by b\n", 3), "\t\t\t")
	f.Fuzz(func(t *testing.T, loader, python string) {
		r := newReports()
		if err := r.readLoader(strings.NewReader(loader)); err != nil {
			t.Fatal(err)
		}
		if err := r.readPython(strings.NewReader(python), 12); err != nil {
			t.Fatal(err)
		}
		asked, problems := r.answer()
		missing := 0
		for i, a := range asked {
			if len(a.By) == 0 || a.Searched == nil || len(a.Searched) > maxDirs {
				t.Errorf("%+v", a)
			}
			if i > 0 && asked[i-1].Name > a.Name {
				t.Errorf("%q before %q", asked[i-1].Name, a.Name)
			}
			if (a.Status == report.AskedMissing) != (a.Path == "") && a.Name != "" {
				t.Errorf("%+v", a)
			}
			if a.Status == report.AskedMissing {
				missing++
			}
		}
		if len(problems) != missing {
			t.Errorf("%d problems, %d missing", len(problems), missing)
		}
		_ = r.allUnseen(nil)
	})
}

// Rule: a report has its bounds, and what is beyond them is said.
func TestReportsAreBounded(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	for b.Len() < maxBytes+maxBytes/2 {
		b.WriteString("     1:\t" + strings.Repeat("x", 2*maxLine) + "\n")
	}
	b.WriteString("     1:\tfile=libafter.so [0];  needed by b [0]\n")
	if err := os.WriteFile(filepath.Join(dir, "loader.1"), []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := readReports(dir)
	if err != nil {
		t.Fatal(err)
	}
	if asked, _ := r.answer(); len(asked) > 0 || len(r.unseen) != 1 {
		t.Errorf("%+v %+v", asked, r.unseen)
	}

	b.Reset()
	for i := range maxRequests + 10 {
		b.WriteString("     1:\tfile=lib" + strings.Repeat("y", i%100) + string(rune('a'+i%26)) + strings.Repeat("z", i/100) + ".so [0];  needed by b [0]\n")
		b.WriteString("     1:\t search path=" + strings.Repeat("/d:", 3*maxDirs) + "\t\t(LD_LIBRARY_PATH)\n")
	}
	r = newReports()
	if err := r.readLoader(strings.NewReader(b.String())); err != nil {
		t.Fatal(err)
	}
	if len(r.requests) != maxRequests || len(r.unseen) != 1 {
		t.Errorf("%d requests, %+v", len(r.requests), r.unseen)
	}
}

// Rule: what is no plain file in the folder of a run is not read, nor waited for.
func TestOnlyPlainFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("     1:\tfile=libsecret.so [0];  needed by b [0]\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "loader.1")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "python.1"), 0o777); err != nil {
		t.Fatal(err)
	}
	r, err := readReports(dir)
	if err != nil {
		t.Fatal(err)
	}
	if asked, _ := r.answer(); len(asked) > 0 || len(r.unseen) != 1 {
		t.Errorf("%+v %+v", asked, r.unseen)
	}
}
