// Package worker claims jobs and runs them. Any number of workers may run in any
// number of processes: the job table gives each job to one of them, and a job
// whose worker died is given out again when its lease has run out.
package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"onevisit/internal/domain/fault"
)

// Job is a claimed job.
type Job struct {
	ID, Kind string
	Payload  []byte
	Worker   string // who holds it
	Attempts int    // this one included
}

// Queue is the job table as the worker needs it.
type Queue interface {
	// Claim returns the next job of the kinds, or nil if there is none.
	Claim(ctx context.Context, worker string, kinds []string, lease time.Duration) (*Job, error)
	// Extend keeps a job for another lease and records progress.
	Extend(ctx context.Context, job *Job, progress int, lease time.Duration) error
	Complete(ctx context.Context, job *Job) error
	// Fail records why a job failed; the queue decides whether to try again.
	Fail(ctx context.Context, job *Job, text string, final bool) error
}

// Handler runs one kind of job. It must be idempotent: after a crash the same
// job comes again.
type Handler func(ctx context.Context, payload []byte, progress func(int)) error

// Worker runs jobs until its context ends.
type Worker struct {
	Queue    Queue
	Name     string
	Handlers map[string]Handler
	Lease    time.Duration // how long a silent worker keeps a job
	Idle     time.Duration // how long to wait when there is nothing to do
	Log      *slog.Logger
	// Wake, if set, ends a wait early: whoever enqueues in this process sends.
	Wake <-chan struct{}
}

// Run claims and runs jobs one at a time until ctx ends.
func (w *Worker) Run(ctx context.Context) {
	kinds := make([]string, 0, len(w.Handlers))
	for k := range w.Handlers {
		kinds = append(kinds, k)
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-w.Wake:
		}
		for ctx.Err() == nil {
			job, err := w.Queue.Claim(ctx, w.Name, kinds, w.Lease)
			if err != nil {
				if ctx.Err() == nil {
					w.Log.Error("claim failed", "err", err)
				}
				break
			}
			if job == nil {
				break
			}
			w.run(ctx, job)
		}
		timer.Reset(w.Idle)
	}
}

// run carries out one job and keeps its lease while it lasts.
func (w *Worker) run(ctx context.Context, job *Job) {
	jobCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	done := 0
	beat := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(w.Lease / 3)
		defer t.Stop()
		for {
			select {
			case <-beat:
				return
			case <-t.C:
				mu.Lock()
				n := done
				mu.Unlock()
				if err := w.Queue.Extend(jobCtx, job, n, w.Lease); err != nil {
					// Somebody else may have the job now: stop rather than
					// work twice.
					cancel(err)
					return
				}
			}
		}
	})
	err := w.guard(jobCtx, job, func(n int) { mu.Lock(); done = n; mu.Unlock() })
	close(beat)
	wg.Wait()
	end := context.WithoutCancel(ctx)
	if err == nil {
		if err := w.Queue.Complete(end, job); err != nil {
			w.Log.Error("job not completed", "job", job.ID, "kind", job.Kind, "err", err)
		}
		return
	}
	if ctx.Err() != nil { // shutting down: the lease runs out and the job comes again
		return
	}
	kind := fault.KindOf(err)
	w.Log.Warn("job failed", "job", job.ID, "kind", job.Kind, "err", err)
	final := kind == fault.Invalid || kind == fault.NotFound || kind == fault.Forbidden
	if err := w.Queue.Fail(end, job, fault.Text(err), final); err != nil {
		w.Log.Error("job failure not recorded", "job", job.ID, "err", err)
	}
}

func (w *Worker) guard(ctx context.Context, job *Job, progress func(int)) (err error) {
	defer func() {
		if v := recover(); v != nil {
			w.Log.Error("job panicked", "job", job.ID, "kind", job.Kind, "panic", v)
			err = errors.New("job panicked")
		}
	}()
	h, ok := w.Handlers[job.Kind]
	if !ok {
		return fault.New(fault.Internal, "no handler for job kind %q", job.Kind)
	}
	return h(ctx, job.Payload, progress)
}
