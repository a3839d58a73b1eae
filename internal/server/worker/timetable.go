package worker

import (
	"context"
	"log/slog"
	"time"
)

// Every calls f at once and then again and again until ctx ends. What f enqueues
// it enqueues once for each day or hour it is meant for, however often it is
// called and in however many processes.
func Every(ctx context.Context, pause time.Duration, log *slog.Logger, f func(context.Context) error) {
	t := time.NewTicker(pause)
	defer t.Stop()
	for {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			log.Error("timetable", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}
