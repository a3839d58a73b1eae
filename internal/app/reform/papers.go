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
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/store"
)

// PaperFormats are the formats of papers with their content types.
var PaperFormats = paper.Formats

// SubmissionPapers are the papers of a submission that there are for it now.
func SubmissionPapers(sub *publication.Submission) []string {
	if sub.Kind == publication.ZeroReport {
		return []string{"零报告", "报送回执"}
	}
	papers := []string{"报送回执", "目录清单", "实施清单汇编", "指南汇编"}
	if sub.Commitment != nil {
		papers = append(papers, "公开承诺书")
	}
	if sub.State == publication.Settled {
		papers = append(papers, "审核意见")
	}
	return papers
}

// HasSheet reports whether a paper is also offered as a workbook.
func HasSheet(kind string) bool {
	return slices.Contains([]string{"目录清单", "实施清单", "实施清单汇编"}, kind)
}

// PrintSubmission writes a paper of a submission; link is where the code on the
// receipt leads, for a number and a hash.
func (s *Service) PrintSubmission(ctx context.Context, a org.Actor, w io.Writer, id, kind, format string, link func(number, hash string) string) (missing []rune, err error) {
	sub, err := s.Submission(ctx, a, id)
	if err != nil {
		return nil, err
	}
	known := false
	for _, k := range SubmissionPapers(sub) {
		known = known || k == kind
	}
	if !known {
		return nil, fault.NotFoundf("这次报送没有“%s”。", kind)
	}
	mark := "报送编号 " + sub.Number
	r := paper.Report{Receiver: s.county().Title() + string(publication.ReformOffice), Unit: sub.UnitName, Number: sub.Number, Hash: sub.Hash, Date: calendar.DateOf(sub.At).ChineseShort(), Statement: sub.Statement, By: sub.ByName}
	p, err := s.planOf(ctx, sub)
	if err != nil {
		return nil, err
	}
	r.Plan = p.Title
	switch kind {
	case "审核意见":
		o, err := s.opinion(ctx, sub, p)
		if err != nil {
			return nil, err
		}
		return s.press.Print(ctx, w, format, kind, o, mark)
	case "实施清单汇编", "指南汇编":
		return s.printItems(ctx, w, sub, kind, format, mark)
	case "报送回执":
		r := s.receipt(sub, p)
		r.Link = link(sub.Number, sub.Hash)
		return s.press.Print(ctx, w, format, kind, r, mark)
	}
	covered := map[string]bool{}
	r.Signature = signatureLine(sub)
	if c := sub.Commitment; c != nil {
		r.Signatory, r.Title, r.SignedOn, r.Text = c.Signatory, c.Title, c.SignedOn.ChineseShort(), paragraphs(c.Text)
		for _, item := range c.Items {
			covered[item] = true
		}
	}
	rows, items, err := s.submittedItems(ctx, sub)
	if err != nil {
		return nil, err
	}
	for i, it := range rows {
		if kind == "公开承诺书" && !covered[it.ItemID] {
			continue
		}
		r.Lines = append(r.Lines, paper.NewLine(len(r.Lines)+1, items[i], sub.UnitName, it.Visits, it.Class))
	}
	if format == "xlsx" && HasSheet(kind) {
		sheet := exchange.Sheet{Name: kind, Head: []string{"序号", "事项名称", "基本编码", "实施编码", "事项类型", "设定依据", "到场次数", "分类"}}
		for _, l := range r.Lines {
			sheet.Rows = append(sheet.Rows, []string{strconv.Itoa(l.No), l.Name, l.BasicCode, l.Code, l.Type, l.Bases, l.VisitsWord, l.Class})
		}
		return nil, exchange.WriteSheetXLSX(w, sheet)
	}
	return s.press.Print(ctx, w, format, kind, r, mark)
}

