package tree

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// A Sum is what a file is known to hold.
type Sum struct {
	SHA256 string // raw
	Size   int64
}

// Sums returns the sums of the objects that Scan has read as a whole, by real path, each
// name of a file by itself.
func (inv *Inventory) Sums() map[string]Sum {
	sums := map[string]Sum{}
	for _, o := range inv.Objects {
		if o.Sum.SHA256 == "" || o.Root.Archive {
			continue
		}
		sums[o.File] = o.Sum
		for _, link := range o.Links {
			sums[filepath.Join(o.Root.Abs, link)] = o.Sum
		}
	}
	return sums
}

// sumBuffer is the size of one read: large enough that system calls do not matter, small
// enough to stay in the processor's cache.
const sumBuffer = 256 << 10

// readWhole reads each object as a whole, for all that is to be known of its bytes, but for
// those whose hash can wait. The largest come first: one that begins last would keep the
// others waiting. The names are those that Later is given.
func readWhole(ctx context.Context, objects []*Object, names map[string][]string, o Options) error {
	order := slices.Clone(objects)
	slices.SortStableFunc(order, func(a, b *Object) int { return cmp.Compare(b.Size, a.Size) })
	size := int64(0)
	for _, object := range objects {
		size += object.Size
	}
	done := progress.Begin(ctx, progress.StepHash, size)
	return pool.Each(ctx, o.Jobs, len(order), func(ctx context.Context, i int) error {
		object := order[i]
		if o.Later == nil || !o.Later(object, names) {
			return object.readWhole(ctx, o.Names, done)
		}
		defer done(object.Size)
		if o.Names {
			return object.readNames()
		}
		return nil
	})
}

// readNames fills in the names in the data of a dynamic object, and reads nothing else.
func (o *Object) readNames() error {
	if !o.ELF.Dynamic {
		return nil
	}
	in, err := os.Open(o.File)
	if err != nil {
		return err
	}
	defer in.Close()
	o.ELF.Names, err = o.ELF.ReadNames(in)
	return err
}

// readWhole fills in Sum, and the names in the data of a dynamic object.
func (o *Object) readWhole(ctx context.Context, names bool, done func(int64)) error {
	in, err := OpenRaw(o.File)
	if err != nil {
		return err
	}
	defer in.Close()
	hash, size := wheel.SHA256.New(), int64(0)
	scan := o.ELF.NameScan()
	names = names && o.ELF.Dynamic
	buf := make([]byte, min(o.Size+1, sumBuffer)) // the read that ends it, too
	for {
		n, err := in.Read(buf)
		hash.Write(buf[:n])
		if names {
			_, _ = scan.Write(buf[:n])
		}
		size += int64(n)
		done(int64(n))
		if errors.Is(err, io.EOF) {
			break
		}
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
	}
	o.Sum = Sum{string(hash.Sum(nil)), size}
	if names {
		o.ELF.Names = o.ELF.NamesIn(scan)
	}
	return nil
}

// Hex returns the sha256 in hexadecimal digits, "" where the file was not read.
func (s Sum) Hex() string { return hex.EncodeToString([]byte(s.SHA256)) }
