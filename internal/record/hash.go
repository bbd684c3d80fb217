package record

// Hashing: every byte is read once, by by as many at once as --jobs says, each
// with one buffer, the largest file first so that none is left to the end.

import (
	"cmp"
	"context"
	"hash"
	"io"
	"slices"
	"sync"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pool"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// hashBuffer is what a worker reads at once: large enough that system calls do
// not count, small enough to stay in the processor's cache.
const hashBuffer = 256 << 10

// A hashJob is one file to read.
type hashJob struct {
	size   int64
	open   func() (io.ReadCloser, error)
	algs   []wheel.Algorithm
	header headerKind // whose rest is hashed too

	sums []string // by algs
	rest string   // sha256 of what follows the header, empty where there is no header
	read int64
	err  error
}

// want adds an algorithm.
func (j *hashJob) want(alg wheel.Algorithm) {
	if !slices.Contains(j.algs, alg) {
		j.algs = append(j.algs, alg)
	}
}

// sum gives the raw hash of a job that has run, by an algorithm that was wanted.
func (j *hashJob) sum(alg wheel.Algorithm) string { return j.sums[slices.Index(j.algs, alg)] }

// hashAll runs the jobs. Each job has its own error; the error returned is that
// of the context.
func hashAll(ctx context.Context, jobs []*hashJob, atOnce int) error {
	order := slices.Clone(jobs)
	slices.SortStableFunc(order, func(a, b *hashJob) int { return cmp.Compare(b.size, a.size) })
	done := progress.Begin(ctx, progress.StepHash, sizes(jobs))
	buffers := sync.Pool{New: func() any { b := make([]byte, hashBuffer); return &b }}
	return pool.Each(ctx, atOnce, len(order), func(ctx context.Context, i int) error {
		buf := buffers.Get().(*[]byte)
		defer buffers.Put(buf)
		order[i].err = order[i].run(ctx, *buf, done)
		return nil
	})
}

func sizes(jobs []*hashJob) (sum int64) {
	for _, j := range jobs {
		sum += j.size
	}
	return sum
}

func (j *hashJob) run(ctx context.Context, buf []byte, done func(int64)) (err error) {
	in, err := j.open()
	if err != nil {
		return err
	}
	defer in.Close()
	hashes := make([]hash.Hash, len(j.algs))
	for i, alg := range j.algs {
		hashes[i] = alg.New()
	}
	var rest *restHash
	if j.header != noHeader {
		rest = &restHash{kind: j.header}
	}
	for {
		n, err := in.Read(buf)
		for _, h := range hashes {
			h.Write(buf[:n])
		}
		if rest != nil {
			rest.write(buf[:n])
		}
		j.read += int64(n)
		done(int64(n))
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	j.sums = make([]string, len(hashes))
	for i, h := range hashes {
		j.sums[i] = string(h.Sum(nil))
	}
	if rest != nil {
		j.rest = rest.sum()
	}
	return nil
}
