package attacks

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

const (
	pkg     = site + "pkg/"
	pkgInfo = site + "pkg-1.0.dist-info/"

	objectDamaged = "object-damaged"
	notFound      = "library-not-found"
)

// odd stands in compiled objects where an attack puts a name or a path of its own.
var odd = "libodd" + strings.Repeat("_", 180) + ".so"

// fill puts text in the place of odd.
func fill(object, text string) string {
	if len(text) > len(odd) {
		panic("too long: " + text)
	}
	return strings.ReplaceAll(object, odd, text+strings.Repeat("\x00", len(odd)-len(text)))
}

// objects are compiled once: a library, one that needs it, a program that does so, and
// a library that needs one by an odd name, which nobody has.
var objects = once(func(t testing.TB) map[string]string {
	tr := compiled.New(t)
	const dep = "int dep(void) { return 1; }"
	tr.Compile("libdep.so", dep, "-Wl,-soname,libdep.so")
	tr.Compile(odd, dep, "-Wl,-soname,"+odd)
	tr.Compile("ext.so", "int dep(void); int puts(const char *); int ext(void) { return puts(\"\") + dep(); }", "libdep.so", "-Wl,-rpath,$ORIGIN", "-Wl,-soname,ext.so")
	tr.Compile("below.so", "int dep(void); int under(void) { return dep(); }", "libdep.so", "-Wl,-rpath,$ORIGIN/below", "-Wl,-soname,under.so")
	tr.Compile("odd.so", "int dep(void); int names(void) { return dep(); }", odd, "-Wl,-rpath,$ORIGIN", "-Wl,-soname,odd.so")
	tr.Compile("prog", "int dep(void); int main(void) { return dep(); }", "libdep.so", "-Wl,-rpath,$ORIGIN", "-Wl,-dynamic-linker,"+compiled.HostLoader)
	tr.Compile("needy.so", "int dep(void); int needy(void) { return dep(); }", odd)
	tr.Compile("build.so", "int puts(const char *); int build(void) { return puts(\"\"); }", "-Wl,-rpath,/build/somewhere")
	return tr.Snapshot()
})

// tree writes an installation of pkg 1.0, whose RECORD is true, and returns its root.
// Names are relative to the package, and what has no ".so" in its name is executable.
func (g *ground) tree(files map[string]string) string {
	g.Helper()
	out := filepath.Join(g.in, "out")
	all := map[string]string{
		pkg + "__init__.py":  "pkg = 1\n",
		pkgInfo + "METADATA": "Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\n",
		pkgInfo + "WHEEL":    "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux_2_17_x86_64\n",
	}
	for name, text := range files {
		all[pkg+name] = text
	}
	var rows []string
	for name, text := range all {
		g.write(filepath.Join(out, name), text)
		if !strings.Contains(filepath.Base(name), ".") {
			if err := os.Chmod(filepath.Join(out, name), 0o755); err != nil {
				g.Fatal(err)
			}
		}
		rel := strings.TrimPrefix(name, site)
		if strings.ContainsAny(rel, ",\"\n\r") {
			row := record.Row("\x00", text)
			rows = append(rows, `"`+strings.ReplaceAll(rel, `"`, `""`)+`"`+strings.TrimPrefix(row, "\x00"))
			continue
		}
		rows = append(rows, record.Row(rel, text))
	}
	slices.Sort(rows)
	g.write(filepath.Join(out, pkgInfo, "RECORD"), strings.Join(rows, "\n")+"\npkg-1.0.dist-info/RECORD,,\n")
	return out
}

// checked is the edit that checks a tree of objects.
func checked(files func(objects map[string]string) map[string]string) func(g *ground) []string {
	return func(g *ground) []string { return []string{"check", "--format", "json", g.tree(files(objects(g)))} }
}

// patched is a copy of an object with bytes written over it.
func patched(object string, at int, with []byte) string {
	b := []byte(object)
	copy(b[at:], with)
	return string(b)
}

func TestELF(t *testing.T) {
	table := elfHeaders(t)
	for _, part := range [][]attack{elfSegments(t), elfDynamic(t), elfCuts(t), elfNames(), elfNoLibraries(t)} {
		table = append(table, part...)
	}
	attacks(t, table)
}

