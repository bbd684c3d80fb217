// Package record makes wheels and installed trees for tests: good ones, and bad
// ones by one named edit of a good one. It writes ZIP archives by itself
// (APPNOTE.TXT 4.3), since archive/zip does not write false ones.
package record

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"sync"
)

// A Member is one entry of an archive. Its zero fields are those of a good one.
type Member struct {
	Name       string
	Data       string
	Mode       uint32 // Unix; 0 is a regular file of mode 0644
	Stored     bool
	Descriptor bool // sizes after the contents

	LocalName    string // in the local header, where it differs
	LocalExtra   []byte
	CentralExtra []byte
	Flags        uint16                   // beside that of UTF-8 names and of a descriptor
	Method       uint16                   // where it is neither stored nor deflated
	Declared     func(size uint32) uint32 // the size that both headers declare
	CRC          func(crc uint32) uint32  // the checksum that both declare
	Local        func(header []byte)      // edits the local header
	Central      func(header []byte)      // edits the central one
	Trailer      func(descriptor []byte)  // edits the data descriptor
	After        []byte                   // bytes after the member
	Padding      []byte                   // bytes after the compressed contents, counted in
}

// An End edits the end of an archive.
type End struct {
	Record  func(record []byte) // the end record
	Comment string
	Zip64   bool
	Locator func(locator []byte)
	After   string
	Before  string // at the very start, offsets not corrected
}

var le = binary.LittleEndian

// Zip makes the archive.
func Zip(members []Member, end End) []byte {
	var out, central bytes.Buffer
	out.WriteString(end.Before)
	shift := len(end.Before)
	for i := range members {
		m := &members[i]
		offset := out.Len() - shift
		packed, h := m.headers()
		out.Write(m.local(h, len(packed)))
		out.Write(packed)
		if m.Descriptor {
			out.Write(m.descriptor(h))
		}
		out.Write(m.After)
		central.Write(m.central(h, offset))
	}
	offset := out.Len() - shift
	out.Write(central.Bytes())
	size := central.Len()
	if end.Zip64 {
		out.Write(zip64(end, len(members), size, offset))
	}
	rec := make([]byte, 22)
	copy(rec, "PK\x05\x06")
	le.PutUint16(rec[8:], uint16(len(members)))
	le.PutUint16(rec[10:], uint16(len(members)))
	le.PutUint32(rec[12:], uint32(size))
	le.PutUint32(rec[16:], uint32(offset))
	le.PutUint16(rec[20:], uint16(len(end.Comment)))
	if end.Zip64 {
		le.PutUint32(rec[16:], 1<<32-1)
	}
	if end.Record != nil {
		end.Record(rec)
	}
	out.Write(rec)
	out.WriteString(end.Comment + end.After)
	return out.Bytes()
}

// values are what both headers declare.
type values struct {
	flags, method     uint16
	crc, packed, size uint32
}

// deflaters are large, and there are many small members.
var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // the level is one that there is
	return w
}}

func (m *Member) headers() (packed []byte, v values) {
	v = values{flags: m.Flags | 1<<11, method: 8, crc: crc32.ChecksumIEEE([]byte(m.Data)), size: uint32(len(m.Data))}
	packed = []byte(m.Data)
	if m.Stored {
		v.method = 0
	} else {
		var b bytes.Buffer
		w := deflaters.Get().(*flate.Writer)
		w.Reset(&b)
		_, _ = w.Write(packed)
		_ = w.Close()
		deflaters.Put(w)
		packed = b.Bytes()
	}
	packed = append(packed, m.Padding...)
	v.packed = uint32(len(packed))
	if m.Method != 0 {
		v.method = m.Method
	}
	if m.Declared != nil {
		v.size = m.Declared(v.size)
	}
	if m.CRC != nil {
		v.crc = m.CRC(v.crc)
	}
	if m.Descriptor {
		v.flags |= 1 << 3
	}
	return packed, v
}

func (m *Member) local(v values, _ int) []byte {
	name := m.Name
	if m.LocalName != "" {
		name = m.LocalName
	}
	h := make([]byte, 30, 30+len(name)+len(m.LocalExtra))
	copy(h, "PK\x03\x04")
	h[4] = 20
	le.PutUint16(h[6:], v.flags)
	le.PutUint16(h[8:], v.method)
	le.PutUint16(h[12:], 0x21)
	if !m.Descriptor {
		le.PutUint32(h[14:], v.crc)
		le.PutUint32(h[18:], v.packed)
		le.PutUint32(h[22:], v.size)
	}
	le.PutUint16(h[26:], uint16(len(name)))
	le.PutUint16(h[28:], uint16(len(m.LocalExtra)))
	if m.Local != nil {
		m.Local(h)
	}
	return append(append(h, name...), m.LocalExtra...)
}

func (m *Member) descriptor(v values) []byte {
	d := make([]byte, 16)
	copy(d, "PK\x07\x08")
	le.PutUint32(d[4:], v.crc)
	le.PutUint32(d[8:], v.packed)
	le.PutUint32(d[12:], v.size)
	if m.Trailer != nil {
		m.Trailer(d)
	}
	return d
}

func (m *Member) central(v values, offset int) []byte {
	h := make([]byte, 46, 46+len(m.Name)+len(m.CentralExtra))
	copy(h, "PK\x01\x02")
	h[4], h[5], h[6] = 20, 3, 20
	le.PutUint16(h[8:], v.flags)
	le.PutUint16(h[10:], v.method)
	le.PutUint16(h[14:], 0x21)
	le.PutUint32(h[16:], v.crc)
	le.PutUint32(h[20:], v.packed)
	le.PutUint32(h[24:], v.size)
	le.PutUint16(h[28:], uint16(len(m.Name)))
	le.PutUint16(h[30:], uint16(len(m.CentralExtra)))
	mode := m.Mode
	if mode == 0 {
		mode = 0o100644
	}
	le.PutUint32(h[38:], mode<<16)
	le.PutUint32(h[42:], uint32(offset))
	if m.Central != nil {
		m.Central(h)
	}
	return append(append(h, m.Name...), m.CentralExtra...)
}

func zip64(end End, members, size, offset int) []byte {
	b := make([]byte, 56+20)
	copy(b, "PK\x06\x06")
	le.PutUint64(b[4:], 44)
	b[12], b[14] = 45, 45
	le.PutUint64(b[24:], uint64(members))
	le.PutUint64(b[32:], uint64(members))
	le.PutUint64(b[40:], uint64(size))
	le.PutUint64(b[48:], uint64(offset))
	locator := b[56:]
	copy(locator, "PK\x06\x07")
	le.PutUint64(locator[8:], uint64(offset+size))
	locator[16] = 1
	if end.Locator != nil {
		end.Locator(locator)
	}
	return b
}
