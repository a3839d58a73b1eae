package reform

import (
	"context"
	"io"
	"strconv"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
)

// writeTable writes a table as csv or xlsx.
func writeTable(w io.Writer, format string, s exchange.Sheet) error {
	switch format {
	case "csv":
		return exchange.WriteSheetCSV(w, s)
	case "xlsx":
		return exchange.WriteSheetXLSX(w, s)
	}
	return fault.NotFoundf("没有 %s 格式的表格。", format)
}

// exportPage is how many rows are read at a time for a table.
const exportPage = 500

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return calendar.DateOf(t).String()
}

func dayOf(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// WriteItems writes the working copies that the actor may see and a filter
// selects, in its order, as a table.
func (s *Service) WriteItems(ctx context.Context, a org.Actor, w io.Writer, f store.ItemFilter, format string) error {
	var err error
	if f.Units, err = visibleUnits(a, f.Units); err != nil {
		return err
	}
	sheet := exchange.Sheet{Name: "事项", Head: []string{"序号", "事项名称", "单位", "实施编码", "事项类型", "到场次数", "分类", "错误", "警告", "状态", "更新日期"}}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		names, err := unitNames(tx)
		if err != nil {
			return err
		}
		for f.Before, f.After, f.Limit = "", "", exportPage; ; {
			page, err := tx.Items(f)
			if err != nil {
				return err
			}
			for _, it := range page {
				visits := ""
				if it.Visits >= 0 {
					visits = strconv.Itoa(it.Visits)
				}
				sheet.Rows = append(sheet.Rows, []string{strconv.Itoa(len(sheet.Rows) + 1), it.Name, names[it.UnitID], it.Code, it.Type, visits, it.Class,
					strconv.Itoa(it.Errors), strconv.Itoa(it.Warnings), string(it.State), day(it.UpdatedAt)})
			}
			if len(page) < exportPage {
				return nil
			}
			f.After = page[exportPage-1].ID
		}
	})
	if err != nil {
		return err
	}
	return writeTable(w, format, sheet)
}

// WriteSubmissions writes what was reported as a table, as Submissions lists it.
func (s *Service) WriteSubmissions(ctx context.Context, a org.Actor, w io.Writer, f SubmissionsFilter, format string) error {
	sheet := exchange.Sheet{Name: "报送与审核", Head: []string{"序号", "报送编号", "单位", "种类", "报送时间", "迟报", "报送人", "事项", "待定", "通过", "退回", "状态", "内容校验码"}}
	for f.Before, f.After, f.Limit = "", "", exportPage; ; {
		page, err := s.Submissions(ctx, a, f)
		if err != nil {
			return err
		}
		for _, x := range page {
			late := "否"
			if x.Late {
				late = "是"
			}
			sheet.Rows = append(sheet.Rows, []string{strconv.Itoa(len(sheet.Rows) + 1), x.Number, x.UnitName, string(x.Kind), clock(x.At), late, x.ByName,
				strconv.Itoa(x.UndecidedCount + x.ApprovedCount + x.ReturnedCount), strconv.Itoa(x.UndecidedCount), strconv.Itoa(x.ApprovedCount), strconv.Itoa(x.ReturnedCount), string(x.State), x.Hash})
		}
		if len(page) < exportPage {
			return writeTable(w, format, sheet)
		}
		f.After = page[exportPage-1].ID
	}
}

// WriteAdjustments writes adjustments as a table, as Adjustments lists them.
func (s *Service) WriteAdjustments(ctx context.Context, a org.Actor, w io.Writer, f AdjustmentsFilter, format string) error {
	sheet := exchange.Sheet{Name: "动态调整", Head: []string{"序号", "编号", "调整", "种类", "单位", "原因", "依据", "生效日期", "公众说明", "办理", "状态", "轮到", "期限", "迟报"}}
	for f.Before, f.After, f.Limit = "", "", exportPage; ; {
		page, err := s.Adjustments(ctx, a, f)
		if err != nil {
			return err
		}
		for _, b := range page {
			adj, late := b.Adjustment, "否"
			if adj.Late {
				late = "是"
			}
			sheet.Rows = append(sheet.Rows, []string{strconv.Itoa(len(sheet.Rows) + 1), adj.Number, b.Title, string(adj.Op), adj.UnitName, publication.CauseByCode(adj.Cause).Name, adj.Basis,
				dayOf(adj.Effective), adj.Reason, string(adj.Track), string(b.State), publication.BatchTurn[b.State], dayOf(adj.Due), late})
		}
		if len(page) < exportPage {
			return writeTable(w, format, sheet)
		}
		f.After = page[exportPage-1].ID
	}
}

// WriteBatch writes the items of a batch as a table, for the table of those who
// decide on it.
func (s *Service) WriteBatch(ctx context.Context, a org.Actor, w io.Writer, id, format string) error {
	b, err := s.Batch(ctx, a, id)
	if err != nil {
		return err
	}
	sheet := exchange.Sheet{Name: "批次事项", Head: []string{"序号", "事项名称", "单位", "实施编码", "事项类型", "到场次数", "分类", "不予公布的理由"}}
	for i, it := range b.Items {
		sheet.Rows = append(sheet.Rows, []string{strconv.Itoa(i + 1), it.Name, it.UnitName, it.Code, it.Type, strconv.Itoa(it.Visits), it.Class, it.Struck})
	}
	return writeTable(w, format, sheet)
}

// WriteBoard writes the county's board as a table, in the order of the board.
func (s *Service) WriteBoard(ctx context.Context, a org.Actor, w io.Writer, o Order, format string) error {
	b, err := s.Board(ctx, a)
	if err != nil {
		return err
	}
	if err := b.Sort(o); err != nil {
		return err
	}
	sheet := exchange.Sheet{Name: "各单位情况", Head: []string{"序号", "单位", "报送", "事项", "至多跑一次", "占比（%）", "有错误", "清单条目", "待认领", "审核中", "已退回", "已公布", "改革承诺", "逾期承诺"}}
	for i := range b.Rows {
		r := &b.Rows[i]
		sheet.Rows = append(sheet.Rows, []string{strconv.Itoa(i + 1), r.Unit.Name, r.Stands(), strconv.Itoa(r.Total), strconv.Itoa(r.AtMost1), strconv.Itoa(r.share()), strconv.Itoa(r.Faulty),
			strconv.Itoa(r.Entries), strconv.Itoa(r.Open), strconv.Itoa(r.ByState[publication.Submitted]), strconv.Itoa(r.ByState[publication.Returned]), strconv.Itoa(r.ByState[publication.Published]),
			strconv.Itoa(r.Pledged), strconv.Itoa(r.Broken)})
	}
	return writeTable(w, format, sheet)
}
