package elfcheck

import (
	"bytes"
	"cmp"
	"debug/elf"
	"io"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

// A span is bytes that must be equal in both files.
type span struct {
	old, new elfimage.Extent // of the same size
	table    string          // the name of a table that is read through PT_DYNAMIC, or empty
	start    uint64          // where the span begins in the table
	symbols  *symbolTable    // compares it, if it is not nil
}

// memoryImage gathers the spans of the memory image: what each PT_LOAD of old maps, but for
// what is free, is mapped at the same address by new.
func (c *comparison) memoryImage() {
	free := c.withPadding(elfimage.Merged(c.free))
	freeOff := elfimage.Merged(c.freeOff)
	for _, p := range c.old.Progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		for _, e := range c.old.mem {
			e = e.Cut(p.Vaddr, p.Vaddr+p.Memsz)
			for _, r := range elfimage.Between(e.Addr, e.End()).Without(free) {
				part := e.Cut(r.From, r.To)
				if part.Size == 0 || part.Zero {
					c.part(part)
					continue
				}
				for _, r := range elfimage.Between(part.Off, part.Off+part.Size).Without(freeOff) {
					from := part.Addr + (r.From - part.Off)
					c.part(part.Cut(from, from+(r.To-r.From)))
				}
			}
		}
	}
}

// part gathers the spans of one part of the old memory.
func (c *comparison) part(old elfimage.Extent) {
	if old.Size == 0 {
		return
	}
	at := old.Addr
	i, _ := slices.BinarySearchFunc(c.new.mem, at, func(m elfimage.Extent, at uint64) int {
		if m.End() <= at {
			return -1
		}
		return 1
	})
	for ; at < old.End() && i < len(c.new.mem); i++ {
		now := c.new.mem[i].Cut(at, old.End())
		if now.Size == 0 {
			break
		}
		if now.Addr > at {
			c.gone(old.Cut(at, now.Addr))
		}
		was := old.Cut(now.Addr, now.End())
		if was.Flags != now.Flags {
			c.add("%s: mapped %s, no longer %s", c.where(elfimage.Between(was.Addr, was.End())), flagWord(now.Flags), flagWord(was.Flags))
		}
		c.span(span{old: was, new: now})
		at = now.End()
	}
	if at < old.End() {
		c.gone(old.Cut(at, old.End()))
	}
}

func (c *comparison) gone(e elfimage.Extent) {
	c.add("%s: no longer mapped", c.where(elfimage.Between(e.Addr, e.End())))
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
	if s.old.Zero && s.new.Zero {
		return
	}
	if n := len(c.spans); n > 0 {
		last := &c.spans[n-1]
		if !last.old.Zero && !last.new.Zero && !s.old.Zero && !s.new.Zero && last.table == "" && s.table == "" &&
			last.old.End() == s.old.Addr && last.old.Off+last.old.Size == s.old.Off && last.new.Off+last.new.Size == s.new.Off {
			last.old.Size += s.old.Size
			last.new.Size += s.new.Size
			return
		}
	}
	c.spans = append(c.spans, s)
}

// run compares the spans in the order of the new file, and writes all of it to sum meanwhile,
// unless that is nil.
func (c *comparison) run(sum io.Writer) error {
	var inFile []*span
	for i := range c.spans {
		if s := &c.spans[i]; s.new.Zero {
			if err := c.wasZero(s); err != nil {
				return err
			}
		} else {
			inFile = append(inFile, s)
		}
	}
	slices.SortStableFunc(inFile, func(a, b *span) int { return cmp.Compare(a.new.Off, b.new.Off) })
	was, read := make([]byte, min(blockSize, c.new.Size)), newBlocks(sum, c.new.Size)
	defer read.close()
	for at := uint64(0); at < c.new.Size; {
		if sum == nil { // from one span to the next
			if len(inFile) == 0 {
				return nil
			}
			at = max(at, inFile[0].new.Off)
		}
		now := read.buffer()
		end := min(at+uint64(len(now)), c.new.Size)
		if err := c.new.ReadFull(now[:end-at], at); err != nil {
			return err
		}
		read.write(now[:end-at])
		for _, s := range inFile {
			if s.new.Off >= end {
				break
			}
			from, to := max(s.new.Off, at), min(s.new.Off+s.new.Size, end)
			if from >= to {
				continue
			}
			if err := c.equal(s, from-s.new.Off, was[:to-from], now[from-at:to-at]); err != nil {
				return err
			}
		}
		inFile = slices.DeleteFunc(inFile, func(s *span) bool { return s.new.Off+s.new.Size <= end })
		at = end
	}
	return nil
}

// equal compares what is now at i of a span with what was there. It reads that into was.
func (c *comparison) equal(s *span, i uint64, was, now []byte) error {
	if s.old.Zero {
		clear(was)
	} else if err := c.old.ReadFull(was, s.old.Off+i); err != nil {
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
	was, zeros := make([]byte, elfimage.BlockSize), make([]byte, elfimage.BlockSize)
	for i := uint64(0); i < s.old.Size; i += elfimage.BlockSize {
		n := min(elfimage.BlockSize, s.old.Size-i)
		if err := c.equal(s, i, was[:n], zeros[:n]); err != nil {
			return err
		}
	}
	return nil
}
