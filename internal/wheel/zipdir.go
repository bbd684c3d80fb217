// The central directory of a ZIP archive: APPNOTE.TXT 4.3.12 and 4.5.

package wheel

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

const (
	centralSize = 46

	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3
	flagPatched    = 1 << 5
	flagStrong     = 1 << 6
	flagUTF8       = 1 << 11
	flagMasked     = 1 << 13

	methodStore   = 0
	methodDeflate = 8
)

// A Member is one entry of the archive's directory.
type Member struct {
	Name   string
	Size   int64 // of the contents, as declared
	Mode   fs.FileMode
	Unsafe string // why its name or kind cannot be installed, or empty

	packed        int64
	offset        int64 // of the local header
	data          int64 // of the contents, 0 until the local header was read
	crc           uint32
	flags, method uint16
	needed        uint8 // the version of APPNOTE.TXT needed to extract, times ten
}

// IsDir reports whether the member is a directory, which RECORD does not list.
func (m *Member) IsDir() bool { return strings.HasSuffix(m.Name, "/") }

// readDirectory reads the central directory in one pass.
func readDirectory(r io.ReaderAt, end zipEnd) ([]Member, error) {
	in := bufio.NewReaderSize(io.NewSectionReader(r, end.offset, end.size), 64<<10)
	// Each entry takes bytes of the file, so a short file cannot ask for much.
	if end.members > uint64(end.size/centralSize) {
		return nil, damaged("the central directory is too short for its %d members", end.members)
	}
	members := make([]Member, 0, end.members)
	names := 0
	for range end.members {
		m, err := readEntry(in)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, damaged("the central directory is cut short")
		}
		if err != nil {
			return nil, err
		}
		if names += len(m.Name); names > maxNames {
			return nil, damaged("names of more than %d MiB together", maxNames>>20)
		}
		members = append(members, m)
	}
	if _, err := in.ReadByte(); err == nil {
		return nil, damaged("the central directory holds more than its %d members", end.members)
	}
	return members, nil
}

func readEntry(in *bufio.Reader) (Member, error) {
	var h [centralSize]byte
	if _, err := io.ReadFull(in, h[:]); err != nil {
		return Member{}, err
	}
	if string(h[:4]) != centralSig {
		return Member{}, damaged("an entry of the central directory has no PK\x01\x02 signature")
	}
	m := Member{
		needed: h[6],
		flags:  le.Uint16(h[8:]),
		method: le.Uint16(h[10:]),
		crc:    le.Uint32(h[16:]),
		packed: int64(le.Uint32(h[20:])),
		Size:   int64(le.Uint32(h[24:])),
		offset: int64(le.Uint32(h[42:])),
	}
	name := make([]byte, le.Uint16(h[28:]))
	extra := make([]byte, le.Uint16(h[30:]))
	comment := int(le.Uint16(h[32:]))
	for _, b := range [][]byte{name, extra} {
		if _, err := io.ReadFull(in, b); err != nil {
			return Member{}, err
		}
	}
	if _, err := in.Discard(comment); err != nil {
		return Member{}, err
	}
	m.Name = decodeName(string(name), m.flags)
	if le.Uint16(h[34:]) != 0 && le.Uint16(h[34:]) != 0xffff {
		return Member{}, damaged("an archive of several parts")
	}
	x, ok := readExtra(extra, m.Size, m.packed, m.offset)
	if !ok {
		return Member{}, &Fault{Kind: Damaged, Path: m.Name, Msg: "an extra field that makes no sense"}
	}
	m.Size, m.packed, m.offset = x.size, x.packed, x.offset
	m.Mode, m.Unsafe = memberMode(le.Uint32(h[38:]), m.Name)
	if m.Unsafe == "" {
		m.Unsafe = checkName(m.Name)
	}
	if m.Unsafe == "" && x.otherName != "" && x.otherName != m.Name {
		m.Unsafe = "a second name in an extra field: " + words.Quote(x.otherName)
	}
	return m, nil
}

// memberMode returns the Unix mode in the upper half of the external attributes, and
// why such a member cannot be installed, or the empty string.
func memberMode(attr uint32, name string) (fs.FileMode, string) {
	const kind, dir, regular, link = 0o170000, 0o040000, 0o100000, 0o120000
	unix := attr >> 16
	mode := fs.FileMode(unix & 0o777)
	switch {
	case unix&kind == link:
		return mode | fs.ModeSymlink, "a symbolic link"
	case unix&kind == dir && !strings.HasSuffix(name, "/"):
		return mode | fs.ModeDir, "a directory without a slash at the end of its name"
	case unix&kind != 0 && unix&kind != dir && unix&kind != regular:
		return mode | fs.ModeIrregular, "neither a file nor a directory"
	case strings.HasSuffix(name, "/"):
		mode |= fs.ModeDir
	}
	return mode, ""
}

// decodeName returns a name as Python's zipfile reads it: UTF-8 where the flag says
// so, else code page 437.
func decodeName(raw string, flags uint16) string {
	if flags&flagUTF8 != 0 {
		return raw
	}
	ascii := true
	for i := range len(raw) {
		ascii = ascii && raw[i] < utf8.RuneSelf
	}
	if ascii {
		return raw
	}
	var b strings.Builder
	for i := range len(raw) {
		if c := raw[i]; c < utf8.RuneSelf {
			b.WriteByte(c)
		} else {
			b.WriteRune(codePage437[c-utf8.RuneSelf])
		}
	}
	return b.String()
}

// codePage437 is its upper half.
var codePage437 = []rune("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
	"└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0")