// elf64Fields are those of the ELF header (gABI chapter 4); the loader goes by none of
// the harmless ones.
var elf64Fields = []field{
	{"EI_CLASS", 4, 1, false},
	{"EI_DATA", 5, 1, false},
	{"EI_VERSION", 6, 1, false},
	{"e_type", 16, 2, false},
	{"e_machine", 18, 2, false},
	{"e_version", 20, 4, false},
	{"e_entry", 24, 8, true},
	{"e_phoff", 32, 8, false},
	{"e_shoff", 40, 8, true},
	{"e_flags", 48, 4, true},
	{"e_ehsize", 52, 2, true},
	{"e_phentsize", 54, 2, false},
	{"e_phnum", 56, 2, true},
	{"e_shentsize", 58, 2, true},
	{"e_shnum", 60, 2, true},
	{"e_shstrndx", 62, 2, true},
}

// refused adds the loader's own verdict to a row: what ld.so cannot list must be an
// error, or passed over with a notice.
func refused(name string) func(g *ground, r result) []string {
	return func(g *ground, r result) []string {
		path := filepath.Join(g.in, "out", pkg, name)
		err := exec.Command(compiled.HostLoader, "--list", path).Run()
		if err != nil && r.status == 0 && len(r.others) == 0 {
			return []string{"ld.so refuses it: " + err.Error()}
		}
		return nil
	}
}

// elfAttack is one edit of ext.so, which nothing needs.
func elfAttack(name, object string, harmless bool) attack {
	a := attack{name: name, check: refused("ext.so"), edit: checked(func(o map[string]string) map[string]string {
		return map[string]string{"ext.so": object, "libdep.so": o["libdep.so"]}
	})}
	if !harmless {
		a.want = []string{objectDamaged + " " + pkg + "ext.so"}
	}
	return a
}

func elfHeaders(t *testing.T) (table []attack) {
	ext := objects(t)["ext.so"]
	for _, f := range elf64Fields {
		right := f.get([]byte(ext))
		for i, v := range wrongs {
			twice := slices.ContainsFunc(wrongs[:i], func(w wrong) bool { return f.same(w.of(right), v.of(right)) })
			if twice || f.same(right, v.of(right)) {
				continue
			}
			b := []byte(ext)
			f.put(b, v.of(right))
			a := elfAttack(f.name+" is "+v.name, string(b), f.harmless)
			switch {
			case f.name == "e_machine": // of another machine: passed over, and said so
				a.want, a.said = nil, []string{"wrong-architecture " + pkg + "ext.so"}
			case f.name == "e_phnum":
				a.either = []string{objectDamaged}
			case f.name == "e_type" && v.name == "one less": // ET_EXEC
				a.want = []string{"loader-disagrees " + pkg + "ext.so"}
			}
			table = append(table, a)
		}
	}
	return table
}

// segmentFields are those of a program header of 64 bits (gABI chapter 5).
var segmentFields = []field{
	{"p_type", 0, 4, false}, {"p_flags", 4, 4, true}, {"p_offset", 8, 8, false}, {"p_vaddr", 16, 8, false}, {"p_paddr", 24, 8, true}, {"p_filesz", 32, 8, false}, {"p_memsz", 40, 8, false}, {"p_align", 48, 8, false},
}

// elfSegments are wrong numbers of the first PT_LOAD, the last one, and PT_DYNAMIC.
// Where the loader takes the object all the same, either verdict is right.
func elfSegments(t *testing.T) (table []attack) {
	ext := objects(t)["ext.so"]
	f, err := elf.NewFile(strings.NewReader(ext))
	if err != nil {
		t.Fatal(err)
	}
	phoff := int(le.Uint64([]byte(ext)[32:]))
	first, last := -1, -1
	for i, p := range f.Progs {
		if p.Type == elf.PT_LOAD {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	dynamic := slices.IndexFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_DYNAMIC })
	for _, seg := range []struct {
		name  string
		index int
	}{{"first PT_LOAD", first}, {"last PT_LOAD", last}, {"PT_DYNAMIC", dynamic}} {
		for _, sf := range segmentFields {
			sf.at += phoff + seg.index*56
			right := sf.get([]byte(ext))
			for i, v := range wrongs {
				twice := slices.ContainsFunc(wrongs[:i], func(w wrong) bool { return sf.same(w.of(right), v.of(right)) })
				if twice || sf.same(right, v.of(right)) {
					continue
				}
				b := []byte(ext)
				sf.put(b, v.of(right))
				a := elfAttack(seg.name+", "+sf.name+" is "+v.name, string(b), true)
				a.either = []string{objectDamaged, "loader-disagrees"}
				if sf.harmless && sf.name == "p_paddr" {
					a.either = nil
				}
				table = append(table, a)
			}
		}
	}
	return table
}

