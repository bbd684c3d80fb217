package arch

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// kindOf reads the kind and the rest of an ELF file with debug/elf alone.
func kindOf(t *testing.T, file string) (Kind, *elf.File) {
	t.Helper()
	f, err := elf.Open(file)
	if err != nil {
		testenv.Lacks(t, "%v; make deps installs it", err)
	}
	t.Cleanup(func() { f.Close() })
	header := make([]byte, 64)
	data, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	if _, err := data.ReadAt(header, 0); err != nil {
		t.Fatal(err)
	}
	at := 36
	if f.Class == elf.ELFCLASS64 {
		at = 48
	}
	var order binary.ByteOrder = f.ByteOrder
	return Kind{Class: f.Class, Data: f.Data, Machine: f.Machine, Flags: order.Uint32(header[at:])}, f
}

// Rule: a kind of object has one row, a Go architecture too, and no row lacks
// what every machine has.
func TestRowsAreDistinct(t *testing.T) {
	kinds, ports := map[Kind]bool{}, map[string]bool{}
	for _, m := range machines() {
		k := Kind{Class: m.Class, Data: m.Data, Machine: m.ELF}
		if kinds[k] || m.GOARCH != "" && ports[m.GOARCH] {
			t.Errorf("%s twice: %+v", m.Name, k)
		}
		kinds[k], ports[m.GOARCH] = true, true
		if m.Name == "" || m.Glibc == "" || m.Musl == "" || m.Lib == "" {
			t.Errorf("%+v", m)
		}
	}
}

// Rule: the loader that Debian's C library has for a machine is an object of that
// machine's row, and has the file name that the row says.
func TestRowsEqualTheLoaders(t *testing.T) {
	for triple, name := range map[string]string{
		"aarch64-linux-gnu": "aarch64", "i686-linux-gnu": "i686", "arm-linux-gnueabihf": "armv7l",
		"riscv64-linux-gnu": "riscv64", "powerpc64le-linux-gnu": "ppc64le", "s390x-linux-gnu": "s390x",
	} {
		t.Run(name, func(t *testing.T) {
			files, _ := filepath.Glob(filepath.Join("/usr", triple, "lib", "ld*.so.[0-9]"))
			if len(files) != 1 {
				testenv.Lacks(t, "loaders of %s: %q; make deps installs it", triple, files)
			}
			kind, f := kindOf(t, files[0])
			m, ok := Of(kind)
			if !ok || m.Name != name || kind.Name() != name || filepath.Base(m.Glibc) != filepath.Base(files[0]) {
				t.Errorf("%s: %+v, the row is %+v", files[0], kind, m)
			}
			if want := strings.Replace(triple, "i686", "i386", 1); m.Triplet != want {
				t.Errorf("triplet %s, Debian's is %s", m.Triplet, want)
			}
			if soname, _ := f.DynString(elf.DT_SONAME); len(soname) != 1 || soname[0] != filepath.Base(m.Glibc) {
				t.Errorf("soname %q", soname)
			}
		})
	}
}

// Rule: the row of the host has the name that uname(2) says, and the loader that
// its own programs name.
func TestHost(t *testing.T) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	host := Host()
	if name := unix.ByteSliceToString(u.Machine[:]); host.Name != name {
		t.Errorf("%q, uname says %q", host.Name, name)
	}
	kind, f := kindOf(t, "/bin/sh")
	if m, _ := Of(kind); m != host {
		t.Errorf("/bin/sh is of %+v, the host is %+v", m, host)
	}
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		path := make([]byte, p.Filesz)
		if _, err := p.ReadAt(path, 0); err != nil {
			t.Fatal(err)
		}
		if s := strings.TrimRight(string(path), "\x00"); s != host.Glibc && s != host.Musl {
			t.Errorf("/bin/sh names %s, the row %s and %s", s, host.Glibc, host.Musl)
		}
	}
}

