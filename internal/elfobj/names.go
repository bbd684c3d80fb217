package elfobj

import (
	"bytes"
	"debug/elf"
	"io"
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
)

const (
	// maxOpened is the longest name of a library that is looked for in data.
	maxOpened = 128
	// maxNames bounds the names of one file. Real ones have some tens.
	maxNames = 1 << 8
	// besideName is how many bytes on either side of a name are compared with those of
	// the string table.
	besideName = 16
	// nameMargin is how far around its "lib" a name and what stands beside it may go.
	nameMargin = maxOpened + 2*besideName
	// nameBlock is the size of one read: large enough that system calls do not matter,
	// small enough to stay in the processor's cache.
	nameBlock = 256 << 10
	// nameChunk is how much is searched for one letter, and nameSample how much of that
	// says which.
	nameChunk, nameSample = 16 << 10, 1 << 10
)

// A NameScan looks in the bytes of one file, which are written to it in their order, for
// whole strings that name a library: lib….so or lib….so.1.2, with a NUL behind, and no
// text before. It keeps no more than these, so whatever reads a file, to hash or to
// unpack it, can feed one.
//
// The zero value is ready. It never fails, whatever the bytes.
type NameScan struct {
	only  []elfimage.Region // where it looks; nil: everywhere
	found []namePlace
	off   int64  // bytes written so far
	next  int64  // hits before this place were looked at
	last  []byte // the last 2*nameMargin bytes written
}

// A namePlace is a name in a file, and what stands beside it.
type namePlace struct {
	name          string
	at            uint64
	before, after [besideName]byte
}

// NameScan returns a scan for the file of the object, which looks at its data alone.
func (o *Object) NameScan() *NameScan { return &NameScan{only: o.data} }

// Write implements io.Writer.
func (s *NameScan) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		piece := len(b)
		switch i := slices.IndexFunc(s.only, func(r elfimage.Region) bool { return int64(r.To) > s.off }); {
		case s.only == nil:
			s.write(b)
		case i < 0:
			s.skip(s.off + int64(piece))
		case int64(s.only[i].From) > s.off:
			piece = int(min(int64(piece), int64(s.only[i].From)-s.off))
			s.skip(s.off + int64(piece))
		default:
			piece = int(min(int64(piece), int64(s.only[i].To)-s.off))
			s.write(b[:piece])
		}
		b = b[piece:]
	}
	return n, nil
}

// write looks at the next bytes of the file.
func (s *NameScan) write(b []byte) {
	// What is needed to judge a hit near the end of b comes with the next call.
	end := s.off + int64(len(b)) - nameMargin
	start := s.off - int64(len(s.last))
	joined := append(s.last, b[:min(len(b), 2*nameMargin)]...)
	s.search(joined, start, s.next, min(end, s.off+nameMargin))
	s.search(b, s.off, max(s.next, s.off+nameMargin), end)
	s.next = max(s.next, end)
	s.off += int64(len(b))
	if keep := len(b) - 2*nameMargin; keep > 0 {
		joined = append(joined[:0], b[keep:]...)
	}
	s.last = slices.Delete(joined, 0, max(0, len(joined)-2*nameMargin))
}

// skip goes on at a place of the file.
func (s *NameScan) skip(to int64) {
	s.end()
	s.off, s.next, s.last = to, to, s.last[:0]
}

// end looks at what waited for more bytes.
func (s *NameScan) end() {
	s.search(s.last, s.off-int64(len(s.last)), s.next, s.off)
	s.next = s.off
}

// search looks at the names whose "b" of "lib" lies from one place of the file to another.
// b begins at start. Of the letters that every name has these two are the rarest, now one and
// now the other: '.' in names of C++ and tables, 'b' in text.
func (s *NameScan) search(b []byte, start, from, to int64) {
	end := min(to-start, int64(len(b)))
	for at := from - start; at < end; at += nameChunk {
		part := b[at:min(at+nameChunk, end)]
		sample := part[:min(len(part), nameSample)]
		if bytes.Count(sample, []byte{'b'}) <= bytes.Count(sample, []byte{'.'}) {
			s.searchLib(b, start, int(at), int(at)+len(part))
		} else {
			s.searchSo(b, start, int(at), min(int(at)+len(part)+maxOpened, len(b)))
		}
	}
}

// searchLib looks at the names whose "b" lies from one index of b to another.
func (s *NameScan) searchLib(b []byte, start int64, at, end int) {
	for ; at < end; at++ {
		i := bytes.IndexByte(b[at:end], 'b')
		if i < 0 {
			return
		}
		if at += i; at >= 2 && b[at-1] == 'i' && b[at-2] == 'l' {
			s.add(b, start, at-2)
		}
	}
}

// searchSo looks at the names a ".so" of which begins from one index of b to another.
func (s *NameScan) searchSo(b []byte, start int64, at, end int) {
	for ; at < end; at++ {
		i := bytes.IndexByte(b[at:end], '.')
		if i < 0 {
			return
		}
		if at += i; at+2 >= len(b) || b[at+1] != 's' || b[at+2] != 'o' {
			continue
		}
		from := at
		for from > 0 && at-from < maxOpened && isNameByte(b[from-1]) {
			from--
		}
		if bytes.HasPrefix(b[from:], []byte("lib")) {
			s.add(b, start, from)
		}
	}
}