// paragraphs are the lines of a text that say something.
func paragraphs(text string) (out []string) {
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// PrintCommitment writes the commitment to be signed and sealed, for the items
// that the unit can report now (P-3.2b).
func (s *Service) PrintCommitment(ctx context.Context, a org.Actor, w io.Writer, unitID, format string) (missing []rune, err error) {
	p, err := s.Prepare(ctx, a, unitID)
	if err != nil {
		return nil, err
	}
	if len(p.Met) == 0 {
		return nil, fault.NotFoundf("没有已确认并已实现最多跑一次的事项，不需要公开承诺书。")
	}
	r := paper.Report{Unit: p.Unit.Name, Plan: p.Plan.Title, Text: paragraphs(p.Text), Signatory: "　　　　　　　　", SignedOn: "　　　　年　　月　　日"}
	for i, it := range p.Met {
		data, err := decode(it.Doc)
		if err != nil {
			return nil, fmt.Errorf("item %s: %w", it.ID, err)
		}
		r.Lines = append(r.Lines, paper.NewLine(i+1, data, p.Unit.Name, it.Visits, it.Class))
	}
	return s.press.Print(ctx, w, format, "公开承诺书", r, "待签署")
}

// planOf is the plan that a submission answers to.
func (s *Service) planOf(ctx context.Context, sub *publication.Submission) (p plan.Plan, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		p, err = tx.Plan(sub.PlanID)
		return err
	})
	return p, err
}

// receipt is what the unit gets for what it handed in.
func (s *Service) receipt(sub *publication.Submission, p plan.Plan) paper.Receipt {
	r := paper.Receipt{Unit: sub.UnitName, Plan: p.Title, Number: sub.Number, Kind: string(sub.Kind), Hash: sub.Hash, At: clock(sub.At), Date: calendar.DateOf(sub.At).ChineseShort(),
		Late: sub.Late, Due: p.Due(plan.Packages).ChineseShort(), By: sub.ByName, Receiver: s.county().Title() + "审改办"}
	for i, it := range sub.Items {
		r.Lines = append(r.Lines, paper.Line{No: i + 1, Name: it.Name})
	}
	if sub.Commitment != nil {
		r.Committed = len(sub.Commitment.Items)
	}
	r.Signature = signatureLine(sub)
	if len(sub.Scans) > 0 {
		r.Scan = fmt.Sprintf("%s（SHA-256 %s…）", sub.Scans[0].Name, sub.Scans[0].Hash[:16])
	}
	return r
}

// signatureLine is the electronic signature as papers show it.
func signatureLine(sub *publication.Submission) string {
	c := sub.Signed
	if c == nil {
		return ""
	}
	text, _ := SignatureText(c)
	return fmt.Sprintf("%s，%s 密钥 %s，%s 签署，记入公布日志第 %d 条。%s。", c.Key.Owner, c.Key.Algorithm, c.Key.ID, clock(c.Signature.At), c.Index, strings.TrimSuffix(text, "。"))
}

// submittedItems are the items of a submission as they were handed in.
func (s *Service) submittedItems(ctx context.Context, sub *publication.Submission) (rows []publication.SubmittedItem, items []*catalog.Item, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err = tx.SubmittedDocs(sub.ID)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	items = make([]*catalog.Item, len(rows))
	for i, r := range rows {
		if items[i], err = decode(r.Doc); err != nil {
			return nil, nil, fmt.Errorf("submitted item %s: %w", r.ItemID, err)
		}
	}
	return rows, items, nil
}

// printItems writes a paper of all items of a submission, as they were handed in.
func (s *Service) printItems(ctx context.Context, w io.Writer, sub *publication.Submission, kind, format, mark string) (missing []rune, err error) {
	rows, items, err := s.submittedItems(ctx, sub)
	if err != nil {
		return nil, err
	}
	if kind == "指南汇编" {
		b := paper.Booklet{Title: sub.UnitName + "办事指南汇编（报送稿）", Unit: sub.UnitName}
		for i, it := range items {
			a, err := visit.AssessItem(it)
			if err != nil {
				return nil, fmt.Errorf("submitted item %s: %w", rows[i].ItemID, err)
			}
			b.Guides = append(b.Guides, paper.NewGuide(it, a))
		}
		return s.press.Print(ctx, w, format, kind, b, mark)
	}
	if format == "xlsx" {
		return nil, exchange.WriteXLSX(w, exchange.Slice(items))
	}
	list := paper.ImplementationList{Title: sub.UnitName + "“最多跑一次”事项实施清单", Unit: sub.UnitName}
	for _, it := range items {
		list.Items = append(list.Items, implementation(it, sub.UnitName))
	}
	return s.press.Print(ctx, w, format, kind, list, mark)
}

