package lint

import (
	"onevisit/internal/domain/citation"
)

// B02: the basis is of the level that the type of item needs. A permit is set
// by law, administrative regulation, decision of the State Council, local
// regulation, or for a time by a rule of the province (行政许可法 art. 14, 15);
// other items by a document of the province at least (P-3.3.1).
func init() {
	Register(&Rule{Code: "B02", Title: "设定依据的层级不够", Clause: "P-3.3.1", Severity: Warning, Scope: ScopeItem, Check: checkB02,
		Why: "行政许可只能由法律、行政法规、国务院决定、地方性法规和省级政府规章设定（行政许可法第十四条、第十五条）；其他事项至少要有省级文件。"})
}

func checkB02(s *Subject, r *Report) {
	it := s.Item
	best := citation.Level("")
	for i := range it.Bases {
		c := r.ctx.read(it.Bases[i].Text)
		if len(c.cites) == 0 {
			return // B01 says so
		}
		if c.best.Rank() > 0 && (best == "" || c.best.Rank() < best.Rank()) {
			best = c.best
		}
	}
	if len(it.Bases) == 0 {
		return
	}
	switch {
	case best == "":
		r.Add("bases", it.Bases[0].Text, "从名称和文号看不出设定依据的层级。").Do("补上文号，例如（国发〔1987〕24号）、（主席令第7号）。")
	case it.Type == "行政许可" && !permits(best):
		r.Add("bases", it.Bases[0].Text, "行政许可的设定依据最高只是%s，应为法律、行政法规、国务院决定、地方性法规或者省级政府规章。", best).
			Do("补充上位依据；没有上位依据的，该许可不应保留（行政许可法第十四条、第十五条）。")
	case !best.AtLeastProvincial():
		r.Add("bases", it.Bases[0].Text, "设定依据最高只是%s，低于省级。", best).Do("补充省级以上依据；确无的，说明理由。")
	}
}

func permits(l citation.Level) bool {
	switch l {
	case citation.Law, citation.AdminRegulation, citation.CouncilDecision, citation.LocalRegulation, citation.LocalRule:
		return true
	}
	return false
}
