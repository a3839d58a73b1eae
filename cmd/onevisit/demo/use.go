package demo

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
)

// useDays is how long ago the first release was, on whose day nobody has read
// anything yet.
const useDays = 11

// inVain is what people search for that nothing of the county answers, and how
// often on a day; the reform office has put one word of its own into the table.
var inVain = map[string]int{"电焊证": 3, "骑手证": 2, "暖气费": 4, "月嫂证": 1, "挖机证": 2, "路灯坏了": 1, "噪音": 2}

// readGuides lets people open guides on the days since the first release, through
// the portal that counts them: what many need more often, what its name's hash
// says for the rest, on weekends less.
func (s *Story) readGuides(ctx context.Context, p *people) error {
	if s.Portal == nil {
		return nil
	}
	if err := s.Portal.Refresh(ctx); err != nil {
		return err
	}
	entries := s.Portal.Published("", "", 1<<30)
	usual := make([]float64, len(entries)) // openings on a working day
	for i, e := range entries {
		h := fnv.New32a()
		_, _ = h.Write([]byte(e.Name)) // never fails
		if n := h.Sum32() % 100; n < 40 {
			usual[i] = 1.5 / float64(1+n/4)
		}
		for rank, f := range catalog.FrequentServices() {
			if f.Fits(e.Name) {
				usual[i] += 30 / float64(2+rank)
				break
			}
		}
	}
	for ago := useDays; ago > 0; ago-- {
		day := calendar.DateOf(time.Now()).AddDays(-ago)
		s.Clock.on(day)
		share := 1.0
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			share = 0.3
		}
		rnd := rand.New(rand.NewPCG(2018, uint64(ago)))
		for i, e := range entries {
			for n := usual[i] * share * (0.5 + rnd.Float64()); n > rnd.Float64(); n-- {
				s.Portal.CountView(e.ID, rnd.IntN(5) < 2)
			}
		}
		for text, most := range inVain {
			if s.Portal.Search(portal.Query{Text: text, Limit: 1}).Total > 0 {
				continue // the county's own list may have it
			}
			for range rnd.IntN(most + 1) {
				s.Portal.CountMiss(text)
			}
		}
		if err := s.Portal.FlushMisses(ctx); err != nil {
			return err
		}
		if err := s.Portal.FlushUse(ctx); err != nil {
			return err
		}
	}
	return s.Portal.PutWord(ctx, p.reform, "蹦蹦车", "三轮汽车、拖拉机", "本地说法（演示）")
}
