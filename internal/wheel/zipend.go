// The end of a ZIP archive: APPNOTE.TXT 4.3.14 to 4.3.16, with ZIP64. Readers
// differ in where they look for the central directory; here it must lie where
// every reader finds it.

package wheel

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

const (
	endSize       = 22
	end64Size     = 56
	locatorSize   = 20
	endSig        = "PK\x05\x06"
	end64Sig      = "PK\x06\x06"
	locatorSig    = "PK\x06\x07"
	centralSig    = "PK\x01\x02"
	localSig      = "PK\x03\x04"
	descriptorSig = "PK\x07\x08"
)

// A zipEnd says where the central directory is.
type zipEnd struct {
	offset, size int64
	members      uint64
}

var le = binary.LittleEndian

func damaged(format string, args ...any) *Fault {
	return &Fault{Kind: Damaged, Msg: fmt.Sprintf(format, args...)}
}

// noArchive says what a file is that has no end record, by its first bytes.
func noArchive(r io.ReaderAt) string {
	head := make([]byte, 256)
	n, _ := r.ReadAt(head, 0)
	head = head[:n]
	text := bytes.ToLower(bytes.TrimSpace(head))
	switch {
	case n == 0:
		return "an empty file"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return "a ZIP archive that was cut short: its end is not there"
	case bytes.HasPrefix(text, []byte("<!doctype")), bytes.HasPrefix(text, []byte("<html")), bytes.HasPrefix(text, []byte("<?xml")):
		return "a web page, not a ZIP archive"
	case bytes.HasPrefix(text, []byte("version https://git-lfs")):
		return "a pointer of Git LFS, not a ZIP archive: git lfs pull fetches what it stands for"
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return "compressed by gzip, as source distributions are, not a ZIP archive"
	}
	return "not a ZIP archive, or cut short"
}

// readEnd finds the end record. Its comment must end where the file ends, and the
// directory where the end records begin: no other reader can find another one.
func readEnd(r io.ReaderAt, size int64) (zipEnd, error) {
	tail := make([]byte, min(size, endSize+0xffff+locatorSize+end64Size))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return zipEnd{}, err
	}
	at := bytes.LastIndex(tail, []byte(endSig))
	if at < 0 || len(tail)-at < endSize {
		return zipEnd{}, damaged("%s (%s)", noArchive(r), words.Count(int(size), "byte"))
	}
	if n := int(le.Uint16(tail[at+20:])); at+endSize+n != len(tail) {
		return zipEnd{}, damaged("bytes after the end of the archive, or a second end record in its comment")
	}
	if bytes.Contains(tail[at+endSize:], []byte("PK")) || bytes.Contains(tail[at+4:at+endSize], []byte(endSig)) {
		return zipEnd{}, damaged("the archive's comment looks like a part of an archive")
	}
	disk, startDisk := le.Uint16(tail[at+4:]), le.Uint16(tail[at+6:])
	here, all := le.Uint16(tail[at+8:]), le.Uint16(tail[at+10:])
	dirSize, dirOffset := le.Uint32(tail[at+12:]), le.Uint32(tail[at+16:])
	end := zipEnd{int64(dirOffset), int64(dirSize), uint64(all)}
	endPos := size - int64(len(tail)) + int64(at)

	locator := at - locatorSize
	if locator < 0 || !bytes.HasPrefix(tail[locator:], []byte(locatorSig)) {
		if disk != 0 || startDisk != 0 || here != all {
			return zipEnd{}, damaged("an archive of several parts")
		}
		return end, end.check(endPos)
	}
	pos, err := end.read64(tail, locator, size-int64(len(tail)))
	if err != nil {
		return zipEnd{}, err
	}
	for _, same := range []bool{
		dirSize == 1<<32-1 || int64(dirSize) == end.size,
		dirOffset == 1<<32-1 || int64(dirOffset) == end.offset,
		all == 1<<16-1 || uint64(all) == end.members,
	} {
		if !same {
			return zipEnd{}, damaged("the two end records disagree")
		}
	}
	return end, end.check(pos)
}

// read64 takes the values of the ZIP64 end record, which must lie right before its
// locator, and returns where that record begins.
func (e *zipEnd) read64(tail []byte, locator int, base int64) (pos int64, err error) {
	at := locator - end64Size
	if at < 0 || !bytes.HasPrefix(tail[at:], []byte(end64Sig)) {
		return 0, damaged("the ZIP64 end record is not before its locator")
	}
	pos = base + int64(at)
	rec := tail[at:locator]
	switch {
	case le.Uint64(tail[locator+8:]) != uint64(pos) || le.Uint32(tail[locator+4:]) != 0:
		return 0, damaged("the ZIP64 locator points elsewhere")
	case le.Uint32(tail[locator+16:]) != 1:
		return 0, damaged("an archive of several parts")
	case le.Uint64(rec[4:]) != end64Size-12:
		return 0, damaged("a ZIP64 end record of an unknown length")
	case le.Uint32(rec[16:]) != 0 || le.Uint32(rec[20:]) != 0 || le.Uint64(rec[24:]) != le.Uint64(rec[32:]):
		return 0, damaged("an archive of several parts")
	}
	e.members = le.Uint64(rec[32:])
	size, offset := le.Uint64(rec[40:]), le.Uint64(rec[48:])
	if size > uint64(pos) || offset > uint64(pos) {
		return 0, damaged("the central directory lies outside the archive")
	}
	e.size, e.offset = int64(size), int64(offset)
	return pos, nil
}

// check returns an error unless the directory ends at pos.
func (e *zipEnd) check(pos int64) error {
	if e.offset+e.size != pos {
		return damaged("the central directory does not end where the end record begins: bytes before or inside the archive")
	}
	if e.members > maxMembers {
		return damaged("%d members, more than the %d that are read", e.members, maxMembers)
	}
	return nil
}