// Rule: a machine without a row has the name that uname(2) has for it, or debug/elf,
// and never the name of a row: "for aarch64, but the loader is for aarch64" says
// nothing.
func TestMachinesWithoutARow(t *testing.T) {
	const le, be, c32, c64 = elf.ELFDATA2LSB, elf.ELFDATA2MSB, elf.ELFCLASS32, elf.ELFCLASS64
	for want, k := range map[string]Kind{
		"loongarch32":                 {Class: c32, Data: le, Machine: elf.EM_LOONGARCH},
		"ppc64":                       {Class: c64, Data: be, Machine: elf.EM_PPC64},
		"ppc":                         {Class: c32, Data: be, Machine: elf.EM_PPC},
		"riscv32":                     {Class: c32, Data: le, Machine: elf.EM_RISCV},
		"aarch64_be":                  {Class: c64, Data: be, Machine: elf.EM_AARCH64},
		"aarch64_ilp32":               {Class: c32, Data: le, Machine: elf.EM_AARCH64},
		"armv7b":                      {Class: c32, Data: be, Machine: elf.EM_ARM},
		"s390":                        {Class: c32, Data: be, Machine: elf.EM_S390},
		"mips64el":                    {Class: c64, Data: le, Machine: elf.EM_MIPS},
		"mips":                        {Class: c32, Data: be, Machine: elf.EM_MIPS},
		"sparc64":                     {Class: c64, Data: be, Machine: elf.EM_SPARCV9},
		"alpha":                       {Class: c64, Data: le, Machine: elf.EM_ALPHA},
		"x86_64 (ELF64, big-endian)":  {Class: c64, Data: be, Machine: elf.EM_X86_64},
		"386 (ELF64, little-endian)":  {Class: c64, Data: le, Machine: elf.EM_386},
		"arm (ELF64, big-endian)":     {Class: c64, Data: be, Machine: elf.EM_ARM},
		"riscv (ELF64, big-endian)":   {Class: c64, Data: be, Machine: elf.EM_RISCV},
		"ppc64 (ELF32, big-endian)":   {Class: c32, Data: be, Machine: elf.EM_PPC64},
		"s390 (ELF64, little-endian)": {Class: c64, Data: le, Machine: elf.EM_S390},
	} {
		if m, ok := Of(k); ok || k.Name() != want {
			t.Errorf("%+v: %q %+v, want %q", k, k.Name(), m, want)
		}
	}
	for _, m := range machines() {
		for _, class := range []elf.Class{c32, c64} {
			for _, data := range []elf.Data{le, be} {
				k := Kind{Class: class, Data: data, Machine: m.ELF}
				if row, ok := Of(k); !ok && k.Name() == m.Name || ok && k.Name() != row.Name {
					t.Errorf("%+v is called %q", k, k.Name())
				}
			}
		}
	}
	if m := byGOARCH("mips64le"); m.Name != "mips64le" || m.Glibc != "" {
		t.Errorf("%+v", m)
	}
}

// Rule: the system of an object is what EI_OSABI says, but for System V and GNU,
// which are Linux up to the ABI versions that glibc takes (tests/elf asks it).
func TestSystem(t *testing.T) {
	for _, c := range []struct {
		machine elf.Machine
		osabi   elf.OSABI
		version uint8
		want    string
	}{
		{elf.EM_X86_64, elf.ELFOSABI_NONE, 0, ""},
		{elf.EM_X86_64, elf.ELFOSABI_LINUX, 0, ""},
		{elf.EM_X86_64, elf.ELFOSABI_LINUX, 3, ""},
		{elf.EM_X86_64, elf.ELFOSABI_LINUX, 4, "ABI version 4"},
		{elf.EM_X86_64, elf.ELFOSABI_NONE, 1, "ABI version 1"},
		{elf.EM_MIPS, elf.ELFOSABI_NONE, 5, ""},
		{elf.EM_MIPS, elf.ELFOSABI_NONE, 6, "ABI version 6"},
		{elf.EM_X86_64, elf.ELFOSABI_FREEBSD, 0, "FreeBSD"},
		{elf.EM_X86_64, elf.ELFOSABI_NETBSD, 0, "NetBSD"},
		{elf.EM_X86_64, elf.ELFOSABI_OPENBSD, 0, "OpenBSD"},
		{elf.EM_X86_64, elf.ELFOSABI_SOLARIS, 1, "Solaris"},
		{elf.EM_ARM, elf.ELFOSABI_ARM, 0, "OS ABI 97"},
	} {
		if got := System(c.machine, c.osabi, c.version); got != c.want {
			t.Errorf("%v %v %d: %q, want %q", c.machine, c.osabi, c.version, got, c.want)
		}
	}
	k := Kind{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64, System: "FreeBSD"}
	if got := k.Name(); got != "x86_64 FreeBSD" {
		t.Errorf("%q", got)
	}
}