// elfDynamic are wrong values of entries of PT_DYNAMIC.
func elfDynamic(t *testing.T) (table []attack) {
	ext := objects(t)["ext.so"]
	f, err := elf.NewFile(strings.NewReader(ext))
	if err != nil {
		t.Fatal(err)
	}
	var at, size int
	for _, p := range f.Progs {
		if p.Type == elf.PT_DYNAMIC {
			at, size = int(p.Off), int(p.Filesz)
		}
	}
	for _, tag := range []elf.DynTag{elf.DT_NEEDED, elf.DT_SONAME, elf.DT_RUNPATH, elf.DT_STRTAB, elf.DT_STRSZ, elf.DT_SYMTAB, elf.DT_GNU_HASH, elf.DT_RELA, elf.DT_RELASZ, elf.DT_JMPREL, elf.DT_PLTRELSZ, elf.DT_INIT_ARRAY, elf.DT_INIT_ARRAYSZ, elf.DT_VERSYM, elf.DT_VERNEED, elf.DT_VERNEEDNUM} {
		for i := 0; i < size; i += 16 {
			if elf.DynTag(le.Uint64([]byte(ext)[at+i:])) != tag {
				continue
			}
			for _, v := range []struct {
				name  string
				value uint64
			}{{"all ones", 1<<64 - 1}, {"the middle of memory", 1 << 47}, {"behind the file", uint64(len(ext)) + 1<<20}} {
				var b [8]byte
				le.PutUint64(b[:], v.value)
				a := elfAttack(fmt.Sprintf("%v is %s", tag, v.name), patched(ext, at+i+8, b[:]), tag == elf.DT_VERNEEDNUM) // glibc goes by vn_next
				table = append(table, a)
			}
			break
		}
	}
	return table
}

// elfCuts are objects cut short.
func elfCuts(t *testing.T) (table []attack) {
	ext := objects(t)["ext.so"]
	for _, n := range []int{4, 5, 15, 16, 63, 64, 100, 500, 4095, 4096, 8192} {
		if n < len(ext) {
			table = append(table, elfAttack(fmt.Sprintf("an object cut to %d bytes", n), ext[:n], false))
		}
	}
	return table
}

// elfNames are names that an object needs.
func elfNames() (table []attack) {
	for _, x := range []struct{ name, soname string }{
		{"two dots", ".."},
		{"a path that climbs", "../../../../../../../../tmp/evil.so"},
		{"/dev/null", "/dev/null"},
		{"/proc/self/exe", "/proc/self/exe"},
		{"an absolute path", "/nonexistent/evil.so"},
		{"a relative path", "./evil.so"},
		{"$ORIGIN", "$ORIGIN/evil.so"},
		{"$LIB", "/$LIB/evil.so"},
		{"a glob", "lib*.so"},
		{"a colon", "lib:evil.so"},
		{"a blank", "lib evil.so"},
		{"not UTF-8", "lib\xff.so"},
		{"a newline", "lib\nevil.so"},
		{"a long name", odd},
	} {
		table = append(table, attack{name: "a need of " + x.name, want: []string{notFound}, edit: checked(func(o map[string]string) map[string]string {
			return map[string]string{"needy.so": fill(o["needy.so"], x.soname)}
		})})
	}
	return table
}

