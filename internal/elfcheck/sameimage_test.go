package elfcheck_test

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfcheck"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/patchelfs"
)

// imageSource has something in each kind of section that a library can have.
const imageSource = `
	int puts(const char *);
	int other(void);
	__thread int local = 5;
	int zeros[4000];
	int data[100] = {1, 2, 3};
	const char *name = "a constant";
	int (*pointer)(const char *) = puts;
	int shown(int x) { puts(name); return other() + data[x] + zeros[x] + local; }
	int second(void) { return shown(1); }
	__attribute__((constructor)) static void begin(void) { data[1] = 7; }
	__attribute__((section(".note.own"), used)) static const int note[] = {4, 4, 1, 0x004e574f, 0x01020304};
`

// libraries are the directories that a long and a short edit write, and what the path
// of the library was: a long one does not fit, a short one does.
var imageEdits = map[string]struct{ was, now string }{
	"moved":    {"/build/short", "/nix/store/00000000000000000000000000000000-a-name/lib:/nix/store/11111111111111111111111111111111-b/lib"},
	"in place": {"/build/long/enough/for/what/comes", "$ORIGIN"},
}

// compileImage compiles a library with that search path, and one that it needs.
func compileImage(t testing.TB, rpath string, flags ...string) string {
	t.Helper()
	tr := compiled.New(t)
	tr.Compile("libother.so", "int other(void) { return 1; }", "-Wl,-soname,libother.so", "-nostdlib")
	if err := os.WriteFile(tr.File("map"), []byte("V1 { global: shown; }; V2 { global: second; } V1;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tr.Compile("lib.so", imageSource, append([]string{
		"-L.", "-lother", "-Wl,-rpath," + rpath, "-Wl,--version-script,map", "-Wl,--build-id", "-Wl,-z,lazy", "-Wl,--hash-style=both",
	}, flags...)...)
	return tr.File("lib.so")
}

