package apply

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/atomicfile"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/patchelf"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/progress"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// prepare writes the new file of every edit, w.jobs at once within a memory budget. It
// goes on after a failure, so that all failures are reported, but not after a patchelf
// that hangs. Links take the place of an edit that damages the file, where the plan has
// some: it returns the edits that are left. The error is that of a program that is no
// patchelf: its version is read while the first edits run.
func (w *writer) prepare(ctx context.Context, edits []*edit) ([]*edit, []problem.Problem, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	version := make(chan error, 1)
	go func() {
		var err error
		if w.program != nil {
			err = w.program.ReadVersion(ctx)
		}
		if err != nil {
			stop()
		}
		version <- err
	}()
	// The largest first: one that begins last would keep the other jobs waiting.
	order := slices.Clone(edits)
	slices.SortStableFunc(order, func(a, b *edit) int { return cmp.Compare(b.object.Size, a.object.Size) })

	done := progress.Begin(ctx, progress.StepEdit, int64(len(order)))
	budget := memoryBudget()
	memory, jobs := semaphore.NewWeighted(budget), semaphore.NewWeighted(int64(max(1, w.jobs)))
	errs := make([]error, len(order))
	var wg sync.WaitGroup
	for i, e := range order {
		need := min(budget, memoryOf(e.object.Size))
		if jobs.Acquire(ctx, 1) != nil {
			break
		}
		if memory.Acquire(ctx, need) != nil {
			break
		}
		wg.Go(func() {
			defer jobs.Release(1)
			defer memory.Release(need)
			defer done(1)
			if errs[i] = w.write(ctx, e); errors.Is(errs[i], patchelf.ErrTimeout) {
				stop()
			}
		})
	}
	wg.Wait()
	// Where the edits hang, reading the version may hang too: stop has ended both.
	if err := <-version; err != nil && !errors.Is(err, context.Canceled) {
		return nil, nil, err
	}

	var problems []problem.Problem
	for i, err := range errs {
		if w.refuse(order[i], err) {
			edits = slices.DeleteFunc(slices.Clone(edits), func(e *edit) bool { return e == order[i] })
			continue
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			problems = append(problems, w.editProblem(order[i], err))
		}
	}
	problem.Sort(problems)
	slices.SortFunc(w.refused, func(a, b Refusal) int { return cmp.Compare(a.File, b.File) })
	return edits, problems, nil
}

// refuse takes links in the place of an edit that damaged the file, and reports whether
// it did.
func (w *writer) refuse(e *edit, err error) bool {
	var damage *damageError
	instead := e.object.Edit.Instead
	if len(instead) == 0 || !errors.As(err, &damage) {
		return false
	}
	w.links = addLinks(w.links, instead)
	w.refused = append(w.refused, Refusal{
		File: e.object.File, Links: instead,
		Why: fmt.Sprintf("patchelf %s damages it: %s", w.program.Version, damage.reasons[0]),
	})
	return true
}

// write writes the new file of one edit and reads it back.
func (w *writer) write(ctx context.Context, e *edit) error {
	old, err := os.Stat(e.source)
	if err != nil {
		return err
	}
	if e.temp, err = w.journal.tempFile(e.names[0], "new", ""); err != nil {
		return err
	}
	edit := e.patchelf(w.flags)
	var output *patchelf.OutputError
	if err := w.program.Write(ctx, e.source, e.temp, edit); errors.As(err, &output) {
		return &damageError{[]string{err.Error()}}
	} else if err != nil {
		return err
	}
	var sum io.Writer
	if w.sums {
		e.content = &content{hash: wheel.SHA256.New()}
		sum = e.content
	}
	if err := verifyEdit(e.object.ELF, e.source, e.temp, edit, sum); err != nil {
		return err
	}
	return atomicfile.CopyMetadata(e.source, e.temp, old)
}

// memoryOf returns what patchelf needs for a file of this size: the file as read, the
// file as written, and the program.
func memoryOf(size int64) int64 { return 2*size + 4<<20 }

// memoryBudget returns half of the available memory (proc_meminfo(5)), or 1 GiB where
// the kernel does not say.
func memoryBudget() int64 {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 1 << 30
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kb int64
		if n, _ := fmt.Sscanf(lines.Text(), "MemAvailable: %d kB", &kb); n == 1 {
			return max(1, kb<<10/2)
		}
	}
	return 1 << 30
}
