package lint

import (
	"strings"

	"onevisit/internal/domain/catalog"
)

// G02: better guides (P-3.3): who has to fill in a form gets the form and a
// filled-in sample. A name alone is no form: people can load a stored file, or
// one that another site keeps.
func init() {
	Register(&Rule{Code: "G02", Title: "申请表没有空白表格或者示例样表", Clause: "P-3.3", Severity: Warning, Scope: ScopeItem, Check: checkG02,
		Why: "要群众填写的表格，应当能够下载，并附填好的样表；只写文件名、没有附上文件的，群众下载不了。"})
}

func checkG02(s *Subject, r *Report) {
	for i := range s.Item.Materials {
		m := &s.Item.Materials[i]
		if m.Issuer == catalog.IssuerGovernment {
			continue
		}
		form, sample := isBlank(m.Form), isBlank(m.Sample)
		if m.Kind == "申请表格文书" || strings.HasSuffix(m.Name, "申请表") || strings.HasSuffix(m.Name, "申请书") {
			switch {
			case form && sample:
				r.Add(at("materials", i, "form"), "", "“%s”没有附空白表格和示例样表。", m.Name).Do("上传空白表格和填好的样表，方便群众下载填写。")
			case form:
				r.Add(at("materials", i, "form"), "", "“%s”没有附空白表格。", m.Name).Do("上传空白表格。")
			case sample:
				r.Add(at("materials", i, "sample"), "", "“%s”没有附示例样表。", m.Name).Do("上传填好的样表。")
			}
		}
		if !form && !loadable(m.Form) {
			r.Add(at("materials", i, "form"), m.Form, "“%s”的空白表格只写了“%s”，没有附上文件，群众下载不了。", m.Name, m.Form).Do("上传这份空白表格，或者填写能下载它的完整网址。")
		}
		if !sample && !loadable(m.Sample) {
			r.Add(at("materials", i, "sample"), m.Sample, "“%s”的示例样表只写了“%s”，没有附上文件，群众下载不了。", m.Name, m.Sample).Do("上传这份填好的样表，或者填写能下载它的完整网址。")
		}
	}
}

// loadable reports whether a form or sample is there for people to load, or is
// said to be none at all.
func loadable(ref string) bool {
	if _, ok := catalog.ParseFile(ref); ok {
		return true
	}
	return catalog.FileAddress(ref) != "" || strings.TrimSpace(ref) == "无"
}