// implementation writes the elements of an item, a value a line.
func implementation(it *catalog.Item, unit string) paper.Implementation {
	p := paper.Implementation{Name: it.Name, Unit: unit, Code: it.ImplementationCode}
	for _, e := range catalog.Elements().Elements {
		p.Elements = append(p.Elements, paper.Element{No: e.No, Name: e.Name, Text: elementText(it, e)})
	}
	return p
}

// elementText writes an element as one reads it on paper. Limits are said in
// words, lists are numbered, and what says nothing on paper is left out: the
// unit of a limit, and that materials are asked for.
func elementText(it *catalog.Item, e *catalog.Element) string {
	var parts []string
	for i, f := range e.Fields() {
		t := f.Get(it)
		switch f.Key {
		case "legal_limit":
			t = it.LegalLimit.Words()
		case "promised_limit":
			t = it.PromisedLimit.Words()
		case "legal_limit.unit", "promised_limit.unit":
			continue
		case "no_materials":
			if !it.NoMaterials {
				continue
			}
		case "conditions":
			t = numbered(it.Conditions)
		case "materials":
			var names []string
			for _, m := range it.Materials {
				names = append(names, m.Name)
			}
			t = numbered(names)
		case "places":
			var places []string
			for _, p := range it.Places {
				line := p.Name
				for _, more := range []string{p.Address, p.Hours, p.Phone} {
					if more != "" {
						line += "，" + more
					}
				}
				places = append(places, line)
			}
			t = numbered(places)
		}
		if f.Key == "places.hours" || t == "" {
			continue
		}
		if i > 0 {
			t = f.Label + "：" + t
		}
		parts = append(parts, t)
	}
	return strings.Join(parts, "\n")
}

// numbered writes a list, a value a line; a single value without number.
func numbered(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	var b strings.Builder
	for i, v := range list {
		fmt.Fprintf(&b, "%d. %s\n", i+1, v)
	}
	return strings.TrimSpace(b.String())
}

// opinion is the written answer of the two offices (P-3.2d).
func (s *Service) opinion(ctx context.Context, sub *publication.Submission, p plan.Plan) (paper.Opinion, error) {
	settled := calendar.DateOf(sub.Settled)
	o := paper.Opinion{Unit: sub.UnitName, Number: sub.Number, Date: settled.ChineseShort(), Passed: sub.ApprovedCount, Returned: sub.ReturnedCount}
	if sub.ReturnedCount > 0 {
		if err := s.db.View(ctx, func(tx *store.Tx) error {
			cal, err := s.calendar(tx)
			if err != nil {
				return err
			}
			due, err := cal.AddWorkdays(settled, p.Times().Fix)
			o.Due = due.ChineseShort()
			return err
		}); err != nil {
			return o, err
		}
	}
	for _, office := range publication.Offices {
		says := paper.OfficeOpinion{Office: s.county().Title() + string(office)}
		for _, it := range sub.Items {
			for _, v := range it.Verdicts {
				if v.Office != office {
					continue
				}
				says.By, says.Date = v.ByName, calendar.DateOf(v.At).ChineseShort()
				if v.Decision == publication.Pass {
					says.Passed++
					continue
				}
				r := paper.ReturnedItem{Name: it.Name}
				for _, m := range v.Remarks {
					r.Remarks = append(r.Remarks, paper.Remark{Element: m.Label, Text: m.Text})
				}
				says.Returns = append(says.Returns, r)
			}
		}
		o.Offices = append(o.Offices, says)
	}
	return o, nil
}

