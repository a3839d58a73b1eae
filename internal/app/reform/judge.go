package reform

import (
	"encoding/json"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/store"
)

// judge fills what the program itself says of an item: identity, computed
// visits and class, findings. It belongs to one goroutine.
type judge struct {
	ctx *lint.Context
}

// newJudge makes a judge for a file that is being read: what needs the county's
// records is left out and judged when the item is saved or confirmed.
func (s *Service) newJudge(rules *lint.Set, today calendar.Date) *judge {
	return &judge{ctx: lint.NewContext(lint.Config{Rules: rules, Today: today, Division: s.county().Division})}
}

// judge judges one item against the county around it.
func (s *Service) judge(tx *store.Tx, unit org.Unit, row *store.Item, data *catalog.Item) error {
	ix := lint.NewIndex()
	ix.Add(row.ID, data)
	if code := lint.UniqueCode(data); code != "" {
		uses, err := tx.CodeUses(code, row.ID)
		if err != nil {
			return err
		}
		for _, u := range uses {
			ix.Add(u.ID, &catalog.Item{Unit: u.Unit, Name: u.Name, Variant: u.Variant, ImplementationCode: code})
		}
	}
	rules, err := s.rulesInForce(tx)
	if err != nil {
		return err
	}
	let, err := waivers(tx, row.ID)
	if err != nil {
		return err
	}
	reasons, err := tx.FindingReasons(row.ID)
	if err != nil {
		return err
	}
	cfg := lint.Config{Rules: rules.Set, Waivers: func(string) []lint.Waiver { return let }, Division: s.county().Division, Today: calendar.DateOf(tx.Now()), Index: ix,
		Unit: func(name string) (*org.Unit, bool) { return &unit, name == unit.Name }}
	if basic := lint.BasicCode(data); basic != "" {
		has, known, err := tx.CatalogueHas(basic)
		if err != nil {
			return err
		}
		cfg.InCatalogue = func(string) (bool, bool) { return has, known }
	}
	j := &judge{ctx: lint.NewContext(cfg)}
	return j.fill(row, unit, data, &row.ID, reasons)
}

// fill writes the judgement into the row, with the reasons on record for what is
// found. key, if any, is the row's own key in the index of codes.
func (j *judge) fill(row *store.Item, unit org.Unit, data *catalog.Item, key *string, reasons []store.FindingReason) error {
	data.Unit = unit.Name
	doc, err := data.Encode()
	if err != nil {
		return err
	}
	row.Doc, row.DocHash = doc, catalog.Hash(doc)
	row.Identity, row.Name, row.Variant = data.Identity(), data.Name, data.Variant
	row.Code, row.BasicCode, row.Type, row.StatedClass = lint.UniqueCode(data), data.BasicCode, data.Type, data.Reform.Class
	row.Visits, row.Class = -1, catalog.ClassNotYet
	if a, err := visit.AssessItem(data); err == nil {
		row.Visits, row.Class = a.Visits, visit.ClassOf(data)
	}
	subject := lint.ItemSubject(data)
	if key != nil {
		subject.Key = *key
	}
	found := lint.Run(j.ctx, subject)
	if found == nil {
		found = []lint.Finding{}
	}
	answer(found, data, reasons)
	n := lint.Count(found)
	row.Errors, row.Warnings, row.Advices = n[lint.Error], n[lint.Warning], n[lint.Advice]
	row.Findings, err = json.Marshal(found)
	return err
}
