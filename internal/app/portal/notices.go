package portal

import (
	"context"
	"io"
	"slices"
	"strings"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/paper"
)

// NoticePaper is the paper that announces an adjustment.
const NoticePaper = "调整公告"

// Notice is a released adjustment as the public reads it.
type Notice struct {
	publication.Notice
	Release publication.Release
	Phone   string // of the unit, empty if it has given none
	// Items are those of the release with what became of them, by item ID.
	Items map[string]PublishedItem
}

// Notice says what an adjustment tells the public, or NotFound if the release is
// none.
func (s *Service) Notice(ctx context.Context, seq int64) (*Notice, error) {
	r, err := s.release(seq)
	if err != nil {
		return nil, err
	}
	if r.Kind != publication.KindAdjustment {
		return nil, fault.NotFoundf("第 %d 次公布不是调整，没有调整公告。", seq)
	}
	n := &Notice{Release: *r, Items: map[string]PublishedItem{}}
	err = s.src.View(ctx, func(tx Reader) error {
		items, err := tx.ReleaseItems(seq, true)
		if err != nil {
			return err
		}
		former := map[string]PublishedItem{}
		for _, it := range items {
			n.Items[it.ItemID] = it
			was, err := tx.ReplacedItem(seq, it.ItemID)
			if fault.Is(err, fault.NotFound) {
				continue // new to the public
			}
			if err != nil {
				return err
			}
			former[it.ItemID] = was
		}
		n.Notice, err = publication.NoticeOf(items, former)
		return err
	})
	if err != nil {
		return nil, err
	}
	sn := s.snap.Load()
	if i, ok := sn.units[n.UnitID]; ok {
		n.Phone = sn.list[i].Phone
	}
	return n, nil
}

// NoticeFilter narrows the list of adjustments. Empty fields select all.
type NoticeFilter struct {
	Text string // that a name must contain
	Op   publication.Op
	Unit string // ID
}

func (f *NoticeFilter) fits(items []PublishedItem) bool {
	text := strings.ToLower(strings.TrimSpace(f.Text))
	return slices.ContainsFunc(items, func(it PublishedItem) bool {
		return (f.Op == "" || it.Op == f.Op) && (f.Unit == "" || it.UnitID == f.Unit) && strings.Contains(strings.ToLower(it.Name), text)
	})
}

// NoticePage is a page of the adjustments.
type NoticePage struct {
	List []Notice // newest first
	// Prev and Next are where the neighbouring pages begin, -1 where there is none.
	From, Prev, Next int
	Total            int // that fit
	Ops              []publication.Op
	Units            []org.Unit // that have adjusted something
}

// Notices lists the adjustments that the public may read, newest first.
func (s *Service) Notices(ctx context.Context, f NoticeFilter, from, limit int) (*NoticePage, error) {
	p := &NoticePage{From: max(from, 0), Prev: -1, Next: -1}
	ops, units := map[publication.Op]bool{}, map[string]bool{}
	var chosen []int64
	err := s.src.View(ctx, func(tx Reader) error {
		releases, err := tx.Releases()
		if err != nil {
			return err
		}
		for _, r := range releases {
			if r.Kind != publication.KindAdjustment {
				continue
			}
			items, err := tx.ReleaseItems(r.Seq, false)
			if err != nil {
				return err
			}
			for _, it := range items {
				ops[it.Op], units[it.UnitID] = true, true
			}
			if f.fits(items) {
				if p.Total >= p.From && len(chosen) < limit {
					chosen = append(chosen, r.Seq)
				}
				p.Total++
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, seq := range chosen {
		n, err := s.Notice(ctx, seq)
		if fault.Is(err, fault.NotFound) { // the snapshot shows it in a moment
			continue
		}
		if err != nil {
			return nil, err
		}
		p.List = append(p.List, *n)
	}
	if p.From > 0 {
		p.Prev = max(p.From-limit, 0)
	}
	if p.From+limit < p.Total {
		p.Next = p.From + limit
	}
	for _, op := range publication.Ops() {
		if ops[op] {
			p.Ops = append(p.Ops, op)
		}
	}
	for _, u := range s.snap.Load().list {
		if units[u.ID] {
			p.Units = append(p.Units, u.Unit)
		}
	}
	return p, nil
}

// PrintNotice writes the announcement of a released adjustment; link is the
// address of its page.
func (s *Service) PrintNotice(ctx context.Context, w io.Writer, county org.County, seq int64, format, link string) (missing []rune, err error) {
	n, err := s.Notice(ctx, seq)
	if err != nil {
		return nil, err
	}
	p := paper.NewAdjustmentNotice(county, n.Notice)
	p.Number, p.Date, p.Adjustment, p.Phone, p.Link = n.Release.DocNo, n.Release.DocDate.ChineseShort(), n.Release.Number, n.Phone, link
	return s.press.Print(ctx, w, format, NoticePaper, p, n.Release.Number)
}
