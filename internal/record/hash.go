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
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// maxSize keeps the sum of what rows say below what an integer holds.
const maxSize = 1 << 40

// hashBuffer is the size of one read: large enough that system calls do not matter,
// small enough to stay in the processor's cache.
const hashBuffer = 256 << 10

// A hashJob is one file to hash, read once for all its algorithms.
type hashJob struct {
	size   int64                         // that a row says it has; the order goes by it
	path   string                        // of a regular file
	open   func() (io.ReadCloser, error) // of anything else
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
	known  map[string]tree.Sum // of files that need not be read, by real path
	byReal map[string]*hashJob
	order  []*hashJob // as they were requested
}

// of returns the job that hashes a file, the same at each call. Size is how long the file
// should be, -1 where nothing says that.
func (s *hashSet) of(p target, size int64) *hashJob {
	job := s.byReal[p.real]
	if job == nil {
		job = &hashJob{size: min(max(size, 0), maxSize), path: p.real}
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
	unknown := slices.DeleteFunc(slices.Clone(s.order), func(job *hashJob) bool { return job.take(s.known) })
	if err := hashAll(ctx, unknown, atOnce); err != nil {
		return err
	}
	for _, job := range s.order {
		if job.err != nil {
			return job.err
		}
	}
	return nil
}

// take takes what is known of the file, if that is all that is wanted.
func (j *hashJob) take(known map[string]tree.Sum) bool {
	sum, ok := known[j.path]
	if !ok || j.header != noHeader || !slices.Equal(j.algs, []wheel.Algorithm{wheel.SHA256}) {
		return false
	}
	j.sums, j.read = []string{sum.SHA256}, sum.Size
	return true
}

// hashAll runs the jobs, atOnce at a time, the largest first: one that begins last would
// keep the others waiting. Each job keeps its own error; the error returned is that of
// the context.
func hashAll(ctx context.Context, jobs []*hashJob, atOnce int) error {
	order := slices.Clone(jobs)
	slices.SortStableFunc(order, func(a, b *hashJob) int { return cmp.Compare(b.size, a.size) })
	done := progress.Begin(ctx, progress.StepHash, sizes(jobs))
	hashers := sync.Pool{New: func() any { return &hasher{buf: make([]byte, hashBuffer), hashes: map[wheel.Algorithm]hash.Hash{}} }}
	return pool.Each(ctx, atOnce, len(order), func(ctx context.Context, i int) error {
		h := hashers.Get().(*hasher)
		defer hashers.Put(h)
		order[i].err = order[i].run(ctx, h, done)
		return nil
	})
}

// A hasher is what reading one file after another needs.
type hasher struct {
	buf    []byte
	hashes map[wheel.Algorithm]hash.Hash
	sum    []byte
}

// of returns an empty hash of the algorithm, the same at each call.
func (h *hasher) of(alg wheel.Algorithm) hash.Hash {
	sum := h.hashes[alg]
	if sum == nil {
		sum = alg.New()
		h.hashes[alg] = sum
	}
	sum.Reset()
	return sum
}

func sizes(jobs []*hashJob) (sum int64) {
	for _, j := range jobs {
		sum += j.size
	}
	return sum
}

func (j *hashJob) run(ctx context.Context, h *hasher, done func(int64)) (err error) {
	var in io.ReadCloser
	if j.open != nil {
		in, err = j.open()
	} else {
		in, err = tree.OpenRaw(j.path)
	}
	if err != nil {
		return err
	}
	defer in.Close()
	hashes := make([]hash.Hash, 0, 3)
	for _, alg := range j.algs {
		hashes = append(hashes, h.of(alg))
	}
	var rest *restHash
	if j.header != noHeader {
		rest = &restHash{kind: j.header}
	}
	for {
		n, err := in.Read(h.buf)
		for _, sum := range hashes {
			sum.Write(h.buf[:n])
		}
		if rest != nil {
			rest.write(h.buf[:n])
		}
		j.read += int64(n)
		done(int64(n))
		// A file of the disk ends where less came than could have. That it ends where it
		// should spares the read that says so.
		if err == io.EOF || err == nil && j.open == nil && j.read == j.size && n < len(h.buf) {
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
	for i, sum := range hashes {
		h.sum = sum.Sum(h.sum[:0])
		j.sums[i] = string(h.sum)
	}
	if rest != nil {
		h, sum := rest.sum()
		j.script = script{h.args, sum}
	}
	return nil
}
