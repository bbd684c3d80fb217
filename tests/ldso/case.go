// Package ldso holds the rules of the library search as text, one file a rule,
// each named after its rule: objects, and what the loader finds for them.
//
// A file opens with the rule in a comment. Then come, in txtar form:
//
//	-- loader --        libc=musl default=/lib:/lib2 hwcaps=… (may be left out)
//	-- objects --       one object, link or other file a line
//	-- load /app/prog --  what ldso.Loader.Load gives for it
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
// Further words: class=32, machine=aarch64, data=big, type=exec, type=rel, pie,
// nodeflib, static. A version with a question mark is weak.
//
// Package tests/elf compiles the same files and asks the real loader.
package ldso

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

func (c *Case) objects(text string) error {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		e := Entry{Path: words[0]}
		var err error
		switch {
		case len(words) == 3 && words[1] == "->":
			e.Link = words[2]
		case len(words) == 3 && words[1] == "==":
			e.Hard = words[2]
		case len(words) == 2 && words[1] == "dir":
			e.Dir = true
		case len(words) > 1 && strings.HasPrefix(words[1], "text="):
			_, rest, _ := strings.Cut(line, "text=")
			rest = strings.TrimSuffix(rest, "\n")
			e.Text = &rest
		default:
			e.Object, err = object(words[1:], c.Loader.Interpreter)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
		c.Entries = append(c.Entries, e)
	}
	return nil
}

func object(words []string, interp string) (*elfobj.Object, error) {
	o := &elfobj.Object{
		Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64, Type: elf.ET_DYN, Dynamic: true,
	}
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "interp":
			o.Interp = interp
			o.PIE = true
		case "needed":
			o.Needed = strings.Split(value, ",")
		case "soname":
			o.Soname = value
		case "rpath":
			o.Rpath = strings.Split(value, ":")
		case "runpath":
			o.Runpath = strings.Split(value, ":")
		case "verdef":
			o.Verdef, o.HasVerdef = strings.Split(value, ","), true
		case "verneed":
			o.Verneed = verneed(value)
		case "nodeflib":
			o.NoDefLib = true
		case "pie":
			o.PIE = true
		case "static":
			o.Dynamic = false
		default:
			if err := kind(o, w); err != nil {
				return nil, err
			}
		}
	}
	return o, nil
}

func kind(o *elfobj.Object, word string) error {
	switch word {
	case "class=32":
		o.Class, o.Machine = elf.ELFCLASS32, elf.EM_386
	case "machine=aarch64":
		o.Machine = elf.EM_AARCH64
	case "data=big":
		o.Data = elf.ELFDATA2MSB
	case "type=exec":
		o.Type, o.PIE = elf.ET_EXEC, false
	case "type=rel":
		o.Type, o.Dynamic = elf.ET_REL, false
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return nil
}

func verneed(value string) (needs []elfobj.Verneed) {
	for _, lib := range strings.Split(value, ",") {
		words := strings.Split(lib, ":")
		n := elfobj.Verneed{File: words[0]}
		for _, v := range words[1:] {
			name, weak := strings.CutSuffix(v, "?")
			n.Versions = append(n.Versions, elfobj.Version{Name: name, Weak: weak})
		}
		needs = append(needs, n)
	}
	return needs
}

// Update writes what was found into the file, in place of what was expected.
func (c *Case) Update(got []string) error {
	for i, l := range c.Loads {
		c.archive.Files[l.section].Data = []byte(got[i])
	}
	return os.WriteFile(c.file, txtar.Format(c.archive), 0o644)
}

// Print writes a closure as the cases have it: for each object its needs, how
// each was found, what was passed over for a reason, and all that was searched
// where nothing was found.
func Print(c ldso.Closure) string {
	var b strings.Builder
	for _, l := range c {
		if l.Parent < 0 || len(l.Needs) > 0 {
			fmt.Fprintln(&b, l.Path)
		}
		for _, n := range l.Needs {
			result := fmt.Sprintf("%s (%s)", n.Path, n.Via)
			switch {
			case n.Fatal != "":
				result = fmt.Sprintf("fatal at %s: %s", n.Path, n.Fatal)
			case !n.Found:
				result = "not found"
			case n.Loaded:
				result = fmt.Sprintf("%s (loaded before)", n.Path)
			}
			fmt.Fprintf(&b, "  %s => %s\n", n.Soname, result)
			for _, p := range n.Searched {
				if n.Found && p.Reason == "" {
					continue
				}
				fmt.Fprintf(&b, "    %s\n", place(p))
			}
		}
	}
	for _, v := range ldso.CheckVersions(c) {
		fmt.Fprintf(&b, "%s: %s of %s: wants %s, highest %q\n", v.Object, v.Library, v.Soname, v.Want, v.Highest)
	}
	return b.String()
}

func place(p ldso.Place) string {
	words := []string{"searched", string(p.Via)}
	if p.Object != "" {
		words = append(words, "of "+p.Object)
	}
	if p.Dir != "" {
		words = append(words, p.Dir)
	}
	if p.Reason != "" {
		words = append(words, "("+p.Reason+")")
	}
	return strings.Join(slices.Clip(words), " ")
}
