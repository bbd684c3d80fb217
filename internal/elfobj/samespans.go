package elfobj

import (
	"bytes"
	"cmp"
	"debug/elf"
	"io"
	"slices"
)

// A span is bytes that must be equal in both files.
type span struct {
	old, new extent       // of the same size
	table    string       // the name of a table that is read through PT_DYNAMIC, or empty
	start    uint64       // where the span begins in the table
	symbols  *symbolTable // compares it, if it is not nil
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
