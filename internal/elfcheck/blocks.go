package elfcheck

import "io"

// blockSize is how much of a file is compared at once, in bytes.
const blockSize = 256 << 10

// blocks are what is read of one file, which is written to sum while the caller works on it:
// to hash a large object takes as long as to compare it.
type blocks struct {
	sum  io.Writer   // nil: nothing is written
	free chan []byte // buffers that nobody uses
	full chan []byte // what is to be written
	done chan struct{}
}

// newBlocks returns the blocks of a file of this size.
func newBlocks(sum io.Writer, size uint64) *blocks {
	b := &blocks{sum: sum, free: make(chan []byte, 2), full: make(chan []byte), done: make(chan struct{})}
	b.free <- make([]byte, min(blockSize, size))
	if size > blockSize {
		b.free <- make([]byte, blockSize)
	}
	go func() {
		defer close(b.done)
		for block := range b.full {
			_, _ = b.sum.Write(block)
			b.free <- block[:cap(block)]
		}
	}()
	return b
}

// buffer returns one that no block is in any more.
func (b *blocks) buffer() []byte { return <-b.free }

// write has what was read into a buffer written. Until the next call of buffer the caller
// may read it.
func (b *blocks) write(block []byte) {
	if b.sum == nil {
		b.free <- block[:cap(block)]
		return
	}
	b.full <- block
}

// close waits until all is written.
func (b *blocks) close() {
	close(b.full)
	<-b.done
}
