package lint

import "onevisit/internal/domain/catalog"

// N02: papers go from office to office and from level to level inside the
// administration; the applicant does not carry them (P-3.3.2).
func init() {
	Register(&Rule{Code: "N02", Title: "由申请人在部门或者层级之间转送材料", Clause: "P-3.3.2", Severity: Error, Scope: ScopeItem, Check: checkN02,
		Why: "材料在单位之间、上下级之间由内部流转，不由申请人转送。"})
}

func checkN02(s *Subject, r *Report) {
	eachProcess(s.Item, func(p *catalog.Process, path, whose string) {
		for i := range p.Touchpoints {
			t := &p.Touchpoints[i]
			if t.Duty != catalog.DutyCarry || len(t.Remote) > 0 {
				continue
			}
			where, how := "单位之间", "由窗口内部流转（M4）"
			if t.Between == "level" {
				where, how = "上下级之间", "由下级将初审意见和全部材料直接报送上级（M5）"
			}
			f := r.Add(at(path+".touchpoints", i, "duty"), t.Duty, "%s要求申请人在%s转送材料。", whose, where).Do("%s。", how)
			if path == "process" {
				f.RepairWith("改由内部流转", Change{Field: at("process.touchpoints", i, ""), Remove: true})
			}
		}
	})
}
