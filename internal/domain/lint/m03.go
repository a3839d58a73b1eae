package lint

import "onevisit/internal/domain/catalog"

// M03: what the e-licence library or a shared system holds is not demanded; its
// name or number is given and the office looks it up (P-3.3.1).
func init() {
	Register(&Rule{Code: "M03", Title: "电子证照库或者共享系统已有的材料仍要求提交", Clause: "P-3.3.1", Severity: Error, Scope: ScopeItem, Waivable: true, Check: checkM03,
		Why: "电子证照库或者共享系统中已有的材料，原则上不再要求提交，只填名称或者编号，由工作人员调取。"})
}

func checkM03(s *Subject, r *Report) {
	for i := range s.Item.Materials {
		m := &s.Item.Materials[i]
		if !demanded(m) || m.Need == catalog.NeedOptional {
			continue
		}
		switch {
		case !isBlank(m.Licence) && (r.ctx.LicenceHeld == nil || r.ctx.LicenceHeld(m.Licence)):
			r.Add(at("materials", i, "licence"), m.Licence, "材料“%s”在电子证照库中有“%s”，却要求提交原件或者复印件。", m.Name, m.Licence).
				Do("原件、复印件份数改为0，申请人只填证照名称或者编号，由工作人员调取。").RepairWith(numberOnly(i))
		case !isBlank(m.System):
			r.Add(at("materials", i, "system"), m.System, "材料“%s”在“%s”中可以查到，却要求提交原件或者复印件。", m.Name, m.System).
				Do("原件、复印件份数改为0，由工作人员在系统中查询。").RepairWith(numberOnly(i))
		}
	}
}
