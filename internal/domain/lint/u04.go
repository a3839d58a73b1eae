package lint

import (
	"math"

	"onevisit/internal/domain/catalog"
)

// U04: for a unit's items not already met, the promised time falls by 20 % or
// more overall against today's promise (P-3.3.3). The sum runs over the items
// for which both are known in working days.
func init() {
	Register(&Rule{Code: "U04", Title: "单位承诺时限合计压减不足", Clause: "P-3.3.3", Severity: Error, Scope: ScopeUnit, Needs: NeedAllItems, Check: checkU04,
		Why: "未实现最多跑一次的事项，承诺时限合计比现行承诺压减20%以上（按工作日）。"})
}

// cutTarget is the plan's share; a later plan's is set with Config.CutTarget.
const cutTarget = 0.20

// TimeCut adds up today's and the new promises, in working days, of the items
// not already met. Limits in other units count with the middle of their
// conversion. Items without both limits are left out and counted.
func TimeCut(ctx *Context, items []*catalog.Item) (today, promised float64, counted, left int) {
	for _, it := range items {
		if it.Reform.Class == catalog.ClassMet {
			continue
		}
		c, ok1 := ctx.Workdays(it.CurrentLimit)
		p, ok2 := ctx.Workdays(it.PromisedLimit)
		if !it.CurrentLimit.Given() || !it.PromisedLimit.Given() || !ok1 || !ok2 {
			left++
			continue
		}
		counted++
		today += float64(c.Min+c.Max) / 2
		promised += float64(p.Min+p.Max) / 2
	}
	return today, promised, counted, left
}

func checkU04(s *Subject, r *Report) {
	today, promised, counted, left := TimeCut(r.ctx, s.Items)
	target := r.ctx.CutTarget
	if target == 0 {
		target = cutTarget
	}
	const eps = 1e-9
	if counted == 0 || today == 0 || promised <= today*(1-target)+eps {
		return
	}
	cut := (1 - promised/today) * 100
	note := ""
	if left > 0 {
		note = "（另有" + number(float64(left)) + "个事项缺少时限，未计入）"
	}
	r.Add("promised_limit", "", "%s尚未实现最多跑一次的%d个事项，现承诺时限合计%s个工作日，改革后合计%s个工作日，只压减%.1f%%，不足%s%%%s。",
		s.Unit, counted, number(today), number(promised), cut, number(target*100), note).
		Do("还须再压减%s个工作日。", number(math.Ceil(promised-today*(1-target)-eps)))
}
