package reform

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/countyrules"
	"onevisit/internal/infra/store"
)

// RejudgeJob judges the drafts again after the rules were changed.
const RejudgeJob = store.RejudgeJob

// RuleSet is one version of the county's rules.
type RuleSet = store.RuleSet

// ruleCache keeps the compiled rules of the version last used.
type ruleCache struct {
	mu      sync.Mutex
	version int64
	rules   *countyrules.Rules
}

// rulesInForce returns the compiled rules of the version in force.
func (s *Service) rulesInForce(tx *store.Tx) (*countyrules.Rules, error) {
	version, err := tx.RuleVersion()
	if err != nil {
		return nil, err
	}
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	if s.rules.rules != nil && s.rules.version == version {
		return s.rules.rules, nil
	}
	text := ""
	if version > 0 {
		set, err := tx.RuleSet(version)
		if err != nil {
			return nil, err
		}
		text = set.Doc
	}
	rules, err := countyrules.Load([]byte(text))
	if err != nil {
		// It loaded when it was saved; a built-in rule may have gone since. The
		// county's items must still be judged.
		s.log.Warn("county rules no longer load; the built-in rules are used", "version", version, "err", fault.Text(err))
		if rules, err = countyrules.Load(nil); err != nil {
			return nil, err
		}
	}
	s.rules.version, s.rules.rules = version, rules
	return rules, nil
}

// RulesInForce returns the county's rules for the operator's commands.
func (s *Service) RulesInForce(ctx context.Context) (set *lint.Set, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rules, err := s.rulesInForce(tx)
		if err == nil {
			set = rules.Set
		}
		return err
	})
	return set, err
}

// RuleRow is a rule as the list of rules shows it.
type RuleRow struct {
	*lint.Rule
	InForce    lint.Severity // with the county's settings
	Off        string        // why it is switched off
	Exceptions []lint.Exception
	Own        bool // the county's own
}

// RulesView is the list of rules with the county's settings.
type RulesView struct {
	Version   int64
	Rules     []RuleRow
	History   []RuleSet
	CanManage bool
}

// Rules lists the rules in force, the county's own among them, for all staff.
func (s *Service) Rules(ctx context.Context, a org.Actor) (*RulesView, error) {
	if err := org.Can(a, org.ReadItem, a.UnitID); err != nil {
		return nil, err
	}
	v := &RulesView{CanManage: org.Can(a, org.ManageRules, "") == nil}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rules, err := s.rulesInForce(tx)
		if err != nil {
			return err
		}
		v.Rules = ruleRows(rules)
		if v.Version, err = tx.RuleVersion(); err != nil {
			return err
		}
		v.History, err = tx.RuleSets(20)
		return err
	})
	return v, err
}

func ruleRows(rules *countyrules.Rules) []RuleRow {
	own := map[string]bool{}
	for _, c := range rules.Own {
		own[c.Code] = true
	}
	var rows []RuleRow
	for _, r := range rules.Set.All() {
		off, _ := rules.Set.Off(r.Code)
		rows = append(rows, RuleRow{Rule: r, InForce: rules.Set.SeverityOf(r), Off: off, Exceptions: rules.Set.Exceptions(r.Code), Own: own[r.Code]})
	}
	// The county's own first: they are what people here do not know yet.
	slices.SortStableFunc(rows, func(x, y RuleRow) int {
		switch {
		case x.Own == y.Own:
			return 0
		case x.Own:
			return -1
		}
		return 1
	})
	return rows
}

// CountyRules returns a version of the county's rules for editing; 0 is the one
// in force. A county without rules of its own gets an empty text.
func (s *Service) CountyRules(ctx context.Context, a org.Actor, version int64) (set RuleSet, err error) {
	if err := org.Can(a, org.ManageRules, ""); err != nil {
		return set, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if version == 0 {
			if version, err = tx.RuleVersion(); err != nil || version == 0 {
				return err
			}
		}
		set, err = tx.RuleSet(version)
		return err
	})
	return set, err
}

// RuleTrial is what a rule would find in the whole county.
type RuleTrial struct {
	Code, Title string
	Now, Then   int // findings with the rules in force, and with the new ones
	// Was and Is are the severities with the one and the other; empty where the
	// rule is not there or switched off.
	Was, Is lint.Severity
	Failed  int // items on which the rule could not be worked out
	First   []lint.Finding
}

// Trial compares the rules in force with a text that is being edited, over all
// working copies of the county.
type Trial struct {
	Items               int
	ErrorsNow, ErrorsTo int
	Rules               []RuleTrial // those that change, and all of the county's own
}

// firstFindings is how many findings of a rule a trial shows.
const firstFindings = 5