// PrintItem writes the implementation list or the guide of a working copy.
func (s *Service) PrintItem(ctx context.Context, a org.Actor, w io.Writer, id, kind, format string) (missing []rune, err error) {
	v, err := s.Item(ctx, a, id)
	if err != nil {
		return nil, err
	}
	mark := fmt.Sprintf("%s　工作稿第 %d 版，未经公布不作办事依据", v.State, v.Version)
	switch kind {
	case "办事指南":
		return s.press.Print(ctx, w, format, kind, paper.NewGuide(v.Data, v.Assessment), mark)
	case "实施清单":
		if format == "xlsx" {
			sheet := exchange.Sheet{Name: kind, Head: []string{"序号", "要素", "内容"}}
			for _, e := range implementation(v.Data, v.Unit.Name).Elements {
				sheet.Rows = append(sheet.Rows, []string{strconv.Itoa(e.No), e.Name, e.Text})
			}
			return nil, exchange.WriteSheetXLSX(w, sheet)
		}
		return s.press.Print(ctx, w, format, kind, implementation(v.Data, v.Unit.Name), mark)
	}
	return nil, fault.NotFoundf("没有名为“%s”的文书。", kind)
}

// PrintAdjustment writes the announcement of an adjustment: what is done to which
// items, what changes in them, and why, in words for the public; before its
// approval as a draft. page makes the address of the page of a release, 0 for
// none yet.
func (s *Service) PrintAdjustment(ctx context.Context, a org.Actor, w io.Writer, id, format string, page func(seq int64) string) (missing []rune, err error) {
	v, err := s.Adjustment(ctx, a, id)
	if err != nil {
		return nil, err
	}
	adj := v.Adjustment
	if v.State == publication.Withdrawn || v.State == publication.Refused || len(adj.Items) == 0 {
		return nil, fault.NotFoundf("这项调整没有公告：它没有事项，或者已经不再进行。")
	}
	p := paper.NewAdjustmentNotice(s.county(), adj.Notice(v.Others, v.Changes))
	p.Adjustment = adj.Number
	mark := adj.Number
	if v.State == publication.Sanctioned || v.State == publication.Released {
		p.Number, p.Date = v.DocNo, v.DocDate.ChineseShort()
	} else {
		mark += "　草稿，未经批准不作办事依据"
	}
	seq := int64(0)
	if v.Release != nil {
		seq = v.Release.Seq
	}
	p.Link = page(seq)
	if err := s.db.View(ctx, func(tx *store.Tx) error {
		u, err := tx.Unit(adj.UnitID)
		p.Phone = u.Phone
		return err
	}); err != nil {
		return nil, err
	}
	return s.press.Print(ctx, w, format, "调整公告", p, mark)
}

// PrintAnnouncement writes the announcement of a batch; before its approval as
// a draft without number. link is the address of the batch's public page.
func (s *Service) PrintAnnouncement(ctx context.Context, a org.Actor, w io.Writer, batchID, format, link string) (missing []rune, err error) {
	b, err := s.Batch(ctx, a, batchID)
	if err != nil {
		return nil, err
	}
	p := paper.Announcement{Title: b.Title, Number: b.DocNo, County: s.county().Title(), Issuer: s.county().Government(), BatchNo: publication.BatchOrdinal(b.No), Link: link}
	mark := ""
	if b.DocNo == "" {
		p.Number, mark = "（草稿，待批准）", "草稿"
	} else {
		p.Date = b.DocDate.ChineseShort()
	}
	for _, it := range b.Items {
		if it.Struck != "" {
			continue
		}
		switch p.Total++; it.Visits {
		case 0:
			p.None++
		case 1:
			p.One++
		default:
			p.More++
		}
		if n := len(p.Units); n == 0 || p.Units[n-1].Unit != it.UnitName {
			p.Units = append(p.Units, paper.UnitLines{Unit: it.UnitName})
		}
		u := &p.Units[len(p.Units)-1]
		u.Lines = append(u.Lines, paper.Line{No: len(u.Lines) + 1, Name: it.Name, Code: it.Code, Type: it.Type, Unit: it.UnitName,
			Visits: it.Visits, VisitsWord: paper.VisitsWord(it.Visits), Class: it.Class, ClassWord: paper.ClassWord(it.Class)})
	}
	return s.press.Print(ctx, w, format, "批次公布公告", p, mark)
}