// Rule: a class has the name that the gABI gives it.
func TestClassName(t *testing.T) {
	for class, want := range map[elf.Class]string{elf.ELFCLASS64: "ELF64", elf.ELFCLASS32: "ELF32"} {
		if got := (Kind{Class: class}).ClassName(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Rule: the loader of an object takes another of the same class, byte order,
// machine and, where glibc looks at it, ABI: RISC-V has its float ABI in e_flags
// (psABI, "File Header"), the bits beside it tell nothing.
func TestSame(t *testing.T) {
	riscv := Kind{elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_RISCV, 0x5, ""} // RVC and float ABI double
	arm := Kind{elf.ELFCLASS32, elf.ELFDATA2LSB, elf.EM_ARM, 0x5000400, ""}
	with := func(k Kind, change func(*Kind)) Kind {
		change(&k)
		return k
	}
	for name, c := range map[string]struct {
		a, b Kind
		same bool
	}{
		"itself":                 {riscv, riscv, true},
		"compressed or not":      {riscv, with(riscv, func(k *Kind) { k.Flags = 0x4 }), true},
		"float ABI soft":         {riscv, with(riscv, func(k *Kind) { k.Flags = 0x1 }), false},
		"RVE":                    {riscv, with(riscv, func(k *Kind) { k.Flags = 0xd }), false},
		"another class":          {riscv, with(riscv, func(k *Kind) { k.Class = elf.ELFCLASS32 }), false},
		"another byte order":     {riscv, with(riscv, func(k *Kind) { k.Data = elf.ELFDATA2MSB }), false},
		"another system":         {riscv, with(riscv, func(k *Kind) { k.System = "FreeBSD" }), false},
		"another machine":        {riscv, with(riscv, func(k *Kind) { k.Machine = elf.EM_X86_64 }), false},
		"ARM, of whatever float": {arm, with(arm, func(k *Kind) { k.Flags = 0x5000200 }), true},
		"no row":                 {Kind{Machine: elf.EM_MIPS, Flags: 1}, Kind{Machine: elf.EM_MIPS, Flags: 2}, true},
	} {
		if got := c.a.Same(c.b); got != c.same || c.b.Same(c.a) != c.same {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Rule: the triplet of a machine is the multiarch name that its compiler has, as Debian's
// Python and CPython's own have it.
func TestTripletsAreTheCompilers(t *testing.T) {
	for compiler, name := range map[string]string{"gcc": Host().Name, "aarch64-linux-gnu-gcc": "aarch64"} {
		t.Run(name, func(t *testing.T) {
			out, err := exec.Command(testenv.Tool(t, compiler), "-print-multiarch").Output()
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range machines() {
				if want := strings.TrimSpace(string(out)); m.Name == name && m.Triplet != want {
					t.Errorf("%q, want %q", m.Triplet, want)
				}
			}
		})
	}
}

// Rule: LoongArch has the names of its psABI ("ELF Object Files") and of glibc's and
// musl's loaders.
func TestLoongArch(t *testing.T) {
	k := Kind{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_LOONGARCH, Flags: 0x43}
	m, ok := Of(k)
	if !ok || k.Name() != "loongarch64" || m.GOARCH != "loong64" || m.Triplet != "loongarch64-linux-gnu" ||
		m.Glibc != "/lib64/ld-linux-loongarch-lp64d.so.1" || m.Musl != "/lib/ld-musl-loongarch64.so.1" || byGOARCH("loong64") != m {
		t.Errorf("%v %+v", ok, m)
	}
}
