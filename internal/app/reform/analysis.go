package reform

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/store"
)

// AnalysisView is an item's analysis by the three causes (P-3.2a, P-3.3): what
// the program reads off the model, and what the unit says.
type AnalysisView struct {
	store.Item
	Data       *catalog.Item
	UnitName   string
	Assessment visit.Assessment
	Problem    string // why the visits cannot be computed
	Causes     visit.Causes
	Saved      plan.Analysis
	CanEdit    bool
}

// Text is the analysis in words: the unit's own where it has saved any.
func (v *AnalysisView) Text() (learn, handIn, finish string) {
	if !v.Saved.SavedAt.IsZero() {
		return v.Saved.Learn, v.Saved.HandIn, v.Saved.Finish
	}
	join := func(why []string) string { return strings.Join(why, "；") }
	return join(v.Causes.Learn), join(v.Causes.HandIn), join(v.Causes.Finish)
}

// Analysis returns an item's analysis.
func (s *Service) Analysis(ctx context.Context, a org.Actor, id string) (*AnalysisView, error) {
	var v *AnalysisView
	err := s.db.View(ctx, func(tx *store.Tx) error {
		row, unit, err := readable(tx, a, id)
		if err != nil {
			return err
		}
		saved, err := tx.Analysis(id)
		if err != nil {
			return err
		}
		v, err = analyse(row, unit.Name, saved)
		return err
	})
	if err != nil {
		return nil, err
	}
	v.CanEdit = org.Can(a, org.EditItem, v.UnitID) == nil
	return v, nil
}

func analyse(row store.Item, unit string, saved plan.Analysis) (*AnalysisView, error) {
	v := &AnalysisView{Item: row, UnitName: unit, Saved: saved}
	var err error
	if v.Data, err = decode(row.Doc); err != nil {
		return nil, fmt.Errorf("item %s: %w", row.ID, err)
	}
	if v.Assessment, err = visit.AssessItem(v.Data); err != nil {
		v.Problem = fault.Text(err)
	}
	v.Causes = visit.CausesOf(v.Data, v.Assessment)
	return v, nil
}

// SaveAnalysis keeps what a unit says of an item.
func (s *Service) SaveAnalysis(ctx context.Context, a org.Actor, in plan.Analysis) error {
	if err := in.Validate(); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Item(in.ItemID)
		if err != nil {
			return err
		}
		if err := org.Can(a, org.EditItem, row.UnitID); err != nil {
			return err
		}
		in.SavedBy = a.Name
		if err := tx.SaveAnalysis(&in); err != nil {
			return err
		}
		return tx.Record(a, "保存事项分析", "事项", row.ID, row.Name)
	})
}

// analysisHead are the columns of 分析表.
var analysisHead = []string{"单位", "事项名称", "编码", "事项类型", "到场次数", "分类", "每次到场", "查询指南的渠道", "指南是否公开", "是否网上预审", "办理环节",
	"不能一次了解清楚的原因", "不能一次提交齐全的原因", "不能一次办结的原因", "改革措施", "完成日期"}

// WriteAnalyses writes a unit's 分析表: each item that takes more than one visit,
// or whose visits cannot be computed, with every step. format is xlsx or csv, or
// docx or pdf to be signed and handed in; then characters that no font has are
// returned.
func (s *Service) WriteAnalyses(ctx context.Context, a org.Actor, unitID, format string, w io.Writer) (missing []rune, err error) {
	var views []*AnalysisView
	var unit org.Unit
	var today calendar.Date
	if err := s.db.View(ctx, func(tx *store.Tx) error {
		if err := org.Can(a, org.ReadItem, unitID); err != nil {
			return err
		}
		if unit, err = tx.Unit(unitID); err != nil {
			return err
		}
		today = calendar.DateOf(tx.Now())
		saved, err := tx.Analyses(unitID)
		if err != nil {
			return err
		}
		items, err := allItems(tx, store.ItemFilter{Units: []string{unitID}})
		if err != nil {
			return err
		}
		views = nil
		for _, row := range items {
			if row.Visits == 0 || row.Visits == 1 {
				continue
			}
			v, err := analyse(row, unit.Name, saved[row.ID])
			if err != nil {
				return err
			}
			views = append(views, v)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if paper.Formats[format] == "" {
		sheet := exchange.Sheet{Name: "分析表", Head: analysisHead}
		for _, v := range views {
			sheet.Rows = append(sheet.Rows, v.cells())
		}
		return nil, writeSheet(w, format, sheet)
	}
	list := paper.ImplementationList{Title: unit.Name + "“最多跑一次”事项分析表", Unit: unit.Name}
	for _, v := range views {
		p := paper.Implementation{Name: v.Data.Name, Unit: unit.Name, Code: v.Code}
		for i, text := range v.cells() {
			if i > 2 { // unit, name and code stand above
				p.Elements = append(p.Elements, paper.Element{No: i - 2, Name: analysisHead[i], Text: text})
			}
		}
		list.Items = append(list.Items, p)
	}
	return s.press.Print(ctx, w, format, "分析表", list, "截至"+today.Chinese())
}

func (v *AnalysisView) cells() []string {
	it := v.Data
	visits := "不能计算：" + v.Problem
	if v.Problem == "" {
		visits = strconv.Itoa(v.Assessment.Visits)
	}
	var trips, steps []string
	for i, t := range v.Assessment.Trips {
		trips = append(trips, fmt.Sprintf("第%d次%s", i+1, t))
	}
	if it.Process != nil {
		for i, st := range it.Process.Steps {
			steps = append(steps, fmt.Sprintf("%d. %s（%s，%s）", i+1, st.Name, st.Unit, paper.DaysWord(st.Days)))
		}
	}
	learn, handIn, finish := v.Text()
	return []string{v.UnitName, it.Name, v.Code, it.Type, visits, v.Class, strings.Join(trips, "\n"), strings.Join(visit.GuideChannels(it), "、"),
		yesNo(it.Reform.GuidePublished), yesNo(it.Reform.PreReview), strings.Join(steps, "\n"), learn, handIn, finish,
		strings.Join(it.Reform.Measures, "、"), it.Reform.By}
}

func yesNo(b bool) string {
	if b {
		return "是"
	}
	return "否"
}
