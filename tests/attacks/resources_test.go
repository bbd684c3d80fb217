package attacks

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// maxMemory is the memory that any input is read within, in KiB.
const maxMemory = 256 << 10

// measurer runs a program and prints its largest resident set as the last line of
// stderr. It runs in a small process of its own, for a child begins with the resident
// set of its parent.
const measurer = `import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)`

// within is the check that a run keeps below the bound, and that its output names the
// bound that was reached.
func within(named string) func(g *ground, r result) []string {
	return func(_ *ground, r result) (faults []string) {
		if !strings.Contains(r.stdout+r.stderr, named) {
			faults = append(faults, fmt.Sprintf("the bound %q is not named", named))
		}
		lines := strings.Split(strings.TrimSpace(r.stderr), "\n")
		if peak, err := strconv.Atoi(lines[len(lines)-1]); err != nil || peak > maxMemory {
			faults = append(faults, fmt.Sprintf("%d KiB, %v", peak, err))
		}
		return faults
	}
}

// TestResources are inputs that ask for much. Beyond a stated bound they are errors that
// name it. Time is for make bench to measure.
func TestResources(t *testing.T) {
	var table []attack
	row := func(name, named string, edit func(g *ground) []string, want ...string) {
		table = append(table, attack{name: name, want: want, edit: edit, check: within(named), measured: true})
	}
	whl := func(edit func(w *record.Wheel)) func(g *ground) []string { return verified(edit) }

	row("a METADATA of 5 MiB", "4 MiB", whl(func(w *record.Wheel) {
		set(w, metadata, "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n"+strings.Repeat("x", 5<<20))
	}), malformedWheel+" "+metadata)
	row("a WHEEL of 5 MiB", "4 MiB", whl(func(w *record.Wheel) {
		set(w, wheelFile, "Wheel-Version: 1.0\n"+strings.Repeat("Tag: py3-none-any\n", 5<<20/18))
	}), malformedWheel+" "+wheelFile)
	row("an entry_points.txt of 5 MiB", "4 MiB", whl(func(w *record.Wheel) {
		set(w, entries, strings.Repeat("#\n", 5<<19))
	}), malformedWheel+" "+entries)
	row("a RECORD of 11 MiB", "10 MiB", whl(func(w *record.Wheel) {
		member(w, recordFile).Data += strings.Repeat("\n", 11<<20)
	}), malformedRecord+" "+recordFile)
	row("a quoted column of 9 MB", "", whl(func(w *record.Wheel) {
		w.Rows = append(w.Rows, `"`+strings.Repeat(`""`, 9<<19)+`",,`)
	}), "?"+malformedRecord, "?"+weakHash, "?"+missing)
	row("a RECORD of 100,001 rows", "100000", whl(func(w *record.Wheel) {
		member(w, recordFile).Data += strings.Repeat("a,,\n", 100_001)
	}), malformedRecord+" "+recordFile)
	row("an archive of 100,001 members", "100000", whl(func(w *record.Wheel) {
		for i := range 100_001 {
			w.Members = append(w.Members, record.Member{Name: fmt.Sprintf("demo/%d", i), Stored: true})
		}
		w.End.Zip64, w.End.Record = true, func(r []byte) { copy(r[8:12], "\xff\xff\xff\xff") }
	}), damagedArchive)
	row("names of 8 MiB", "7 MiB", whl(func(w *record.Wheel) {
		for i := range 2100 {
			w.Members = append(w.Members, record.Member{Name: fmt.Sprintf("%04d", i) + strings.Repeat("x", 4<<10-4), Stored: true})
		}
	}), damagedArchive)
	row("members that unpack to 100 MB", "", func(g *ground) []string {
		w := record.Good()
		w.File = "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
		zeros := strings.Repeat("\x00", 25<<20)
		for i := range 4 {
			w.Members = append(w.Members, record.Member{Name: fmt.Sprintf("demo/o%d.so", i), Data: objects(g)["ext.so"] + zeros})
		}
		return append([]string{"explain"}, verifyBytes(g, w.File, w.Bytes())[1:]...)
	})
	row("1,500 dist-infos", "", installed(func(t *record.Tree) {
		for i := range 1500 {
			t.Files[fmt.Sprintf("%sx%d-1.0.dist-info/METADATA", site, i)] = fmt.Sprintf("Name: x%d\nVersion: 1.0\n", i)
			t.Files[fmt.Sprintf("%sx%d-1.0.dist-info/RECORD", site, i)] = fmt.Sprintf("x%d-1.0.dist-info/RECORD,,\n", i)
		}
	}))
	row("2,000 unlisted modules", "", installed(func(t *record.Tree) {
		for i := range 2000 {
			t.Files[fmt.Sprintf("%sdemo/e%d.py", site, i)] = ""
		}
	}), unlisted)
	row("a RECORD of a tree of 11 MiB", "10 MiB", installed(func(t *record.Tree) {
		t.NoRecord = true
		t.Files[dist+"RECORD"] = strings.Repeat("\n", 11<<20)
	}), malformedRecord)
	row("a METADATA of a tree of 1 GiB of nothing", "", installed(nothing, func(g *ground, out string) {
		if err := os.Truncate(filepath.Join(out, dist, "METADATA"), 1<<30); err != nil {
			g.Fatal(err)
		}
	}), mismatch+" "+dist+"METADATA", "?record-size-mismatch")
	object := func(name, named string, make func(ext []byte, write func(off int64, b []byte), grow func(size int64)), want ...string) {
		row(name, named, func(g *ground) []string {
			out := g.tree(map[string]string{"ext.so": objects(g)["ext.so"], "libdep.so": objects(g)["libdep.so"]})
			path := filepath.Join(out, pkg, "ext.so")
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				g.Fatal(err)
			}
			defer f.Close()
			make([]byte(objects(g)["ext.so"]), func(off int64, b []byte) {
				if _, err := f.WriteAt(b, off); err != nil {
					g.Fatal(err)
				}
			}, func(size int64) {
				if err := f.Truncate(size); err != nil {
					g.Fatal(err)
				}
			})
			return []string{"check", "--format", "json", out}
		}, want...)
	}
	// A PT_DYNAMIC far behind the rest, in the last PT_LOAD: as large as it says.
	dynamic := func(ext []byte, write func(off int64, b []byte), size uint64) (off int64) {
		phoff, n := int64(le.Uint64(ext[32:])), int64(le.Uint16(ext[56:]))
		var last int64
		for i := range n {
			if p := ext[phoff+i*56:]; le.Uint32(p) == 1 {
				last = i
			}
		}
		load := bytes.Clone(ext[phoff+last*56:][:56])
		base := le.Uint64(load[8:])
		start := (uint64(len(ext)) + 4095) &^ 4095
		le.PutUint64(load[32:], start-base+size)
		le.PutUint64(load[40:], start-base+size)
		write(phoff+last*56, load)
		for i := range n {
			if p := ext[phoff+i*56:]; le.Uint32(p) == 2 {
				d := bytes.Clone(p[:56])
				le.PutUint64(d[8:], start)
				le.PutUint64(d[16:], le.Uint64(load[16:])+start-base)
				le.PutUint64(d[32:], size)
				le.PutUint64(d[40:], size)
				write(phoff+i*56, d)
			}
		}
		return int64(start)
	}
	object("1,000,000 DT_NEEDED", "16384", func(ext []byte, write func(off int64, b []byte), grow func(size int64)) {
		at := dynamic(ext, write, 16_000_000)
		write(at, bytes.Repeat([]byte("\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00"), 1_000_000))
	}, objectDamaged)
	object("a PT_DYNAMIC of 1 GiB without an end", "16384", func(ext []byte, write func(off int64, b []byte), grow func(size int64)) {
		at := dynamic(ext, write, 1<<30)
		grow(at + 1<<30)
		write(at, bytes.Repeat([]byte("\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 40_000))
	}, objectDamaged)
	object("an object of 4 GiB of nothing", "", func(_ []byte, _ func(off int64, b []byte), grow func(size int64)) { grow(4 << 30) })
	attacks(t, table)
}
