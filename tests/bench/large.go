package main

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// largeObject is the size of the object of a wheel of half a gigabyte, which is
// made since nobody should have to download one. The object is in it twice:
// stored, and deflated to three quarters.
const largeObject = 320 << 20

// largeWheel makes the wheel and returns its path.
func (b *bench) largeWheel() (string, error) {
	data, object := filepath.Join(b.scratch, "rodata"), filepath.Join(b.scratch, "large.so")
	defer os.Remove(object)
	if err := fill(data, largeObject); err != nil {
		return "", err
	}
	defer os.Remove(data)
	if err := testenv.LargeObject(object, data); err != nil {
		return "", err
	}
	wheel := filepath.Join(b.scratch, "large-1.0-py3-none-manylinux_2_17_x86_64.whl")
	return wheel, pack(wheel, object)
}

// fill writes bytes of six random bits each.
func fill(path string, size int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	random := rand.New(rand.NewPCG(1, 2))
	for range size / 8 {
		var eight [8]byte
		binary.LittleEndian.PutUint64(eight[:], random.Uint64()&0x3f3f3f3f3f3f3f3f)
		if _, err := w.Write(eight[:]); err != nil {
			break // Flush says it again
		}
	}
	return errors.Join(w.Flush(), f.Close())
}

// pack writes a wheel of the object, stored and deflated. It has no RECORD, which
// explain does not ask for.
func pack(wheel, object string) error {
	f, err := os.Create(wheel)
	if err != nil {
		return err
	}
	z := zip.NewWriter(f)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.HuffmanOnly) })
	for _, header := range []zip.FileHeader{{Name: "large/stored.so", Method: zip.Store}, {Name: "large/deflated.so", Method: zip.Deflate}} {
		m, err := z.CreateHeader(&header)
		if err != nil {
			return errors.Join(err, f.Close())
		}
		in, err := os.Open(object)
		if err != nil {
			return errors.Join(err, f.Close())
		}
		_, err = io.Copy(m, in)
		if err := errors.Join(err, in.Close()); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(z.Close(), f.Close())
}
