package reform

import (
	"fmt"
	"slices"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/onceonly"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
)

// reportedItem is an item to be handed in with everything found of it: by the
// rules on items, by the county's graph of materials, and beside the unit's
// other items.
type reportedItem struct {
	row   *store.Item
	data  *catalog.Item
	found []lint.Finding
}

// gather collects what is found of judged items, and of their unit as a whole,
// with the reasons on record.
func (s *Service) gather(tx *store.Tx, g *onceonly.Graph, unit org.Unit, rows []store.Item) ([]reportedItem, []lint.Finding, error) {
	out := make([]reportedItem, len(rows))
	for i := range rows {
		data, err := decode(rows[i].Doc)
		if err != nil {
			return nil, nil, fmt.Errorf("item %s: %w", rows[i].ID, err)
		}
		found, err := s.foundOf(tx, g, &rows[i], data)
		if err != nil {
			return nil, nil, err
		}
		out[i] = reportedItem{&rows[i], data, found}
	}
	whole, err := s.checkUnit(tx, unit)
	if err != nil {
		return nil, nil, err
	}
	var unitFound []lint.Finding
	for _, f := range whole {
		if f.Item == "" {
			unitFound = append(unitFound, f)
			continue
		}
		// What is said of an item beside others of the unit goes with the item.
		for i := range out {
			if r := &out[i]; lint.Title(r.data) == f.Item && (f.Code == "" || f.Code == strings.TrimSpace(r.data.ImplementationCode)) {
				reasons, err := tx.FindingReasons(r.row.ID)
				if err != nil {
					return nil, nil, err
				}
				f := []lint.Finding{f}
				answer(f, r.data, reasons)
				r.found = append(r.found, f...)
				break
			}
		}
	}
	return out, unitFound, nil
}

// checkUnit runs the rules on units that judge their items as a whole.
func (s *Service) checkUnit(tx *store.Tx, unit org.Unit) ([]lint.Finding, error) {
	rules, err := s.rulesInForce(tx)
	if err != nil {
		return nil, err
	}
	p, err := tx.ActivePlan()
	if err != nil {
		return nil, err
	}
	rows, err := allItems(tx, store.ItemFilter{Units: []string{unit.ID}})
	if err != nil {
		return nil, err
	}
	items := make([]*catalog.Item, len(rows))
	for i, r := range rows {
		if items[i], err = decode(r.Doc); err != nil {
			return nil, fmt.Errorf("item %s: %w", r.ID, err)
		}
	}
	ctx := lint.NewContext(lint.Config{Rules: rules.Set, Today: calendar.DateOf(tx.Now()), AllItems: true,
		CutTarget: float64(p.TimeCut) / 100, ShareTarget: float64(p.ShareAtMostOne) / 100})
	return lint.Run(ctx, lint.UnitSubject(unit.Name, items)), nil
}

// asks groups the warnings that want a reason by rule.
func asks(set *lint.Set, items []reportedItem, unitFound []lint.Finding) []Ask {
	var out []Ask
	ask := func(f *lint.Finding) {
		if !f.AsksReason() {
			return
		}
		i := slices.IndexFunc(out, func(a Ask) bool { return a.Rule == f.Rule })
		if i < 0 {
			i = len(out)
			out = append(out, Ask{Rule: f.Rule, Title: f.Rule})
			for _, r := range set.All() {
				if r.Code == f.Rule {
					out[i].Title = r.Title
				}
			}
		}
		if out[i].Count++; len(out[i].First) < asksShown {
			out[i].First = append(out[i].First, *f)
		}
	}
	for i := range unitFound {
		ask(&unitFound[i])
	}
	for i := range items {
		for k := range items[i].found {
			ask(&items[i].found[k])
		}
	}
	slices.SortFunc(out, func(a, b Ask) int { return strings.Compare(a.Rule, b.Rule) })
	return out
}

// explainReported puts the reasons that come with a report on record, and
// refuses the report while a warning has none or the unit as a whole has an
// error (docs/reform/rules.md).
func (s *Service) explainReported(tx *store.Tx, a org.Actor, items []reportedItem, unitFound []lint.Finding, reasons map[string]string, sub *publication.Submission) error {
	e := fault.Invalidf("检查结果还没有处理完，不能报送。请按提示补充。")
	for _, f := range unitFound {
		if f.Severity == lint.Error {
			e.At("unit", "%s%s", f.Message, f.Fix)
		}
	}
	rules, err := s.rulesInForce(tx)
	if err != nil {
		return err
	}
	for _, ask := range asks(rules.Set, items, unitFound) {
		reason := strings.TrimSpace(reasons[ask.Rule])
		switch {
		case reason == "":
			e.At("reasons."+ask.Rule, "%s（%d 条）还没有说明理由：%s", ask.Rule, ask.Count, ask.First[0].Message)
			continue
		case publication.CheckReason(reason) != nil:
			e.At("reasons."+ask.Rule, "%s的理由请写清楚（4 至 500 字）", ask.Rule)
			continue
		}
		for i := range unitFound {
			if f := &unitFound[i]; f.Rule == ask.Rule && f.AsksReason() {
				// The unit's own warnings have no item to stand at.
				f.Reason = &lint.Reason{Text: reason, By: a.Name, On: calendar.DateOf(tx.Now())}
				if sub.Statement != "" {
					sub.Statement += "\n"
				}
				sub.Statement += fmt.Sprintf("%s（%s）说明：%s", f.Message, f.Rule, reason)
			}
		}
		for i := range items {
			for k := range items[i].found {
				if f := &items[i].found[k]; f.Rule == ask.Rule && f.AsksReason() {
					if err := explain(tx, a, items[i].row, items[i].data, f, reason); err != nil {
						return err
					}
				}
			}
		}
		if err := tx.Record(a, "说明警告理由", "单位", sub.UnitID, fmt.Sprintf("%s，%d 条：%s", ask.Rule, ask.Count, reason)); err != nil {
			return err
		}
	}
	return e.OrNil()
}
