package lint

import "onevisit/internal/domain/catalog"

// T03: items with clear standards and simple conditions, without expert review
// and site survey, that need a formal check only are all done on the spot
// (P-3.3.3).
func init() {
	Register(&Rule{Code: "T03", Title: "符合即来即办条件，却是承诺件", Clause: "P-3.3.3", Severity: Error, Scope: ScopeItem, Waivable: true, Check: checkT03,
		Why: "标准明确、条件简单、只作形式审查、不需专家评审和现场踏勘的，一律即来即办。"})
}

func checkT03(s *Subject, r *Report) {
	it := s.Item
	f := &it.Reform
	if it.CaseType != catalog.CasePromised || !f.ClearStandard || !f.FormalOnly || f.ExpertReview || f.SiteSurvey {
		return
	}
	if p := it.Process; p != nil {
		for i := range p.Steps {
			switch p.Steps[i].Kind {
			case "现场踏勘", "专家评审", "检验检测", "听证", "公示":
				return
			}
		}
	}
	r.Add("case_type", it.CaseType, "审查标准明确、只作形式审查、不需专家评审和现场踏勘，应当即来即办，办件类型却是“承诺件”。").
		Do("办件类型改为“即办件”，承诺办结时限改为“即办”；确有困难的，向审改办申请豁免。")
}
