package record

// Scripts whose first line an installer rewrites: PEP 427, "Recommended
// installer features" ("#!python"), and distlib's form for interpreters whose
// path is too long for the kernel.

import (
	"bytes"
	"crypto/sha256"
	"hash"
)

// A headerKind says which first lines stand apart from the rest of a script.
type headerKind int

const (
	noHeader        headerKind = iota
	wheelHeader                // "#!python…", which installers rewrite
	installedHeader            // any "#!" line, or the three lines of distlib
)

// maxHeader bounds what is kept of a file to find the end of its header.
const maxHeader = 16 << 10

// restHash hashes what follows the header of a script.
type restHash struct {
	kind headerKind
	head []byte
	done bool
	rest hash.Hash // nil where there is no header
}

func (r *restHash) write(p []byte) {
	if !r.done {
		take := min(len(p), maxHeader-len(r.head))
		r.head = append(r.head, p[:take]...)
		p = p[take:]
		n, known := headerLength(r.kind, r.head)
		if !known && len(r.head) < maxHeader {
			return
		}
		r.begin(n)
	}
	if r.rest != nil {
		r.rest.Write(p)
	}
}

func (r *restHash) begin(n int) {
	if r.done = true; n > 0 {
		r.rest = sha256.New()
		r.rest.Write(r.head[n:])
	}
	r.head = nil
}

// sum gives the hash of the rest, empty where there is no header.
func (r *restHash) sum() string {
	if !r.done {
		n, _ := headerLength(r.kind, r.head)
		r.begin(n)
	}
	if r.rest == nil {
		return ""
	}
	return string(r.rest.Sum(nil))
}

// headerLength gives the bytes of the header that head begins with, and whether
// more bytes could not change the answer.
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