// noLibraries are ELF files of kinds that no loader takes as a library.
var noLibraries = once(func(t testing.TB) map[string]string {
	tr := compiled.New(t)
	tr.Compile("object.o", "int x(void) { return 1; }", "-c")
	tr.Compile("static", "int main(void) { return 0; }", "-static")
	tr.Compile("whole", "int x(void) { return 1; }", "-g", "-nostdlib")
	if out, err := exec.Command(testenv.Tool(t, "objcopy"), "--only-keep-debug", tr.File("whole"), tr.File("debug")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return tr.Snapshot()
})

// elfNoLibraries are such files under names that Python imports, that a program may
// open, and that mean no library.
func elfNoLibraries(t *testing.T) (table []attack) {
	for kind, words := range map[string]string{"object.o": "an object file", "static": "a static program", "debug": "debugging symbols"} {
		for _, x := range []struct {
			name     string
			severity string // "" where nothing is said
		}{
			{"ext.cpython-311-x86_64-linux-gnu.so", "error"},
			{"ext.so", "error"},
			{"libdata.so", "warning"},
			{"libdata.so.1.2", "warning"},
			{"some-plugin.so", "warning"},
			{"ext.so.debug", ""},
			{"ext.o", ""},
		} {
			a := attack{name: words + " called " + x.name, check: refused(x.name), edit: checked(func(o map[string]string) map[string]string {
				return map[string]string{x.name: noLibraries(t)[kind], "libdep.so": o["libdep.so"]}
			})}
			switch line := objectDamaged + " " + pkg + x.name; {
			case x.severity == "error" && kind != "debug":
				a.want = []string{line}
			case x.severity != "":
				a.said = []string{line}
			default:
				a.check = func(_ *ground, r result) []string { return r.others }
			}
			table = append(table, a)
		}
	}
	return table
}

// The loader must run nothing of what it is asked about.

// payloads are sources that leave a mark when they run.
const payload = `#include <fcntl.h>
#include <unistd.h>
static void mark(void) { int fd = open("` + "ODD" + `", O_CREAT | O_WRONLY, 0644); if (fd >= 0) close(fd); }
`

var evil = once(func(t testing.TB) map[string]string {
	tr := compiled.New(t)
	source := func(s string) string { return strings.Replace(payload, "ODD", odd, 1) + s }
	const ctor = "__attribute__((constructor)) static void c(void) { mark(); }\n"
	const init = "void evil(void) { mark(); }\n"
	const ifunc = "static int real(void) { return 1; } static int (*resolve(void))(void) { mark(); return real; } int fun(void) __attribute__((ifunc(\"resolve\"))); int (*table[])(void) = { fun };\n"
	const audit = ctor + "unsigned la_version(unsigned v) { mark(); return v; }\n"
	const main = "int main(void) { return 0; }\n"
	loader := "-Wl,-dynamic-linker," + compiled.HostLoader
	for name, c := range map[string]struct {
		source string
		flags  []string
	}{
		"ctor.so":      {ctor, nil},
		"init.so":      {init, []string{"-Wl,-init,evil"}},
		"ifunc.so":     {ifunc, []string{"-Wl,-z,now"}},
		"libaud.so":    {audit, []string{"-Wl,-soname,libaud.so"}},
		"libc.so.6":    {ctor, []string{"-Wl,-soname,libc.so.6"}},
		"libm.so.6":    {ctor, []string{"-Wl,-soname,libm.so.6"}},
		"ctor":         {ctor + main, []string{loader}},
		"init":         {init + main, []string{loader, "-Wl,-init,evil"}},
		"ifunc":        {ifunc + main, []string{loader, "-Wl,-z,now"}},
		"preinit":      {"static void p(void) { mark(); }\n__attribute__((section(\".preinit_array\"), used)) static void (*pre)(void) = p;\n" + main, []string{loader}},
		"audit":        {main, []string{loader, "-Wl,--audit,libaud.so", "-Wl,-rpath,$ORIGIN"}},
		"depaudit":     {main, []string{loader, "-Wl,--depaudit,libaud.so", "-Wl,-rpath,$ORIGIN"}},
		"audit-path":   {main, []string{loader, "-Wl,--audit," + odd}},
		"two-audits":   {main, []string{loader, "-Wl,--audit,libnone.so:libaud.so", "-Wl,-rpath,$ORIGIN"}},
		"audit.so":     {"int x;", []string{"-Wl,--audit,libaud.so", "-Wl,-rpath,$ORIGIN"}},
		"audit-interp": {main, []string{"-Wl,-dynamic-linker,/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "-Wl,--audit,libaud.so", "-Wl,-rpath,$ORIGIN"}},
		"interp":       {main, []string{"-Wl,-dynamic-linker," + odd}},
		"static":       {ctor + main, []string{"-static"}},
		"static-pie":   {ctor + main, []string{"-static-pie"}},
		"own-libc":     {main, []string{loader, "-Wl,-rpath,$ORIGIN"}},
		"own-libm":     {"double sin(double); int main(int n, char **a) { return sin(n); }", []string{loader, "-Wl,-rpath,$ORIGIN", "-Wl,--no-as-needed", "-lm"}},
	} {
		tr.Compile("x/"+name, source(c.source), c.flags...)
	}
	all := map[string]string{}
	for name, text := range tr.Snapshot() {
		all[strings.TrimPrefix(name, "x/")] = text
	}
	return all
})

func TestLoader(t *testing.T) {
	var table []attack
	for _, x := range []struct {
		name  string
		files []string
		audit bool // a program that must not be given to the loader
		any   bool // what else is said of it is not decided here
		said  string
	}{
		{"a constructor of a library", []string{"ctor.so"}, false, false, ""},
		{"DT_INIT of a library", []string{"init.so"}, false, false, ""},
		{"an IFUNC of a library", []string{"ifunc.so"}, false, false, ""},
		{"a constructor of a program", []string{"ctor"}, false, false, ""},
		{"DT_INIT of a program", []string{"init"}, false, false, ""},
		{"an IFUNC of a program", []string{"ifunc"}, false, false, ""},
		{"DT_PREINIT_ARRAY of a program", []string{"preinit"}, false, false, ""},
		{"DT_AUDIT of a program", []string{"audit", "libaud.so"}, true, false, ""},
		{"DT_DEPAUDIT of a program", []string{"depaudit", "libaud.so"}, true, false, ""},
		{"DT_AUDIT by an absolute path", []string{"audit-path", "libaud.so"}, true, false, ""},
		{"two modules in DT_AUDIT", []string{"two-audits", "libaud.so"}, true, false, ""},
		{"DT_AUDIT of a library", []string{"audit.so", "libaud.so"}, false, true, ""},
		{"DT_AUDIT with another PT_INTERP", []string{"audit-interp", "libaud.so"}, true, false, ""},
		{"a PT_INTERP of the wheel's own", []string{"interp", "static"}, false, true, ""},
		{"a static program", []string{"static"}, false, false, ""},
		{"a static PIE", []string{"static-pie"}, false, true, ""},
		{"a libc.so.6 of the wheel's own", []string{"own-libc", "libc.so.6"}, false, true, "error bundled-libc " + pkg + "libc.so.6"},
		{"a libm.so.6 of the wheel's own", []string{"own-libm", "libm.so.6"}, false, true, "warning bundled-libc " + pkg + "libm.so.6"},
	} {
		for _, command := range []string{"verify", "check", "patch", "explain"} {
			a := attack{name: x.name + " at " + command, edit: func(g *ground) []string {
				files := map[string]string{}
				for _, name := range x.files {
					to := filepath.Join(g.top, "outside", "MARK")
					switch name {
					case "audit-path":
						to = filepath.Join(g.in, "out", pkg, "libaud.so")
					case "interp":
						to = filepath.Join(g.in, "out", pkg, "static")
					}
					files[name] = fill(evil(g)[name], to)
				}
				return []string{command, "--format", "json", g.tree(files)}
			}}
			if x.any {
				a.anything = true
			}
			if x.audit && (command == "check" || command == "patch") {
				a.want = []string{"audit-module"}
			}
			if x.said != "" && (command == "check" || command == "patch") {
				a.check = func(_ *ground, r result) []string {
					for _, p := range r.problems {
						if p.Severity+" "+p.Code+" "+p.Path == x.said {
							return nil
						}
					}
					return []string{"not said: " + x.said}
				}
			}
			table = append(table, a)
		}
	}
	attacks(t, table)
}

// Rule: the marks of the loader's attacks are left where their code does run, so that
// their absence proves something.
func TestMarksAreLeft(t *testing.T) {
	for _, name := range []string{"ctor", "init", "ifunc", "preinit", "audit", "static"} {
		dir := t.TempDir()
		mark := filepath.Join(dir, "MARK")
		for _, file := range []string{name, "libaud.so"} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(fill(evil(t)[file], mark)), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		out, err := exec.Command(filepath.Join(dir, name)).CombinedOutput()
		if _, e := os.Stat(mark); e != nil {
			t.Errorf("%s: %v, %v %s", name, e, err, bytes.TrimSpace(out))
		}
	}
}