// edited has a patchelf write an edited copy of a file, and returns both.
func edited(t testing.TB, program, file string, args ...string) (before, after []byte) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	if text, err := exec.Command(program, append(args, "--output", out, file)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return readFile(t, file), readFile(t, out)
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// differences returns what SameImage finds, one a line.
func differences(t testing.TB, before, after []byte, allowed elfcheck.Allowed) string {
	t.Helper()
	sum := sha256.New()
	damages, err := elfcheck.SameImage(bytes.NewReader(before), bytes.NewReader(after), int64(len(before)), int64(len(after)), allowed, sum)
	if err != nil {
		t.Fatal(err)
	}
	if want := sha256.Sum256(after); !bytes.Equal(sum.Sum(nil), want[:]) && len(damages) == 0 {
		t.Error("the bytes that were handed on are not those of the file")
	}
	again, err := elfcheck.SameImage(bytes.NewReader(before), bytes.NewReader(after), int64(len(before)), int64(len(after)), allowed, nil)
	if err != nil || !slices.Equal(again, damages) {
		t.Errorf("%v: without a hash %v, with one %v", err, again, damages)
	}
	var lines []string
	for _, d := range damages {
		lines = append(lines, d.Text)
	}
	return strings.Join(lines, "\n")
}

var runpathAllowed = elfcheck.Allowed{Runpath: true}

// An imageFile is an edited file that is damaged by hand.
type imageFile struct {
	t    *testing.T
	data []byte
	f    *elf.File
}

func (i *imageFile) section(name string) *elf.Section {
	i.t.Helper()
	s := i.f.Section(name)
	if s == nil {
		i.t.Fatalf("no section %s", name)
	}
	return s
}

// flip changes one byte of a section.
func (i *imageFile) flip(name string, at uint64) { i.data[i.section(name).Offset+at] ^= 0x40 }

// symbol returns the place of a dynamic symbol in the file.
func (i *imageFile) symbol(name string) uint64 {
	symbols, err := i.f.DynamicSymbols()
	if err != nil {
		i.t.Fatal(err)
	}
	n := slices.IndexFunc(symbols, func(s elf.Symbol) bool { return s.Name == name })
	return i.section(".dynsym").Offset + 24*uint64(n+1)
}

// header returns the place of the nth program header of a kind.
func (i *imageFile) header(kind elf.ProgType, n int) uint64 {
	at := binary.LittleEndian.Uint64(i.data[32:])
	for _, p := range i.f.Progs {
		if p.Type == kind {
			if n == 0 {
				return at
			}
			n--
		}
		at += 56
	}
	i.t.Fatalf("no %v", kind)
	return 0
}

// writable returns the number of the PT_LOAD with .bss.
func (i *imageFile) writable() int {
	n, found := 0, 0
	bss := i.section(".bss").Addr
	for _, p := range i.f.Progs {
		if p.Type == elf.PT_LOAD {
			if bss >= p.Vaddr && bss < p.Vaddr+p.Memsz {
				found = n
			}
			n++
		}
	}
	return found
}

func (i *imageFile) put64(at, v uint64) { binary.LittleEndian.PutUint64(i.data[at:], v) }
func (i *imageFile) get64(at uint64) uint64 {
	return binary.LittleEndian.Uint64(i.data[at:])
}

// tag returns the place of the value of an entry of .dynamic.
func (i *imageFile) tag(tag elf.DynTag) uint64 {
	s := i.section(".dynamic")
	for at := s.Offset; at < s.Offset+s.Size; at += 16 {
		if elf.DynTag(i.get64(at)) == tag {
			return at + 8
		}
	}
	i.t.Fatalf("no %v", tag)
	return 0
}

// imageDamages are what can be wrong with an edited copy; each must be found, and named.
var imageDamages = map[string]struct {
	do   func(i *imageFile)
	want string
}{
	"code":            {func(i *imageFile) { i.flip(".text", 0x21) }, "(.text): not the bytes that were there"},
	"initialisation":  {func(i *imageFile) { i.flip(".init", 5) }, "(.init): not the bytes that were there"},
	"linkage table":   {func(i *imageFile) { i.flip(".plt", 3) }, "(.plt): not the bytes that were there"},
	"constants":       {func(i *imageFile) { i.flip(".rodata", 4) }, "(.rodata): not the bytes that were there"},
	"data":            {func(i *imageFile) { i.flip(".data", 40) }, "(.data): not the bytes that were there"},
	"offset table":    {func(i *imageFile) { i.flip(".got.plt", 0x19) }, "(.got.plt): not the bytes that were there"},
	"constructors":    {func(i *imageFile) { i.flip(".init_array", 1) }, "(.init_array): not the bytes that were there"},
	"unwinding":       {func(i *imageFile) { i.flip(".eh_frame", 9) }, "(.eh_frame): not the bytes that were there"},
	"thread-local":    {func(i *imageFile) { i.flip(".tdata", 0) }, "(.tdata): not the bytes that were there"},
	"symbol name":     {func(i *imageFile) { i.data[i.section(".dynstr").Offset+1] ^= 1 }, "DT_STRTAB: bytes 0x1 to 0x2"},
	"symbol value":    {func(i *imageFile) { i.data[i.symbol("shown")+8] ^= 1 }, `"shown": is not what it was`},
	"symbol size":     {func(i *imageFile) { i.data[i.symbol("shown")+16] ^= 1 }, `"shown": is not what it was`},
	"symbol type":     {func(i *imageFile) { i.data[i.symbol("second")+4] ^= 1 }, `"second": is not what it was`},
	"symbol rights":   {func(i *imageFile) { i.data[i.symbol("second")+5] ^= 2 }, `"second": is not what it was`},
	"symbol gone":     {func(i *imageFile) { copy(i.data[i.symbol("second")+6:], []byte{0, 0}) }, `"second": is not what it was`},
	"symbol absolute": {func(i *imageFile) { copy(i.data[i.symbol("second")+6:], []byte{0xf1, 0xff}) }, `"second": is not what it was`},
	"symbol's string": {func(i *imageFile) { i.data[i.symbol("second")]++ }, `"second": is not what it was`},
	"addend":          {func(i *imageFile) { i.flip(".rela.dyn", 16) }, "not"},
	"relocated place": {func(i *imageFile) { i.flip(".rela.dyn", 1) }, "not"},
	"relocation":      {func(i *imageFile) { i.flip(".rela.plt", 12) }, "not"},
	"fewer":           {func(i *imageFile) { i.put64(i.tag(elf.DT_RELASZ), i.get64(i.tag(elf.DT_RELASZ))-24) }, "DT_RELASZ of PT_DYNAMIC is"},
	"no lazy ones":    {func(i *imageFile) { i.put64(i.tag(elf.DT_PLTRELSZ), 0) }, "DT_PLTRELSZ of PT_DYNAMIC is"},
	"version index":   {func(i *imageFile) { i.flip(".gnu.version", 6) }, "not"},
	"version wanted":  {func(i *imageFile) { i.flip(".gnu.version_r", 16) }, "not"},
	"version defined": {func(i *imageFile) { i.flip(".gnu.version_d", 8) }, "not"},
	"GNU hash":        {func(i *imageFile) { i.flip(".gnu.hash", i.section(".gnu.hash").Size-1) }, "not"},
	"hash":            {func(i *imageFile) { i.flip(".hash", 9) }, "not"},
	"DT_INIT":         {func(i *imageFile) { i.data[i.tag(elf.DT_INIT)] ^= 8 }, "DT_INIT of PT_DYNAMIC is"},
	"DT_INIT_ARRAY":   {func(i *imageFile) { i.data[i.tag(elf.DT_INIT_ARRAY)] ^= 8 }, "DT_INIT_ARRAY of PT_DYNAMIC is"},
	"DT_HASH is lost": {func(i *imageFile) { i.put64(i.tag(elf.DT_HASH)-8, uint64(elf.DT_DEBUG)) }, "DT_HASH of PT_DYNAMIC is DT_DEBUG now"},
	"DT_SYMTAB":       {func(i *imageFile) { i.data[i.tag(elf.DT_SYMTAB)] ^= 8 }, "dynamic symbol 0"},
	"DT_STRTAB":       {func(i *imageFile) { i.put64(i.tag(elf.DT_STRTAB), i.section(".text").Addr) }, "DT_STRTAB"},
	"note":            {func(i *imageFile) { i.flip(".note.gnu.build-id", 18) }, "not the bytes that were there"},
	"entry":           {func(i *imageFile) { i.data[24] ^= 1 }, "the ELF header is not what it was"},
	"flags of header": {func(i *imageFile) { i.data[48] ^= 1 }, "the ELF header is not what it was"},
	"PT_LOAD over another": {func(i *imageFile) {
		h, over := i.header(elf.PT_GNU_RELRO, 0), i.f.Section(".data").Addr&^0xfff
		copy(i.data[h:], []byte{1, 0, 0, 0, 6, 0, 0, 0})
		for n, v := range []uint64{0, over, over, 0x1000, 0x1000, 0x1000} {
			i.put64(h+8+8*uint64(n), v)
		}
	}, "(.data"},
	"bss of the file": {func(i *imageFile) {
		h := i.header(elf.PT_LOAD, i.writable())
		i.put64(h+32, i.get64(h+40))
	}, "(.bss): not the bytes that were there"},
	"bss that is short": {func(i *imageFile) {
		h := i.header(elf.PT_LOAD, i.writable())
		i.put64(h+40, i.get64(h+40)-0x1000)
	}, "(.bss): no longer mapped"},
	"data that is short": {func(i *imageFile) {
		h := i.header(elf.PT_LOAD, i.writable())
		i.put64(h+32, i.section(".data").Addr-i.get64(h+16))
	}, "(.data): not the bytes that were there"},
	"segment elsewhere": {func(i *imageFile) {
		h := i.header(elf.PT_LOAD, i.writable())
		i.put64(h+16, i.get64(h+16)+0x100000)
	}, "no longer mapped"},
	"code that cannot run":  {func(i *imageFile) { i.data[i.header(elf.PT_LOAD, 1)+4] = 4 }, "mapped R--, no longer R-E"},
	"data that is constant": {func(i *imageFile) { i.data[i.header(elf.PT_LOAD, i.writable())+4] = 4 }, "mapped R--, no longer RW-"},
	"PT_TLS":                {func(i *imageFile) { i.data[i.header(elf.PT_TLS, 0)+40] ^= 4 }, "PT_TLS at address"},
	"alignment of PT_TLS":   {func(i *imageFile) { i.data[i.header(elf.PT_TLS, 0)+48] ^= 0x30 }, "PT_TLS at address"},
	"PT_GNU_RELRO":          {func(i *imageFile) { i.data[i.header(elf.PT_GNU_RELRO, 0)+17] ^= 0x10 }, "PT_GNU_RELRO at address"},
	"PT_GNU_EH_FRAME":       {func(i *imageFile) { i.put64(i.header(elf.PT_GNU_EH_FRAME, 0)+16, 0) }, "PT_GNU_EH_FRAME at address"},
	"no PT_DYNAMIC":         {func(i *imageFile) { i.data[i.header(elf.PT_DYNAMIC, 0)] = 0 }, "is gone"},
	"cut short":             {func(i *imageFile) { i.data = i.data[:100] }, "behind the end"},
}

// Rule: whatever an edit changes in what code or the loader sees of an object is found,
// and named by its section or its table; what patchelf does as it should is not.
func TestSameImage(t *testing.T) {
	for name, e := range imageEdits {
		t.Run(name, func(t *testing.T) {
			before, good := edited(t, patchelfs.Get(t, patchelfs.System), compileImage(t, e.was), "--set-rpath", e.now)
			if got := differences(t, before, good, runpathAllowed); got != "" {
				t.Fatalf("of a good copy it says: %s", got)
			}
			for damage, c := range imageDamages {
				t.Run(damage, func(t *testing.T) {
					data := slices.Clone(good)
					f, err := elf.NewFile(bytes.NewReader(data))
					if err != nil {
						t.Fatal(err)
					}
					i := &imageFile{t, data, f}
					c.do(i)
					if got := differences(t, before, i.data, runpathAllowed); !strings.Contains(got, c.want) {
						t.Errorf("no %q in %q", c.want, got)
					}
				})
			}
		})
	}
}

// Rule: no good copy is refused, whatever patchelf wrote it and of what kind the object
// is.
func TestSameImageOfGoodCopies(t *testing.T) {
	kinds := map[string][]string{
		"library":              {"-shared", "-fPIC"},
		"GNU hash":             {"-shared", "-fPIC", "-Wl,--hash-style=gnu"},
		"SysV hash":            {"-shared", "-fPIC", "-Wl,--hash-style=sysv"},
		"bound at once":        {"-shared", "-fPIC", "-Wl,-z,now"},
		"packed relocations":   {"-shared", "-fPIC", "-Wl,-z,pack-relative-relocs"},
		"one segment of code":  {"-shared", "-fPIC", "-Wl,-z,noseparate-code"},
		"position-independent": {"-pie", "-fPIE", "-DMAIN"},
		"fixed addresses":      {"-no-pie", "-DMAIN"},
		"without relro":        {"-no-pie", "-DMAIN", "-Wl,-z,norelro"},
		"old tags":             {"-shared", "-fPIC", "-Wl,--disable-new-dtags"},
		"large pages":          {"-shared", "-fPIC", "-Wl,-z,max-page-size=0x200000"},
		"stripped":             {"-shared", "-fPIC", "-s"},
		"note that is none":    {"-shared", "-fPIC", "-DTEXT"},
		"a program with one":   {"-no-pie", "-DMAIN", "-DTEXT"},
		"notes in no PT_NOTE":  {"-no-pie", "-DMAIN"},
	}
	const program = "\n#ifdef MAIN\nint other(void) { return 1; }\nint main(void) { return shown(0); }\n#endif\n" +
		"#ifdef TEXT\n__asm__(\".section .note.text,\\\"a\\\",@note\\n .ascii \\\"a text, not in the form of notes\\\"\\n.previous\");\n#endif\n"
	dir := t.TempDir()
	source := filepath.Join(dir, "source.c")
	if err := os.WriteFile(source, []byte(imageSource+program), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, e := range imageEdits {
		var files []string
		for kind, flags := range kinds {
			file := filepath.Join(dir, strings.ReplaceAll(kind+" "+name, " ", "-"))
			args := append([]string{"-o", file, source, "-Wl,-rpath," + e.was}, flags...)
			if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", kind, err, out)
			}
			if strings.Contains(kind, "no PT_NOTE") { // as Go's own linker has the build ID
				withoutNotes(t, file)
			}
			files = append(files, file)
		}
		for _, version := range append(slices.Clone(patchelfs.Good), patchelfs.Bad...) {
			t.Run(name+" "+version, func(t *testing.T) {
				patchelf := patchelfs.Get(t, version)
				for _, file := range files {
					args, allowed := []string{"--set-rpath", e.now}, runpathAllowed
					if o, err := elfobj.Open(file); err != nil || o.IsProgram() {
						args, allowed.Interp = append(args, "--set-interpreter", "/nix/store/22222222222222222222222222222222-libc/lib/ld-linux-x86-64.so.2"), true
					}
					before, after := edited(t, patchelf, file, args...)
					if got := differences(t, before, after, allowed); got != "" {
						t.Errorf("%s: %s", filepath.Base(file), got)
					}
					if again := differences(t, after, after, elfcheck.Allowed{}); again != "" {
						t.Errorf("%s differs from itself: %s", filepath.Base(file), again)
					}
				}
			})
		}
	}
}

// withoutNotes takes the PT_NOTE headers of a 64-bit object away, and leaves its sections.
func withoutNotes(t *testing.T, file string) {
	i := &imageFile{t: t, data: readFile(t, file)}
	count := 0
	for p := range int(binary.LittleEndian.Uint16(i.data[56:])) {
		header := i.data[64+56*p:]
		if elf.ProgType(binary.LittleEndian.Uint32(header)) == elf.PT_NOTE {
			binary.LittleEndian.PutUint32(header, uint32(elf.PT_NULL))
			count++
		}
	}
	if err := os.WriteFile(file, i.data, 0o700); err != nil || count == 0 {
		t.Fatal(count, err)
	}
}

// Rule: what the user's own flags change is no damage where it is allowed, and is where
// it is not.
func TestSameImageAllows(t *testing.T) {
	file := compileImage(t, "/build/short")
	for flags, allowed := range map[string]elfcheck.Allowed{
		"--set-soname|a-rather-long-name.so":                       {Soname: true},
		"--add-needed|libmore.so":                                  {Needed: true},
		"--replace-needed|libother.so|libelse.so":                  {Needed: true},
		"--no-default-lib":                                         {Flags: true},
		"--set-rpath|/a/path/that/is/longer/than/the/old/one":      {Runpath: true},
		"--clear-symbol-version|puts":                              {Symbols: true},
		"--remove-needed|libother.so|--force-rpath|--set-rpath|/a": {Needed: true, Runpath: true},
	} {
		before, after := edited(t, patchelfs.Get(t, "0.19.3"), file, strings.Split(flags, "|")...)
		if got := differences(t, before, after, allowed); got != "" {
			t.Errorf("%s: %s", flags, got)
		}
		if got := differences(t, before, after, elfcheck.Allowed{}); got == "" && !allowed.Runpath {
			t.Errorf("%s: nothing is said of it", flags)
		}
	}
}
