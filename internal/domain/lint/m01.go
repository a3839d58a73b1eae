package lint

import "onevisit/internal/domain/catalog"

// M01: a material without a clear basis in law, regulation, rule or a document
// of the province or above may not be demanded (P-3.3.1).
func init() {
	Register(&Rule{Code: "M01", Title: "申请材料没有省级以上依据", Clause: "P-3.3.1", Severity: Error, Scope: ScopeItem, Check: checkM01,
		Why: "没有法律、法规、规章或者省级以上文件明确规定的材料，一律不得要求提交。"})
}

func checkM01(s *Subject, r *Report) {
	it := s.Item
	for i := range it.Materials {
		m := &it.Materials[i]
		sev := Error
		if m.Need == catalog.NeedOptional {
			sev = Warning // nobody has to bring it
		}
		if isBlank(m.Basis) {
			r.AddAs(sev, at("materials", i, "basis"), "", "材料“%s”没有写明要求提供的依据。", m.Name).
				Do("写明法律、法规、规章或者省级以上文件的条款；没有依据的，取消该材料。")
			continue
		}
		c := r.ctx.read(m.Basis)
		if len(c.cites) == 0 {
			r.AddAs(sev, at("materials", i, "basis"), m.Basis, "材料“%s”的依据“%s”无法识别：%s。", m.Name, clip(m.Basis), sentence(c.stop.String())).Do("%s", citeForm)
			continue
		}
		level := c.best
		if level == "" {
			level = r.ctx.levelIn(it, c)
		}
		switch {
		case level == "":
			r.AddAs(Warning, at("materials", i, "basis"), m.Basis, "材料“%s”的依据“%s”看不出层级。", m.Name, clip(m.Basis)).
				Do("写全名称，补上文号，例如（国发〔1987〕24号）。")
		case !level.AtLeastProvincial():
			r.AddAs(sev, at("materials", i, "basis"), m.Basis, "材料“%s”的依据“%s”是%s，不是法律、法规、规章或者省级以上文件。", m.Name, clip(m.Basis), level).
				Do("补充省级以上依据；没有的，取消该材料。")
		}
	}
}