// TryRules checks a text and runs it over the county without keeping anything.
// A text that does not load is an Invalid fault with places.
func (s *Service) TryRules(ctx context.Context, a org.Actor, text string) (*Trial, error) {
	if err := org.Can(a, org.ManageRules, ""); err != nil {
		return nil, err
	}
	next, err := countyrules.Load([]byte(text))
	if err != nil {
		return nil, err
	}
	t := &Trial{}
	counts := map[string]*RuleTrial{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		now, err := s.rulesInForce(tx)
		if err != nil {
			return err
		}
		for _, r := range next.Set.Rules() {
			counts[r.Code] = &RuleTrial{Code: r.Code, Title: r.Title, Is: next.Set.SeverityOf(r)}
		}
		for _, r := range now.Set.Rules() {
			if counts[r.Code] == nil {
				counts[r.Code] = &RuleTrial{Code: r.Code, Title: r.Title}
			}
			counts[r.Code].Was = now.Set.SeverityOf(r)
		}
		// Duplicate codes (K02) and what needs the county's records are left
		// out: the county's rules cannot change them.
		day := calendar.DateOf(tx.Now())
		before := lint.NewContext(lint.Config{Rules: now.Set, Today: day, Division: s.county().Division})
		after := lint.NewContext(lint.Config{Rules: next.Set, Today: day, Division: s.county().Division})
		return eachDoc(ctx, tx, store.ItemFilter{}, func(_ *store.Item, it *catalog.Item) error {
			t.Items++
			for _, f := range lint.Run(before, lint.ItemSubject(it)) {
				counts[f.Rule].Now++
				if f.Severity == lint.Error {
					t.ErrorsNow++
				}
			}
			for _, f := range lint.Run(after, lint.ItemSubject(it)) {
				c := counts[f.Rule]
				if f.Kind == lint.KindFailed {
					c.Failed++
				}
				if c.Then++; len(c.First) < firstFindings {
					c.First = append(c.First, f)
				}
				if f.Severity == lint.Error {
					t.ErrorsTo++
				}
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	own := map[string]bool{}
	for _, c := range next.Own {
		own[c.Code] = true
	}
	for _, c := range counts {
		if own[c.Code] || c.Now != c.Then || c.Was != c.Is {
			t.Rules = append(t.Rules, *c)
		}
	}
	slices.SortFunc(t.Rules, func(x, y RuleTrial) int { return strings.Compare(x.Code, y.Code) })
	return t, nil
}

// eachDoc pages through everything a filter selects.
func eachDoc(ctx context.Context, tx *store.Tx, f store.ItemFilter, do func(*store.Item, *catalog.Item) error) error {
	f.Limit = 500
	for {
		page, err := tx.ItemsWithDocs(f)
		if err != nil {
			return err
		}
		for i := range page {
			it, err := decode(page[i].Doc)
			if err != nil {
				return fmt.Errorf("item %s: %w", page[i].ID, err)
			}
			if err := do(&page[i], it); err != nil {
				return err
			}
		}
		if len(page) < f.Limit || ctx.Err() != nil {
			return ctx.Err()
		}
		f.After = page[len(page)-1].ID
	}
}

// SaveRules puts a text into force as the next version. base is the version
// that the editor started from: if another has come since, nothing is saved. The
// drafts are judged again by a job; what is in review keeps its findings.
func (s *Service) SaveRules(ctx context.Context, a org.Actor, base int64, text, note string) (version int64, err error) {
	if err := org.Can(a, org.ManageRules, ""); err != nil {
		return 0, err
	}
	rules, err := countyrules.Load([]byte(text))
	if err != nil {
		return 0, err
	}
	if note = strings.TrimSpace(note); note == "" {
		return 0, fault.Invalidf("规则没有保存。").At("note", "请写明修改的理由，例如文件名称和文号")
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.RuleVersion()
		if err != nil {
			return err
		}
		if now != base {
			set, err := tx.RuleSet(now)
			if err != nil {
				return err
			}
			return fault.Conflictf("规则已由%s于 %s 修改为第 %d 版，您的修改没有保存。请核对后再改。", set.ByName, clock(set.At), now)
		}
		version = now + 1
		if err := tx.InsertRuleSet(store.RuleSet{Version: version, Doc: text, Hash: rules.Hash, Note: note, ByID: a.ID, ByName: a.Name}); err != nil {
			return err
		}
		if err := tx.Enqueue(store.Job{Kind: RejudgeJob, Payload: rejudgePayload{Version: version}, UniqueKey: fmt.Sprintf("%s:%d", RejudgeJob, version)}); err != nil {
			return err
		}
		// The county's table of laws may have grown with it.
		if err := tx.Enqueue(store.Job{Kind: WatchJob, Payload: watchPayload{}, UniqueKey: fmt.Sprintf("%s:rules:%d", WatchJob, version)}); err != nil {
			return err
		}
		return tx.Record(a, "修改检查规则", "检查规则", fmt.Sprint(version), fmt.Sprintf("第 %d 版，本县规则 %d 条：%s", version, len(rules.Own), note))
	})
	return version, err
}

type rejudgePayload struct {
	Version int64 `json:"version"`
}

// rejudged are the states in which a unit still works on an item. What was
// handed in keeps its findings.
var rejudged = []publication.State{publication.Draft, publication.Confirmed, publication.Returned}

// rejudgePage is how many items are judged in one transaction: few, so that
// others can write in between.
const rejudgePage = 100

// Rejudge judges the working copies by the rules in force. It may run again, and
// gives way to whoever edits meanwhile: their save judges as well.
func (s *Service) Rejudge(ctx context.Context, payload []byte, progress func(int)) error {
	var p rejudgePayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return fmt.Errorf("rejudge: %w", err)
	}
	done, after := 0, ""
	for {
		n, last := 0, ""
		err := s.db.Update(ctx, func(tx *store.Tx) error {
			units, err := tx.Units()
			if err != nil {
				return err
			}
			byID := make(map[string]org.Unit, len(units))
			for _, u := range units {
				byID[u.ID] = u
			}
			page, err := tx.ItemsWithDocs(store.ItemFilter{States: rejudged, After: after, Limit: rejudgePage})
			if err != nil {
				return err
			}
			for i := range page {
				it, err := decode(page[i].Doc)
				if err != nil {
					return fmt.Errorf("item %s: %w", page[i].ID, err)
				}
				row := page[i]
				if err := s.judge(tx, byID[row.UnitID], &row, it); err != nil {
					return err
				}
				if _, err := tx.SetFindings(&row); err != nil {
					return err
				}
			}
			if n = len(page); n > 0 {
				last = page[n-1].ID
			}
			return nil
		})
		if err != nil {
			return err
		}
		if done += n; n < rejudgePage {
			return nil
		}
		after = last
		progress(done)
	}
}
