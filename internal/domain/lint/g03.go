package lint

import (
	"slices"

	"onevisit/internal/domain/catalog"
)

// G03: what is said in one place is said in all (P-3.2f): the guide's
// telephones are those of the unit's own record.
func init() {
	Register(&Rule{Code: "G03", Title: "指南中的电话、时间、地址与单位登记信息不一致", Clause: "P-3.2f", Severity: Warning, Scope: ScopeItem, Needs: NeedUnits, Check: checkG03,
		Why: "线上线下、指南与单位登记的电话、时间、地址要一致，否则群众白跑一趟。"})
}

func checkG03(s *Subject, r *Report) {
	it := s.Item
	u := unitNamed(r.ctx, it.Unit)
	if u == nil {
		return
	}
	if u.Phone != "" && len(it.Enquiry) > 0 && !slices.Contains(it.Enquiry, u.Phone) {
		r.Add("enquiry", it.Enquiry[0], "咨询方式中没有%s登记的咨询电话%s。", u.Name, u.Phone).Do("核对后统一；号码已变更的，同时更新单位登记信息。").RepairBy("enquiry", u.Phone)
	}
	if u.Complaint != "" && len(it.Complaint) > 0 && !slices.Contains(it.Complaint, u.Complaint) {
		r.Add("complaint", it.Complaint[0], "监督投诉方式中没有%s登记的投诉电话%s。", u.Name, u.Complaint).Do("核对后统一；号码已变更的，同时更新单位登记信息。").RepairBy("complaint", u.Complaint)
	}
	// Places in a hall or at another unit have hours and an address of their own.
	for i := range it.Places {
		p := &it.Places[i]
		if u.Address != "" && p.Address == u.Address && u.Hours != "" && p.Hours != "" && p.Hours != u.Hours {
			r.Add(at("places", i, "hours"), p.Hours, "办公时间“%s”与%s登记的“%s”不一致。", clip(p.Hours), u.Name, u.Hours).
				Do("核对后统一。").RepairBy(at("places", i, "hours"), u.Hours)
		}
	}
	if u.Address != "" && len(it.Places) > 0 && !it.InHall && !windowless(it) && !slices.ContainsFunc(it.Places, func(p catalog.Place) bool { return p.Address == u.Address }) {
		r.Add("places", it.Places[0].Address, "未进驻大厅，办理地点与%s登记的地址“%s”不一致。", u.Name, u.Address).Do("核对办理地点；单位已搬迁的，同时更新单位登记信息。")
	}
}
