package lint

// E05: who answers the questions of a guide must come to exactly one case, or
// the guide tells them nothing or two things (P-3.2a).
func init() {
	Register(&Rule{Code: "E05", Title: "情形划分有遗漏、重叠或者无人符合", Clause: "P-3.2a", Severity: Error, Scope: ScopeItem, Check: checkE05,
		Why: "群众回答几个问题就应当得到唯一的答案：每一种回答都有且只有一种情形，没有一种情形是无人符合的。"})
}

func checkE05(s *Subject, r *Report) {
	for _, d := range s.Item.Defects() {
		r.Add(d.Path, "", "%s。", d.Text).Do("调整问题、选项或者情形的适用条件，使每一种回答有且只有一种情形。")
	}
}
