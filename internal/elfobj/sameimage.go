package elfobj

import (
	"bytes"
	"cmp"
	"debug/elf"
	"fmt"
	"io"
	"slices"
	"strings"
)

// An Allowed says what an edit may change of what an object says to the loader. Where
// things lie in the file, patchelf may change too.
type Allowed struct {
	Interp  bool // PT_INTERP
	Runpath bool // DT_RPATH and DT_RUNPATH
	Needed  bool // DT_NEEDED, and with it the libraries of DT_VERNEED
	Soname  bool // DT_SONAME
	Flags   bool // DT_FLAGS and DT_FLAGS_1
	Debug   bool // DT_DEBUG
	Symbols bool // the dynamic symbols, their versions and what finds them
	Header  bool // EI_OSABI
}

// SameImage returns how an object differs from what it was before an edit in anything
// that code sees of it: each byte that a PT_LOAD mapped before has the same value at the
// same address and the same rights, and the dynamic symbols, their versions and the
// relocations, read through PT_DYNAMIC as the loader does, are equal one by one.
//
// What patchelf moves is looked for in its new place, and its old place may hold
// anything: PT_INTERP, PT_DYNAMIC, notes, and the tables of PT_DYNAMIC that it moves.
// Besides, the ELF header, the program headers and the section headers may change, zeros
// between such parts that no section claims, the string of the search path, and of a
// symbol the index of its section. CheckLayout and SameDynamic are for the caller.
//
// Each byte of after is read once, in order, and written to sum, unless that is nil. It
// takes memory for a few blocks, and time for one comparison of the files. The error is
// of reading; one of sum is ignored.
func SameImage(before, after io.ReaderAt, sizeBefore, sizeAfter int64, allowed Allowed, sum io.Writer) ([]Damage, error) {
	c := &comparison{allowed: allowed}
	for _, f := range []struct {
		to   *mapped
		r    io.ReaderAt
		size int64
	}{{&c.old, before, sizeBefore}, {&c.new, after, sizeAfter}} {
		if err := f.to.read(f.r, f.size); err != nil {
			return []Damage{{damageText(err)}}, nil
		}
	}
	c.sections = c.old.readSections()
	c.headers()
	c.segments()
	c.dynamic()
	c.notes()
	c.interp()
	c.files()
	c.memoryImage()
	err := c.run(sum)
	return c.damages(), err
}

// A mapped is an object with its memory and the entries of its PT_DYNAMIC.
type mapped struct {
	*image
	mem     []extent
	segment region // PT_DYNAMIC
	entries []dynEntry
	tags    map[elf.DynTag]uint64 // the last value of each
	hashed  uint64                // bytes of notes; headers may show one part again and again
}

// A dynEntry is one entry of PT_DYNAMIC.
type dynEntry struct {
	tag  elf.DynTag
	val  uint64
	addr uint64 // of the entry itself
}

