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
	var wg sync.WaitGroup
	for _, group := range w.together(order) {
		need := min(budget, memoryOf(group[0].object.Size))
		if jobs.Acquire(ctx, 1) != nil {
			break
		}
		if memory.Acquire(ctx, need) != nil {
			break
		}
		wg.Go(func() {
			defer jobs.Release(1)
			defer memory.Release(need)
			defer done(int64(len(group)))
			w.writeAll(ctx, group)
			if slices.ContainsFunc(group, func(e *edit) bool { return errors.Is(e.err, patchelf.ErrTimeout) }) {
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
	for _, failed := range order {
		if w.refuse(failed, failed.err) {
			edits = slices.DeleteFunc(slices.Clone(edits), func(e *edit) bool { return e == failed })
			continue
		}
		if failed.err != nil && !errors.Is(failed.err, context.Canceled) {
			problems = append(problems, w.editProblem(failed, failed.err))
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

// writeAll writes the new files of edits that are alike and reads them back. Where the call
// for all of them fails there is one for each, which says whose fault it was; and one for a
// file that it damaged, so that what is reported can be repeated. None follows a patchelf
// that hangs.
func (w *writer) writeAll(ctx context.Context, group []*edit) {
	var begun []*edit
	for _, e := range group {
		if e.err = w.begin(e); e.err == nil {
			begun = append(begun, e)
		}
	}
	written := len(begun) > 1 && w.callForAll(ctx, begun) == nil
	hangs := false
	for _, e := range begun {
		if hangs {
			e.err = context.Canceled
			continue
		}
		if written && w.finish(e) == nil {
			continue
		}
		if e.err = w.call(ctx, e); e.err == nil {
			e.err = w.finish(e)
		}
		hangs = errors.Is(e.err, patchelf.ErrTimeout)
	}
}

// begin makes the temporary file of an edit.
func (w *writer) begin(e *edit) (err error) {
	if e.old, err = os.Stat(e.source); err != nil {
		return err
	}
	e.temp, err = w.journal.tempFile(e.names[0], "new", "")
	return err
}

// callForAll has patchelf write the new files of edits that are alike.
func (w *writer) callForAll(ctx context.Context, edits []*edit) error {
	var files []patchelf.File
	for _, e := range edits {
		files = append(files, patchelf.File{In: e.source, Out: e.temp})
	}
	return w.program.WriteAll(ctx, files, edits[0].patchelf(w.flags))
}

// call has patchelf write the new file of one edit.
func (w *writer) call(ctx context.Context, e *edit) error {
	err := w.program.Write(ctx, e.source, e.temp, e.patchelf(w.flags))
	var output *patchelf.OutputError
	if errors.As(err, &output) {
		return &damageError{[]string{err.Error()}}
	}
	return err
}

// finish reads the new file of an edit back.
func (w *writer) finish(e *edit) error {
	var sum io.Writer
	if w.sums {
		e.content = &content{hash: wheel.SHA256.New()}
		sum = e.content
	}
	if err := verifyEdit(e.object.ELF, e.source, e.temp, e.patchelf(w.flags), sum); err != nil {
		return err
	}
	return atomicfile.CopyMetadata(e.source, e.temp, e.old)
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
