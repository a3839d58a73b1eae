package demo

import (
	"context"
	"strings"

	"onevisit/internal/infra/outbound"
)

// The demonstration's sites have names that never resolve (RFC 2606): one stands
// for the province's, where people apply, one for its predecessor, which one guide
// still names.
const (
	applySite = "https://example.invalid/"
	oldSite   = "https://old.example.invalid/"
	outdated  = "辅助器具配置（更换）费用申报"
)

func applyAt(item string) string {
	if item == outdated {
		return oldSite + "login.do"
	}
	return applySite + "apply"
}

// Net is the net as the demonstration has it: nothing is asked for.
type Net struct{}

// Check finds the province's site there and its predecessor gone.
func (Net) Check(ctx context.Context, address string) error {
	if strings.HasPrefix(address, oldSite) {
		return &outbound.WebError{Cause: outbound.CauseNoHost}
	}
	return ctx.Err()
}

// watch is one day of what the timetable does with what is published.
func (s *Story) watch(ctx context.Context) error {
	for _, run := range []func(context.Context, []byte, func(int)) error{s.Reform.RunWatch, s.Reform.RunLinks} {
		if err := run(ctx, nil, func(int) {}); err != nil {
			return err
		}
	}
	return nil
}