// add takes down the name that begins at a place of b, if there is one.
func (s *NameScan) add(b []byte, start int64, from int) {
	if from > 0 && isText(b[from-1]) {
		return
	}
	to := from
	for to < len(b) && to-from <= maxOpened && isNameByte(b[to]) {
		to++
	}
	if to == len(b) || b[to] != 0 || !isLibraryName(string(b[from:to])) || len(s.found) == maxNames {
		return
	}
	p := namePlace{name: string(b[from:to]), at: uint64(start) + uint64(from)}
	for i := len(s.found) - 1; i >= 0 && s.found[i].at+2*nameMargin > p.at; i-- {
		if s.found[i].at == p.at {
			return // it has two ".so", or lies at the end of a part
		}
	}
	copy(p.before[max(0, besideName-from):], b[max(0, from-besideName):from])
	copy(p.after[:], b[to:])
	s.found = append(s.found, p)
}

// isLibraryName reports whether a name is one that linkers give to libraries: lib….so with
// or without numbers behind.
func isLibraryName(name string) bool {
	so := strings.LastIndex(name, ".so")
	if so <= len("lib") || len(name) > maxOpened || !strings.HasPrefix(name, "lib") {
		return false
	}
	for i := range len(name) {
		if !isNameByte(name[i]) {
			return false
		}
	}
	for rest := name[so+len(".so"):]; rest != ""; {
		number := strings.TrimLeft(rest[1:], "0123456789")
		if rest[0] != '.' || len(number) == len(rest)-1 {
			return false
		}
		rest = number
	}
	return true
}

// isNameByte reports whether a byte is one of those in names of libraries.
func isNameByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '_' || c == '-' || c == '+'
}

// isText reports whether a byte before a name makes it the end of a longer text.
func isText(c byte) bool { return c >= ' ' && c < 0x7f || c >= '\t' && c <= '\r' }

// dataRegions returns the parts of the file that hold data of the program: what the
// PT_LOADs map, and the dynamic string table. An executable PT_LOAD has the constants too
// where none is read-only (ld before -z separate-code).
func (img *reader) dataRegions() []elfimage.Region {
	loads := func(of func(flags elf.ProgFlag) bool) []elfimage.Region {
		out := []elfimage.Region{img.strtab}
		for _, p := range img.Progs {
			if p.Type == elf.PT_LOAD && p.Off < img.Size && of(p.Flags&(elf.PF_R|elf.PF_W|elf.PF_X)) {
				out = append(out, elfimage.Between(p.Off, p.Off+min(p.Filesz, img.Size-p.Off)))
			}
		}
		return out
	}
	if len(loads(func(flags elf.ProgFlag) bool { return flags == elf.PF_R })) == 1 {
		return elfimage.Merged(loads(func(elf.ProgFlag) bool { return true }))
	}
	return elfimage.Merged(loads(func(flags elf.ProgFlag) bool { return flags&elf.PF_X == 0 }))
}

// NamesIn returns the libraries that strings in the object's data name, sorted: those that
// it may open by itself. The scan has seen the whole file, or all its data. Left out are
// the object's own name, what it needs anyway, and all names of the dynamic string table,
// where tools that rename libraries leave the old ones; a copy of that table elsewhere in
// the file too, such as such a tool leaves: there the same bytes stand beside a name.
func (o *Object) NamesIn(s *NameScan) []string {
	s.end()
	within := func(p *namePlace, r elfimage.Region) bool { return p.at >= r.From && p.at < r.To }
	var table, data []*namePlace // the string table is data too
	for i := range s.found {
		p := &s.found[i]
		switch {
		case within(p, o.strings):
			table = append(table, p)
		case p.name != o.Soname && !slices.Contains(o.Needed, p.name) &&
			slices.ContainsFunc(o.data, func(r elfimage.Region) bool { return within(p, r) }):
			data = append(data, p)
		}
	}
	var out []string
	for _, p := range data {
		isCopy := func(q *namePlace) bool { return p.name == q.name && (p.before == q.before || p.after == q.after) }
		if !slices.ContainsFunc(table, isCopy) {
			out = append(out, p.name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ReadNames returns the same of an object that r holds. It reads its data alone.
func (o *Object) ReadNames(r io.ReaderAt) ([]string, error) {
	s := NameScan{}
	most := uint64(0)
	for _, d := range o.data {
		most = max(most, d.To-d.From)
	}
	buf := make([]byte, min(most, nameBlock))
	for _, d := range o.data {
		s.skip(int64(d.From))
		for at := d.From; at < d.To; {
			n, err := r.ReadAt(buf[:min(uint64(len(buf)), d.To-at)], int64(at))
			if n == 0 {
				return nil, err
			}
			s.write(buf[:n])
			at += uint64(n)
		}
	}
	return o.NamesIn(&s), nil
}
