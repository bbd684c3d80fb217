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
)

// This file makes a wheel of half a gigabyte: nobody should have to download one.

// largeObject is the size of its object, which is in it twice: stored and
// deflated to three quarters.
const largeObject = 320 << 20

// largeWheel makes the wheel and gives its path. The object has its string table
// before a large .rodata and its dynamic section after it, as libcublasLt.so.
func (b *bench) largeWheel() (string, error) {
	data, source, object := filepath.Join(b.scratch, "rodata"), filepath.Join(b.scratch, "large.s"), filepath.Join(b.scratch, "large.so")
	defer os.Remove(object)
	if err := fill(data, largeObject); err != nil {
		return "", err
	}
	defer os.Remove(data)
	code := ".section .note.GNU-stack,\"\",@progbits\n.section .rodata\n.incbin \"" + data + "\"\n"
	if err := os.WriteFile(source, []byte(code), 0o666); err != nil {
		return "", err
	}
	if err := command("gcc", "-shared", "-nostartfiles", "-Wl,--no-as-needed", "-o", object, source, "-lm"); err != nil {
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
	for name, method := range map[string]uint16{"large/stored.so": zip.Store, "large/deflated.so": zip.Deflate} {
		m, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
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
