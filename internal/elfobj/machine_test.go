package elfobj_test

import (
	"bytes"
	"debug/elf"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfcheck"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/written"
)

// withoutPlaces leaves out where the data lies in the file, which no test writes down.
var withoutPlaces = cmp.FilterPath(func(p cmp.Path) bool {
	f, ok := p.Last().(cmp.StructField)
	return ok && (f.Name() == "data" || f.Name() == "strings")
}, cmp.Ignore())

func read(data []byte) (*elfobj.Object, error) {
	return elfobj.Read(bytes.NewReader(data), int64(len(data)))
}

// Rule: an object of every machine that wheels are built for is read the same,
// in both classes and both byte orders.
func TestReadEveryMachine(t *testing.T) {
	for name, m := range map[string]struct {
		class   elf.Class
		data    elf.Data
		machine elf.Machine
		flags   uint32
	}{
		"x86_64":  {elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_X86_64, 0},
		"i686":    {elf.ELFCLASS32, elf.ELFDATA2LSB, elf.EM_386, 0},
		"aarch64": {elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_AARCH64, 0},
		"armv7l":  {elf.ELFCLASS32, elf.ELFDATA2LSB, elf.EM_ARM, 0x5000400},
		"riscv64": {elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_RISCV, 5},
		"ppc64le": {elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EM_PPC64, 2},
		"s390x":   {elf.ELFCLASS64, elf.ELFDATA2MSB, elf.EM_S390, 0},
		"ppc":     {elf.ELFCLASS32, elf.ELFDATA2MSB, elf.EM_PPC, 0},
	} {
		want := written.Sample()
		want.Class, want.Data, want.Machine, want.Flags = m.class, m.data, m.machine, m.flags
		data := written.Object(want)
		got, err := read(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(want, got, withoutPlaces); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if d := elfcheck.CheckLayout(bytes.NewReader(data), int64(len(data))); d != nil {
			t.Errorf("%s: damage in a sound object: %v", name, d)
		}
	}
}

// Rule: an empty PT_INTERP is none (libQt5Core of opencv-python 5 has one).
func TestEmptyInterpIsNone(t *testing.T) {
	o := written.Sample()
	o.Interp = "x"
	data := written.Object(o)
	// Program header 1 is PT_INTERP; p_filesz is at 32.
	copy(data[64+56+32:], make([]byte, 8))
	got, err := read(data)
	if err != nil || got.IsProgram() {
		t.Errorf("interpreter %q, error %v", got.Interp, err)
	}
}

// Rule: a static PIE has a dynamic section that no loader reads: DF_1_PIE, no
// PT_INTERP, no DT_NEEDED. Audit modules are loaded for a program alone.
func TestProgramsByTheirHeaders(t *testing.T) {
	interp := func(o *elfobj.Object) { o.Interp = "/ld.so" }
	for name, c := range map[string]struct {
		change         func(*elfobj.Object)
		static, audits bool
	}{
		"static PIE":     {func(o *elfobj.Object) { o.PIE = true }, true, false},
		"library":        {func(*elfobj.Object) {}, false, false},
		"needs a loader": {func(o *elfobj.Object) { o.PIE, o.Needed = true, []string{"libc.so.6"} }, false, false},
		"program":        {func(o *elfobj.Object) { o.PIE, o.Interp = true, "/ld.so" }, false, false},
		"audited":        {func(o *elfobj.Object) { interp(o); o.Audit = []string{"a"} }, false, true},
		"library's":      {func(o *elfobj.Object) { o.Audit = []string{"a"} }, false, false},
		"no module":      {func(o *elfobj.Object) { interp(o); o.Audit = []string{"", ""} }, false, false},
	} {
		o := &elfobj.Object{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Type: elf.ET_DYN, Dynamic: true}
		c.change(o)
		got, err := read(written.Object(o))
		if err != nil || got.IsStaticProgram() != c.static || got.LoadsAuditModules() != c.audits {
			t.Errorf("%s: static %v, audit modules %v, error %v", name, got.IsStaticProgram(), got.LoadsAuditModules(), err)
		}
	}
}

// Rule: tables that do not fit are a FormatError, never a panic: here every
// length of a good object cut short, and every byte of it set to 0xff.
func TestDamagedObjectsAreErrors(t *testing.T) {
	good := written.Object(written.Sample())
	for i := range good {
		var format *elfimage.FormatError
		if _, err := read(good[:i]); !errors.As(err, &format) {
			t.Fatalf("the first %d bytes: error %v, want a FormatError", i, err)
		}
		bad := bytes.Clone(good)
		bad[i] = 0xff
		if _, err := read(bad); err != nil && !errors.As(err, &format) {
			t.Fatalf("byte %d: error %v, want a FormatError", i, err)
		}
	}
}

// Rule: DT_RPATH is the search path only where there is no DT_RUNPATH, and an
// object has one of the two after a change.
func TestSearchPath(t *testing.T) {
	a, b := []string{"/a"}, []string{"/b"}
	for _, c := range []struct {
		rpath, runpath, want []string
		isRpath              bool
	}{
		{nil, nil, nil, false},
		{a, nil, a, true},
		{nil, b, b, false},
		{a, b, b, false},
		{a, []string{""}, []string{""}, false}, // an empty DT_RUNPATH is one
	} {
		o := &elfobj.Object{Soname: "s", Rpath: c.rpath, Runpath: c.runpath}
		entries, isRpath := o.SearchPath()
		if !slices.Equal(entries, c.want) || isRpath != c.isRpath {
			t.Errorf("%q, %q: %q %v", c.rpath, c.runpath, entries, isRpath)
		}
		got := o.WithSearchPath(entries, isRpath)
		want := &elfobj.Object{Soname: "s"}
		if isRpath {
			want.Rpath = c.want
		} else {
			want.Runpath = c.want
		}
		if d := cmp.Diff(want, got, withoutPlaces); d != "" {
			t.Errorf("%q, %q (-want +got):\n%s", c.rpath, c.runpath, d)
		}
		if none := o.WithSearchPath(nil, isRpath); none.Rpath != nil || none.Runpath != nil {
			t.Errorf("a path is left: %+v", none)
		}
	}
}

// Rule: whatever the bytes, Read gives an object or a FormatError, and the
// layout check agrees that what cannot be read is damaged.
func FuzzRead(f *testing.F) {
	for _, change := range []func(*elfobj.Object){
		func(*elfobj.Object) {},
		func(o *elfobj.Object) { o.Class, o.Machine = elf.ELFCLASS32, elf.EM_386 },
		func(o *elfobj.Object) { o.Data, o.Machine = elf.ELFDATA2MSB, elf.EM_S390 },
	} {
		o := written.Sample()
		change(o)
		f.Add(written.Object(o))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		obj, err := read(data)
		var format *elfimage.FormatError
		switch {
		case err == nil && obj == nil, err != nil && !errors.As(err, &format):
			t.Fatalf("object %v, error %v", obj, err)
		case err != nil && elfcheck.CheckLayout(bytes.NewReader(data), int64(len(data))) == nil:
			t.Fatalf("no damage found, but: %v", err)
		}
	})
}

// Rule: what was written is read back, whatever the names, if they are no longer than a
// path may be.
func FuzzReadIsTheInverseOfWriting(f *testing.F) {
	f.Add("libc.so.6", "libx.so", "$ORIGIN/../lib", "GLIBC_2.38", uint8(0))
	f.Add("a", "", "", "V", uint8(3))
	f.Add(" ", "2", "w", strings.Repeat("V", 4096), uint8(2))
	f.Fuzz(func(t *testing.T, needed, soname, dir, version string, kind uint8) {
		for _, s := range []*string{&needed, &soname, &dir, &version} {
			*s = strings.ReplaceAll(strings.ReplaceAll(*s, "\x00", ""), ":", "")
			*s = (*s)[:min(len(*s), 4096)]
		}
		o := written.Sample()
		o.Needed, o.Soname, o.Runpath = []string{needed}, soname, []string{dir, needed}
		o.Verneed[0].Versions[0].Name, o.Verdef[1] = version, version
		if kind&1 != 0 {
			o.Class = elf.ELFCLASS32
		}
		if kind&2 != 0 {
			o.Data = elf.ELFDATA2MSB
		}
		got, err := read(written.Object(o))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(o, got, withoutPlaces); d != "" {
			t.Fatal(d)
		}
	})
}
