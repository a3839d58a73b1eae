package lint

import (
	"strings"

	"onevisit/internal/domain/catalog"
)

// G02: better guides (P-3.3): who has to fill in a form gets the form and a
// filled-in sample.
func init() {
	Register(&Rule{Code: "G02", Title: "申请表没有空白表格或者示例样表", Clause: "P-3.3", Severity: Warning, Scope: ScopeItem, Check: checkG02,
		Why: "要群众填写的表格，应当能够下载，并附填好的样表。"})
}

func checkG02(s *Subject, r *Report) {
	for i := range s.Item.Materials {
		m := &s.Item.Materials[i]
		if m.Kind != "申请表格文书" && !strings.HasSuffix(m.Name, "申请表") && !strings.HasSuffix(m.Name, "申请书") {
			continue
		}
		if m.Issuer == catalog.IssuerGovernment {
			continue
		}
		switch form, sample := isBlank(m.Form), isBlank(m.Sample); {
		case form && sample:
			r.Add(at("materials", i, "form"), "", "“%s”没有附空白表格和示例样表。", m.Name).Do("上传空白表格和填好的样表，方便群众下载填写。")
		case form:
			r.Add(at("materials", i, "form"), "", "“%s”没有附空白表格。", m.Name).Do("上传空白表格。")
		case sample:
			r.Add(at("materials", i, "sample"), "", "“%s”没有附示例样表。", m.Name).Do("上传填好的样表。")
		}
	}
}
