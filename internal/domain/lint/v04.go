package lint

// V04: presence that the law requires can never be made remote, so the law is
// named (P-3.3).
func init() {
	Register(&Rule{Code: "V04", Title: "依法须到场，没有写明可识别的依据", Clause: "P-3.3", Severity: Warning, Scope: ScopeItem, Check: checkV04,
		Why: "称依法须本人到场的，要写明法律、法规、规章的条款；没有依据的，应当开通不到场的渠道。"})
}

func checkV04(s *Subject, r *Report) {
	p := s.Item.Process
	if p == nil {
		return
	}
	for i := range p.Touchpoints {
		t := &p.Touchpoints[i]
		if isBlank(t.Law) {
			continue
		}
		c := r.ctx.read(t.Law)
		switch {
		case len(c.cites) == 0:
			r.Add(at("process.touchpoints", i, "law"), t.Law, "到场事由“%s”写明依法须到场，但依据“%s”无法识别：%s。", t.Duty, clip(t.Law), sentence(c.stop.String())).
				Do("%s没有法律依据的，删去依据并开通不到场的渠道。", citeForm)
		case c.best != "" && !c.best.AtLeastProvincial():
			r.Add(at("process.touchpoints", i, "law"), t.Law, "到场事由“%s”的到场依据“%s”是%s，不足以要求本人到场。", t.Duty, clip(t.Law), c.best).
				Do("补充法律、法规、规章依据；没有的，开通不到场的渠道。")
		}
	}
}
