package lint

// B01: the legal basis is an element of the catalogue list (P-2.3a). It is
// written so that it can be read as a citation and looked up.
func init() {
	Register(&Rule{Code: "B01", Title: "没有设定依据，或者依据无法识别", Clause: "P-2.3a", Severity: Error, Scope: ScopeItem, Check: checkB01,
		Why: "设定依据是目录清单的要素。写成能识别的引文，审核人和群众才查得到；没有依据的事项应当取消。"})
}

const citeForm = "写成“《名称》（文号）第×条”，例如《公共场所卫生管理条例》（国发〔1987〕24号）第四条。"

func checkB01(s *Subject, r *Report) {
	it := s.Item
	if len(it.Bases) == 0 {
		r.Add("bases", "", "没有设定依据。").Do("填写设定该事项的法律、法规、规章或者文件；没有依据的事项应当取消。")
		return
	}
	for i := range it.Bases {
		b := it.Bases[i].Text
		if isBlank(b) {
			r.Add(at("bases", i, ""), "", "第%d条设定依据是空的。", i+1).Do("%s", citeForm)
			continue
		}
		if c := r.ctx.read(b); c.stop != nil || len(c.cites) == 0 {
			r.Add(at("bases", i, ""), b, "第%d条设定依据“%s”无法识别：%s。", i+1, clip(b), sentence(c.stop.String())).Do("%s", citeForm)
		}
	}
}

// sentence drops a full stop, for a text that is put inside a sentence.
func sentence(s string) string {
	for _, end := range [...]string{"。", "．", "."} {
		if len(s) > len(end) && s[len(s)-len(end):] == end {
			return s[:len(s)-len(end)]
		}
	}
	return s
}
