package reform

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/store"
)

// PlacePapers are what is printed for a place from published items; they are
// PDF, several items in one file.
var PlacePapers = []string{"海报", "海报A3", "窗口卡", "办事指南", "一次性告知单"}

// replacementSheet is the list of what has to be replaced at a place.
const replacementSheet = "更换清单"

// PlaceLink is the address behind the QR code of what is printed for a place.
type PlaceLink func(code, token string) string

// PrintPlace writes what is printed for a place: 更换清单 as pdf or docx, or one of
// PlacePapers as one PDF. items names which ones (by ID); none are those that the
// place needs.
func (s *Service) PrintPlace(ctx context.Context, a org.Actor, w io.Writer, placeID, kind, format string, items []string, link PlaceLink) (missing []rune, err error) {
	v, err := s.Place(ctx, a, placeID)
	if err != nil {
		return nil, err
	}
	if kind == replacementSheet {
		data, err := s.replacements(ctx, v)
		if err != nil {
			return nil, err
		}
		return s.press.Print(ctx, w, format, kind, data, "")
	}
	if !slices.Contains(PlacePapers, kind) || format != "pdf" {
		return nil, fault.NotFoundf("没有名为“%s.%s”的文书。", kind, format)
	}
	if err := org.Can(a, org.SeeDisplays, v.UnitID); err != nil {
		return nil, err
	}
	if len(items) == 0 {
		for _, l := range v.Lines {
			if l.State != publication.LineCurrent && l.ItemID != "" && !slices.Contains(items, l.ItemID) {
				items = append(items, l.ItemID)
			}
		}
	}
	var sheets []paper.Sheet
	err = s.db.View(ctx, func(tx *store.Tx) error {
		sheets = nil
		for _, id := range items {
			it, err := tx.CurrentItem(id)
			if err != nil {
				return err
			}
			if it.Standing != publication.StandingPublished {
				continue // to be taken down, not printed
			}
			g, err := placeGuide(tx, &it, link(it.VerifyCode, v.Token))
			if err != nil {
				return err
			}
			sheets = append(sheets, paper.Sheet{Template: kind, Data: g, Mark: g.Release + "　核验码 " + it.VerifyCode})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(sheets) == 0 {
		return nil, fault.NotFoundf("“%s”没有需要打印的内容。", v.Name)
	}
	return s.press.PrintMany(ctx, w, v.Name+" "+kind, sheets)
}

// placeGuide is a published item as it is printed for a place.
func placeGuide(tx *store.Tx, p *publication.PublishedItem, link string) (paper.Guide, error) {
	it, err := decode(p.Doc)
	if err != nil {
		return paper.Guide{}, fmt.Errorf("item %s: %w", p.ItemID, err)
	}
	as, err := visit.AssessItem(it)
	if err != nil {
		return paper.Guide{}, fmt.Errorf("item %s: %w", p.ItemID, err)
	}
	r, err := tx.Release(p.ReleaseSeq)
	if err != nil {
		return paper.Guide{}, err
	}
	g := paper.NewGuide(it, as)
	g.Release, g.VerifyCode, g.Link = r.Number, p.VerifyCode, link
	return g, nil
}

// replacements lists what has to be done at a place, as the sheet has it.
func (s *Service) replacements(ctx context.Context, v *PlaceView) (paper.Replacements, error) {
	r := paper.Replacements{Place: v.Name, Unit: v.UnitName, Location: v.Location, Keeper: v.Keeper}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		r.Lines, r.Date = nil, calendar.DateOf(tx.Now()).ChineseShort()
		for _, l := range v.Lines {
			if l.State == publication.LineCurrent {
				continue
			}
			x := paper.Replacement{No: len(r.Lines) + 1, Name: l.Name, Unit: l.UnitName, Old: l.Code, Do: LineAction(&l), Changes: changeLabels(v.Changes[l.Code]), Due: l.Due.ChineseShort()}
			if l.Age.Since != nil {
				x.Since = calendar.DateOf(l.Age.Since.At).ChineseShort()
			}
			if x.Name == "" {
				x.Name = "（查无此码）"
			}
			if l.ItemID != "" && l.Age.Validity != publication.VersionWithdrawn {
				if now, err := tx.CurrentItem(l.ItemID); err == nil {
					x.New = now.VerifyCode
				} else if !fault.Is(err, fault.NotFound) {
					return err
				}
			}
			if x.Old == x.New {
				x.Old = ""
			}
			r.Lines = append(r.Lines, x)
		}
		return nil
	})
	if err == nil && len(r.Lines) == 0 {
		err = fault.NotFoundf("“%s”没有要更换的内容。", v.Name)
	}
	return r, err
}

// LineAction says what a line asks for.
func LineAction(l *publication.Line) string {
	switch {
	case l.State == publication.LineCurrent:
		return ""
	case l.State == publication.LineMissing:
		return "补上"
	case l.Age.Validity == publication.VersionWithdrawn:
		return "撤下：事项已" + string(l.Age.Since.Standing)
	case l.State == publication.LineDoubt:
		return "核实：" + string(l.Seen.Doubt)
	case l.Shown == nil:
		return "换下旧版"
	}
	return "换成现行版"
}

// changeLabels names the elements that changed, as lists show them.
func changeLabels(list []catalog.Change) string {
	var out []string
	for _, c := range list {
		if !slices.Contains(out, c.Label) {
			out = append(out, c.Label)
		}
	}
	return strings.Join(out, "、")
}

// WriteDrift writes the report as a table, one row a thing at a place: csv or
// xlsx.
func (s *Service) WriteDrift(ctx context.Context, a org.Actor, f DriftFilter, w io.Writer, format string) error {
	r, err := s.Drift(ctx, a, f)
	if err != nil {
		return err
	}
	changes, err := s.Changes(ctx, r.Places)
	if err != nil {
		return err
	}
	sheet := exchange.Sheet{Name: "公示一致性", Head: []string{"单位", "公示地点", "类别", "位置", "维护", "事项", "事项所属单位", "核验码", "状态", "效力", "不是现行的起始日期", "已过工作日", "变化的要素", "期限", "要办的事"}}
	for i := range r.Places {
		p := &r.Places[i]
		head := []string{p.UnitName, p.Name, string(p.Kind), p.Location, p.Keeper}
		if len(p.Lines) == 0 {
			sheet.Rows = append(sheet.Rows, append(slices.Clone(head), "", "", "", string(p.State), "", "", "", "", "", ""))
		}
		for _, l := range p.Lines {
			since, days, due := "", "", ""
			if l.Age.Since != nil {
				since, days = calendar.DateOf(l.Age.Since.At).String(), strconv.Itoa(l.Age.Days)
			}
			if !l.Due.IsZero() {
				due = l.Due.String()
			}
			sheet.Rows = append(sheet.Rows, append(slices.Clone(head), l.Name, l.UnitName, l.Code, string(l.State), string(l.Age.Validity), since, days, changeLabels(changes[l.Code]), due, LineAction(&l)))
		}
	}
	if format == "xlsx" {
		return exchange.WriteSheetXLSX(w, sheet)
	}
	return exchange.WriteSheetCSV(w, sheet)
}
