package record

import (
	"crypto/sha256"
	"hash"
)

// maxHeader bounds the bytes among which the end of a header is looked for.
const maxHeader = 16 << 10

// restHash hashes what follows the header of a script.
type restHash struct {
	kind   headerKind
	head   []byte // the beginning of the file, until the header is known
	done   bool   // the header is known
	header header
	rest   hash.Hash // nil where there is no header
}

// write adds the next bytes of the file.
func (r *restHash) write(p []byte) {
	if !r.done {
		count := min(len(p), maxHeader-len(r.head))
		r.head = append(r.head, p[:count]...)
		p = p[count:]
		h, known := parseHeader(r.kind, r.head, len(r.head) == maxHeader)
		if !known {
			return
		}
		r.endHeader(h)
	}
	if r.rest != nil {
		r.rest.Write(p)
	}
}

// endHeader begins the hash after a header.
func (r *restHash) endHeader(h header) {
	if r.done, r.header = true, h; h.length > 0 {
		r.rest = sha256.New()
		r.rest.Write(r.head[h.length:])
	}
	r.head = nil
}

// sum returns the header and the raw hash of the rest, empty where there is no header.
func (r *restHash) sum() (header, string) {
	if !r.done {
		h, _ := parseHeader(r.kind, r.head, true)
		r.endHeader(h)
	}
	if r.rest == nil {
		return header{}, ""
	}
	return r.header, string(r.rest.Sum(nil))
}

// A script is a file of which the first lines may differ.
type script struct {
	args string // of the interpreter
	rest string // sha256 of what follows the header, empty where there is no header
}

// installedFrom reports whether an installer that writes the header anew makes s of the
// script of a wheel. It may keep the arguments, as uv does, or drop them, as pip does.
func (s script) installedFrom(wheel script) bool {
	return wheel.rest != "" && s.rest == wheel.rest && (s.args == "" || s.args == wheel.args)
}