func (m *mapped) read(r io.ReaderAt, size int64) (err error) {
	if m.image, err = readImage(newSource(r, size)); err != nil {
		return err
	}
	if m.mem, err = m.memory(); err != nil {
		return err
	}
	m.tags = map[elf.DynTag]uint64{}
	for _, p := range m.progs {
		if p.Type != elf.PT_DYNAMIC || p.Filesz == 0 || m.segment.to > 0 {
			continue
		}
		off, n := fileRun(m.mem, p.Vaddr)
		m.segment = region{p.Vaddr, p.Vaddr + min(n, p.Filesz)}
		_, err := m.eachDynamic(off, min(n, p.Filesz), func(tag elf.DynTag, val uint64) {
			addr := p.Vaddr + uint64(len(m.entries))*m.wordSize()*2
			m.entries = append(m.entries, dynEntry{tag, val, addr})
			m.tags[tag] = val
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (img *image) wordSize() uint64 {
	if img.is64() {
		return 8
	}
	return 4
}

// A comparison is what SameImage has found out so far.
type comparison struct {
	old, new mapped
	allowed  Allowed
	sections sections // of old

	free    []region // of the old memory: what may hold anything now
	freeOff []region // of the old file, likewise
	spans   []span

	found   []string
	changed []region // of the old memory
}

// A span is bytes that must be equal in both files.
type span struct {
	old, new extent       // of the same size
	table    string       // the name of a table that is read through PT_DYNAMIC, or empty
	start    uint64       // where the span begins in the table
	symbols  *symbolTable // compares it, if it is not nil
}

func (c *comparison) add(format string, args ...any) {
	if len(c.found) <= maxDamages {
		c.found = append(c.found, fmt.Sprintf(format, args...))
	}
}

// memoryImage gathers the spans of the memory image: what each PT_LOAD of old maps, but for
// what is free, is mapped at the same address by new.
func (c *comparison) memoryImage() {
	free := c.withPadding(merged(c.free))
	freeOff := merged(c.freeOff)
	for _, p := range c.old.progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		for _, e := range c.old.mem {
			e = e.cut(p.Vaddr, p.Vaddr+p.Memsz)
			for _, r := range (region{e.addr, e.end()}).without(free) {
				part := e.cut(r.from, r.to)
				if part.size == 0 || part.zero {
					c.part(part)
					continue
				}
				for _, r := range (region{part.off, part.off + part.size}).without(freeOff) {
					from := part.addr + (r.from - part.off)
					c.part(part.cut(from, from+(r.to-r.from)))
				}
			}
		}
	}
}

// part gathers the spans of one part of the old memory.
func (c *comparison) part(old extent) {
	if old.size == 0 {
		return
	}
	at := old.addr
	i, _ := slices.BinarySearchFunc(c.new.mem, at, func(m extent, at uint64) int {
		if m.end() <= at {
			return -1
		}
		return 1
	})
	for ; at < old.end() && i < len(c.new.mem); i++ {
		now := c.new.mem[i].cut(at, old.end())
		if now.size == 0 {
			break
		}
		if now.addr > at {
			c.gone(old.cut(at, now.addr))
		}
		was := old.cut(now.addr, now.end())
		if was.flags != now.flags {
			c.add("%s: mapped %s, no longer %s", c.where(region{was.addr, was.end()}), flagWord(now.flags), flagWord(was.flags))
		}
		c.span(span{old: was, new: now})
		at = now.end()
	}
	if at < old.end() {
		c.gone(old.cut(at, old.end()))
	}
}

func (c *comparison) gone(e extent) {
	c.add("%s: no longer mapped", c.where(region{e.addr, e.end()}))
}

// flagWord returns rights as readelf writes them.
func flagWord(f elf.ProgFlag) string {
	word := []byte("---")
	for i, bit := range []elf.ProgFlag{elf.PF_R, elf.PF_W, elf.PF_X} {
		if f&bit != 0 {
			word[i] = "RWE"[i]
		}
	}
	return string(word)
}

// span adds a span, and joins it to the last one where it goes on from there.
func (c *comparison) span(s span) {
	if s.old.zero && s.new.zero {
		return
	}
	if n := len(c.spans); n > 0 {
		last := &c.spans[n-1]
		if !last.old.zero && !last.new.zero && !s.old.zero && !s.new.zero && last.table == "" && s.table == "" &&
			last.old.end() == s.old.addr && last.old.off+last.old.size == s.old.off && last.new.off+last.new.size == s.new.off {
			last.old.size += s.old.size
			last.new.size += s.new.size
			return
		}
	}
	c.spans = append(c.spans, s)
}

// where names a part of the old memory, with its sections.
func (c *comparison) where(r region) string {
	text := fmt.Sprintf("address %#x to %#x", r.from, r.to)
	names := c.old.namesAt(c.sections, r)
	if n := len(names); n > 3 {
		names = append(names[:2], "…", names[n-1])
	}
	if len(names) > 0 {
		text += " (" + strings.Join(names, ", ") + ")"
	}
	return text
}

// differs notes that n bytes at i of a span are not what they were.
func (c *comparison) differs(s *span, i, n uint64) {
	if s.table != "" {
		c.add("%s: bytes %#x to %#x are not what they were", s.table, s.start+i, s.start+i+n)
		return
	}
	r := region{s.old.addr + i, s.old.addr + i + n}
	if n := len(c.changed); n > 0 && c.changed[n-1].from <= r.from && r.from <= c.changed[n-1].to+16 {
		c.changed[n-1].to = max(c.changed[n-1].to, r.to)
	} else if n < maxDamages {
		c.changed = append(c.changed, r)
	}
}

// damages returns what was found.
func (c *comparison) damages() []Damage {
	var out []Damage
	for _, r := range merged(c.changed) {
		out = append(out, Damage{c.where(r) + ": not the bytes that were there"})
	}
	for _, text := range c.found {
		out = append(out, Damage{text})
	}
	return out
}

// run compares the spans in the order of the new file.
func (c *comparison) run(sum io.Writer) error {
	var inFile []*span
	for i := range c.spans {
		if s := &c.spans[i]; s.new.zero {
			if err := c.wasZero(s); err != nil {
				return err
			}
		} else {
			inFile = append(inFile, s)
		}
	}
	slices.SortStableFunc(inFile, func(a, b *span) int { return cmp.Compare(a.new.off, b.new.off) })
	const block = 256 << 10
	now, was := make([]byte, min(block, c.new.size)), make([]byte, min(block, c.new.size))
	for at := uint64(0); at < c.new.size; {
		end := min(at+uint64(len(now)), c.new.size)
		if sum == nil { // from one span to the next
			if len(inFile) == 0 {
				return nil
			}
			at = max(at, inFile[0].new.off)
			end = min(at+uint64(len(now)), c.new.size)
		}
		if err := c.new.readFull(now[:end-at], at); err != nil {
			return err
		}
		if sum != nil {
			_, _ = sum.Write(now[:end-at])
		}
		for _, s := range inFile {
			if s.new.off >= end {
				break
			}
			from, to := max(s.new.off, at), min(s.new.off+s.new.size, end)
			if from >= to {
				continue
			}
			if err := c.equal(s, from-s.new.off, was[:to-from], now[from-at:to-at]); err != nil {
				return err
			}
		}
		inFile = slices.DeleteFunc(inFile, func(s *span) bool { return s.new.off+s.new.size <= end })
		at = end
	}
	return nil
}

// equal compares what is now at i of a span with what was there. It reads that into was.
func (c *comparison) equal(s *span, i uint64, was, now []byte) error {
	if s.old.zero {
		clear(was)
	} else if err := c.old.readFull(was, s.old.off+i); err != nil {
		return err
	}
	if s.symbols != nil {
		s.symbols.feed(was, now)
		return nil
	}
	if !bytes.Equal(was, now) {
		c.eachDifference(s, i, was, now)
	}
	return nil
}

// eachDifference notes the runs of bytes that differ.
func (c *comparison) eachDifference(s *span, i uint64, was, now []byte) {
	for at := 0; at < len(was); at++ {
		if was[at] == now[at] {
			continue
		}
		from := at
		for at < len(was) && was[at] != now[at] {
			at++
		}
		c.differs(s, i+uint64(from), uint64(at-from))
	}
}

// wasZero compares a span that new does not map from the file.
func (c *comparison) wasZero(s *span) error {
	was, zeros := make([]byte, blockSize), make([]byte, blockSize)
	for i := uint64(0); i < s.old.size; i += blockSize {
		n := min(blockSize, s.old.size-i)
		if err := c.equal(s, i, was[:n], zeros[:n]); err != nil {
			return err
		}
	}
	return nil
}
