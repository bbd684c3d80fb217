// Package ldso holds the rules of the library search as text, one file a rule,
// each named after its rule: objects, and what the loader finds for them.
//
// A file opens with the rule in a comment. Then come, in txtar form:
//
//	-- loader --        libc=musl default=/lib:/lib2 hwcaps=… (may be left out)
//	-- objects --       one object, link or other file a line
//	-- load /app/prog --  what ldso.Loader.Load returns for it
//
// A line of objects is the path and its attributes:
//
//	/app/prog interp needed=liba.so,libb.so runpath=$ORIGIN/lib
//	/app/lib/liba.so soname=liba.so rpath=/x:/y verdef=V_1,V_2 verneed=libb.so:V_1:V_2?
//	/app/lib/libb.so -> liba.so      symbolic link
//	/app/lib/libc.so == /app/lib/liba.so      hard link
//	/app/lib/libd.so text=junk       a file that is no object
//	/app/lib/libe.so dir             a directory
//
// Further words: filter=…, auxiliary=… (one library each, in the order of the words
// with needed=…, which may come more than once), class=32, machine=aarch64, data=big,
// os=freebsd, type=exec, type=rel, pie, nodeflib, static. A version with a question
// mark is weak.
//
// Package tests/elf compiles the same files and asks the real loader.
package ldso

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
)

// A Case is one file.
type Case struct {
	Name    string // of the file, without its ending
	Comment string
	Loader  ldso.Loader
	NoReal  bool // the word "text-only": the real loader cannot be asked here
	Entries []Entry
	Loads   []Load

	file    string
	archive *txtar.Archive
}

// An Entry is one line of objects.
type Entry struct {
	Path   string
	Link   string // target of a symbolic link
	Hard   string // path of the same file
	Text   *string
	Dir    bool
	Object *elfobj.Object
}

// A Load is one expectation.
type Load struct {
	Path, Want string
	section    int
}

// Cases reads the files that a glob names.
func Cases(t testing.TB, glob string) []Case {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases at %s: %v", glob, err)
	}
	var cases []Case
	for _, file := range files {
		c, err := parse(file)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		cases = append(cases, c)
	}
	return cases
}

func parse(file string) (Case, error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return Case{}, err
	}
	c := Case{
		Name: strings.TrimSuffix(filepath.Base(file), ".txtar"), Comment: string(archive.Comment),
		Loader: ldso.Loader{
			Interpreter: "/lib/ld-linux-x86-64.so.2", Libc: ldso.Glibc,
			DefaultDirs: []string{"/lib"}, Lib: "lib", Platform: "x86_64",
		},
		file: file, archive: archive,
	}
	if !strings.HasPrefix(c.Comment, "# Rule: ") {
		return c, fmt.Errorf("the first line does not state the rule")
	}
	for i, s := range archive.Files {
		text := string(s.Data)
		path, isLoad := strings.CutPrefix(s.Name, "load ")
		switch {
		case s.Name == "loader":
			err = c.loader(strings.Fields(text))
		case s.Name == "objects":
			err = c.objects(text)
		case isLoad:
			c.Loads = append(c.Loads, Load{path, text, i})
		default:
			err = fmt.Errorf("unknown section %q", s.Name)
		}
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *Case) loader(words []string) error {
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "libc":
			c.Loader.Libc = ldso.Libc(value)
			if c.Loader.Libc == ldso.Musl {
				c.Loader.Interpreter = "/lib/ld-musl-x86_64.so.1"
			}
		case "default":
			c.Loader.DefaultDirs = strings.Split(value, ":")
		case "hwcaps":
			c.Loader.Hwcaps = strings.Split(value, ":")
		case "platform":
			c.Loader.Platform = value
		case "lib":
			c.Loader.Lib = value
		case "text-only":
			c.NoReal = true
		default:
			return fmt.Errorf("unknown word %q", w)
		}
	}
	return nil
}
