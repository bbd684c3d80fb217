// RECORD as PEP 376 ("RECORD"), PEP 427 and PEP 627 define it: CSV in the
// dialect of Python's csv module, three columns, one row a file.

package wheel

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// A Row is one file of a RECORD. Its columns are parsed once, by ParseRecord or by
// With.
type Row struct {
	Path string // as written, unquoted
	Hash string // as written: algorithm=digest, or empty
	Size string // as written: decimal bytes, or empty
	Line int    // of the file, from 1

	raw     string // the whole row with its line ending, and blank lines before it
	sum     string // with alg, hex and padded the Digest, narrow as there are many rows
	size    int64  // see ByteSize
	pathEnd int32  // of the path in raw, quotes included
	alg     uint8  // of algorithms
	hex     bool
	padded  bool
}

// With returns the row with another digest and size; the path's bytes and the
// line ending stay. The zero Digest and a negative size are written as nothing.
func (r Row) With(digest Digest, size int64) Row {
	digest.Hex, digest.Padded = false, false // as String writes it
	r.Hash, r.Size = digest.String(), ""
	if size >= 0 {
		r.Size = strconv.FormatInt(size, 10)
	}
	r.keep(digest, max(size, -1))
	ending := r.raw[len(strings.TrimRight(r.raw, "\r\n")):]
	r.raw = r.raw[:r.pathEnd] + "," + r.Hash + "," + r.Size + ending
	return r
}

// Digest returns what Hash says; the zero value where it is empty or false.
func (r Row) Digest() Digest { return Digest{algorithms[r.alg], r.sum, r.hex, r.padded} }

// ByteSize returns the number in Size, or -1 where it is empty or no number.
func (r Row) ByteSize() int64 { return r.size }

func (r *Row) keep(d Digest, size int64) {
	r.alg, r.size = uint8(slices.Index(algorithms[:], d.Alg)), size
	r.sum, r.hex, r.padded = d.Sum, d.Hex, d.Padded
}

// A Record is a RECORD: its rows in their order, and every byte of it.
type Record struct {
	Rows []Row
	tail string // blank lines after the last row; those before a row belong to it
}

// String returns the text that ParseRecord was given, with the rows as they are now.
func (r *Record) String() string {
	var b strings.Builder
	for _, row := range r.Rows {
		b.WriteString(row.raw)
	}
	b.WriteString(r.tail)
	return b.String()
}

// ParseRecord parses a RECORD. It returns a nil Record and one fault where no row
// can be trusted, else the faults of single rows.
func ParseRecord(text string) (*Record, []*Fault) {
	whole := func(msg string) (*Record, []*Fault) { return nil, []*Fault{{Kind: BadRecord, Msg: msg}} }
	switch {
	case len(text) > MaxRecord:
		return whole("a RECORD of more than " + strconv.Itoa(MaxRecord>>20) + " MiB")
	case strings.HasPrefix(text, "\ufeff"):
		return whole("begins with a byte order mark: installers would take it for part of the first name")
	case !utf8.ValidString(text):
		return whole("is not UTF-8")
	}
	s := csvScanner{rest: text, line: 1}
	record := &Record{Rows: make([]Row, 0, min(strings.Count(text, "\n")+1, maxMembers))}
	var faults []*Fault
	for {
		row, columns, err := s.next()
		if err != "" {
			return whole("line " + strconv.Itoa(s.line) + ": " + err)
		}
		if columns == 0 {
			record.tail = row.raw
			return record, faults
		}
		if len(record.Rows) == maxMembers {
			return whole("more than " + strconv.Itoa(maxMembers) + " rows")
		}
		if columns != 3 {
			return whole("line " + strconv.Itoa(row.Line) + ": " + strconv.Itoa(columns) + " columns instead of 3")
		}
		if f := row.parse(); f != nil {
			faults = append(faults, f)
		}
		record.Rows = append(record.Rows, row)
	}
}

// fault returns a fault of the row.
func (r *Row) fault(kind Kind, msg string) *Fault {
	return &Fault{Kind: kind, Path: r.Path, Msg: msg, Details: []string{"line " + strconv.Itoa(r.Line) + " of RECORD"}}
}

// parse reads the columns and returns what is wrong with the row by itself.
func (r *Row) parse() *Fault {
	digest, f := parseDigest(r.Hash)
	r.keep(digest, parseSize(r.Size))
	switch {
	case r.Path == "":
		return r.fault(BadRecord, "a row without a path")
	case strings.ContainsRune(r.Path, 0):
		return r.fault(BadRecord, "a NUL byte in a path")
	case strings.ContainsRune(r.Path, '\\'):
		return r.fault(BadRecord, "a backslash in a path: paths of RECORD have slashes")
	case hasDrive(r.Path):
		return r.fault(Outside, "a drive letter in a path")
	case namesOwnFile(r.Path):
		return r.fault(UnsafePath, ownFile)
	case f != nil:
		return r.fault(f.Kind, f.Msg)
	case r.Hash == "" && !MayLackHash(r.Path):
		return r.fault(WeakHash, "no hash; only RECORD itself and bytecode may lack one")
	case r.Size != "" && r.size < 0:
		return r.fault(BadRecord, "a size that is no number: "+words.Quote(r.Size))
	}
	return nil
}

// parseSize returns -1 for what is no number.
func parseSize(s string) int64 {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return -1
	}
	return int64(n)
}

// MayLackHash reports whether a row of this path needs no hash: RECORD cannot
// contain its own, its signatures are made after it, bytecode is made on install.
func MayLackHash(p string) bool {
	return isRecord(p) || IsBytecode(p)
}

// IsBytecode reports whether a path has the name of compiled Python code.
func IsBytecode(p string) bool { return strings.HasSuffix(p, ".pyc") || strings.HasSuffix(p, ".pyo") }

// isRecord reports whether a path relative to site-packages is that of a RECORD or
// of a signature of one.
func isRecord(p string) bool {
	dir, base, _ := strings.Cut(path.Clean(p), "/")
	return IsDistInfo(dir) && (base == "RECORD" || isSignature(base))
}

// isSignature reports whether a file of dist-info is a signature of RECORD.
func isSignature(base string) bool { return base == "RECORD.jws" || base == "RECORD.p7s" }

// NewRow returns a row for a file that r does not list yet, without digest and size. Its
// line ends as those of r do.
func (r *Record) NewRow(path string) Row {
	quoted, ending := path, "\n"
	if strings.ContainsAny(path, ",\"\r\n") {
		quoted = `"` + strings.ReplaceAll(path, `"`, `""`) + `"`
	}
	if len(r.Rows) > 0 && strings.HasSuffix(r.Rows[0].raw, "\r\n") {
		ending = "\r\n"
	}
	row := Row{Path: path, raw: quoted + ",," + ending, pathEnd: int32(len(quoted))}
	row.keep(Digest{}, -1)
	return row
}

// WithRows returns a RECORD of other rows, most of them from r. The last row of a RECORD
// may lack its line ending: it gets one where others follow.
func (r *Record) WithRows(rows []Row) *Record {
	for i := range len(rows) - 1 {
		if !strings.HasSuffix(rows[i].raw, "\n") {
			rows = slices.Clone(rows)
			rows[i].raw += "\n"
		}
	}
	return &Record{Rows: rows, tail: r.tail}
}
