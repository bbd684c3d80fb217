package record

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

// hashBuffer is the size of one read: large enough that system calls do not matter,
// small enough to stay in the processor's cache.
const hashBuffer = 256 << 10

// A hashJob is one file to hash, read once for all its algorithms.
type hashJob struct {
	size   int64
	open   func() (io.ReadCloser, error)
	algs   []wheel.Algorithm
	header headerKind // of a script: what follows it is hashed too

	// Set by hashAll.
	sums   []string // raw, in the order of algs
	script script
	read   int64 // bytes
	err    error
}

// want requests the hash by an algorithm.
func (j *hashJob) want(alg wheel.Algorithm) {
	if !slices.Contains(j.algs, alg) {
		j.algs = append(j.algs, alg)
	}
}

// sum returns the raw hash by an algorithm that was wanted, of a job that has run.
func (j *hashJob) sum(alg wheel.Algorithm) string { return j.sums[slices.Index(j.algs, alg)] }

// A hashSet holds the jobs of the files of a tree: a file is read once, however many rows
// lead to it.
type hashSet struct {
	byReal map[string]*hashJob
	order  []*hashJob // as they were requested
}

// of returns the job that hashes a file, the same at each call.
func (s *hashSet) of(p target) *hashJob {
	job := s.byReal[p.real]
	if job == nil {
		job = &hashJob{size: p.size, open: p.opener()}
		if s.byReal == nil {
			s.byReal = map[string]*hashJob{}
		}
		s.byReal[p.real] = job
		s.order = append(s.order, job)
	}
	return job
}

// run hashes the files, atOnce at a time. The error is that of the first that cannot be
// read, or of the context.
func (s *hashSet) run(ctx context.Context, atOnce int) error {
	if err := hashAll(ctx, s.order, atOnce); err != nil {
		return err
	}
	for _, job := range s.order {
		if job.err != nil {
			return job.err
		}
	}
	return nil
}

// hashAll runs the jobs, atOnce at a time, the largest first: one that begins last would
// keep the others waiting. Each job keeps its own error; the error returned is that of
// the context.
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
		h, sum := rest.sum()
		j.script = script{h.args, sum}
	}
	return nil
}
