package record

import (
	"bytes"
	"crypto/sha256"
	"hash"
)

// A headerKind says which header a script has: the first lines, which an installer
// rewrites (PEP 427, "Recommended installer features"). Scripts are compared by what
// follows.
type headerKind int

// The kinds of header. distlib writes three lines where the path of the interpreter is
// too long for the kernel.
const (
	noHeader        headerKind = iota
	wheelHeader                // the line "#!python…", in a wheel
	installedHeader            // any "#!" line, or the three lines of distlib
)

// maxHeader bounds the bytes among which the end of a header is looked for.
const maxHeader = 16 << 10

// restHash hashes what follows the header of a script.
type restHash struct {
	kind headerKind
	head []byte    // the beginning of the file, until the header ends
	done bool      // the header has ended
	rest hash.Hash // nil where there is no header
}

// write adds the next bytes of the file.
func (r *restHash) write(p []byte) {
	if !r.done {
		count := min(len(p), maxHeader-len(r.head))
		r.head = append(r.head, p[:count]...)
		p = p[count:]
		n, known := headerLength(r.kind, r.head)
		if !known && len(r.head) < maxHeader {
			return
		}
		r.endHeader(n)
	}
	if r.rest != nil {
		r.rest.Write(p)
	}
}

// endHeader begins the hash after a header of n bytes, none where n is 0.
func (r *restHash) endHeader(n int) {
	if r.done = true; n > 0 {
		r.rest = sha256.New()
		r.rest.Write(r.head[n:])
	}
	r.head = nil
}

// sum returns the raw hash of the rest, empty where there is no header.
func (r *restHash) sum() string {
	if !r.done {
		n, _ := headerLength(r.kind, r.head)
		r.endHeader(n)
	}
	if r.rest == nil {
		return ""
	}
	return string(r.rest.Sum(nil))
}

// headerLength returns the length of the header in head, the beginning of a file; 0
// where there is none. It reports as known what more bytes could not change.
func headerLength(kind headerKind, head []byte) (n int, known bool) {
	mark := []byte("#!")
	if kind == wheelHeader {
		mark = []byte("#!python")
	}
	if !bytes.HasPrefix(head, mark) {
		return 0, !bytes.HasPrefix(mark, head)
	}
	n = bytes.IndexByte(head, '\n') + 1
	if n == 0 {
		return 0, false
	}
	exec := []byte("'''exec' ")
	if kind == wheelHeader || string(head[:n]) != "#!/bin/sh\n" {
		return n, true
	}
	if !bytes.HasPrefix(head[n:], exec) {
		return n, !bytes.HasPrefix(exec, head[n:])
	}
	second := bytes.IndexByte(head[n:], '\n')
	if second < 0 {
		return 0, false
	}
	third := bytes.IndexByte(head[n+second+1:], '\n')
	if third < 0 {
		return 0, false
	}
	return n + second + 1 + third + 1, true
}
