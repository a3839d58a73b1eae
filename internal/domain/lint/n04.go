package lint

import "onevisit/internal/domain/catalog"

// N04: surveys, tests and reviews that follow each other can be done side by
// side or jointly (P-3.3.2).
func init() {
	Register(&Rule{Code: "N04", Title: "踏勘、检测、评审可以并行或者合并", Clause: "P-3.3.2", Severity: Advice, Scope: ScopeItem, Check: checkN04,
		Why: "互不为前提的踏勘、检测、评审可以并行或者联合进行，缩短总时间。"})
}

func checkN04(s *Subject, r *Report) {
	eachProcess(s.Item, func(p *catalog.Process, path, whose string) {
		for i := 1; i < len(p.Steps); i++ {
			a, b := &p.Steps[i-1], &p.Steps[i]
			if !outside(a.Kind) || !outside(b.Kind) || b.With != "" || a.Days == 0 || b.Days == 0 {
				continue
			}
			field := at(path+".steps", i, "with")
			f := r.Add(field, b.Name, "%s“%s”和“%s”先后进行，共%s个工作日。", whose, a.Name, b.Name, number(a.Days+b.Days)).
				Do("互不为前提的，改为并行或者联合进行；后者须以前者为前提的，不必修改。")
			if path == "process" && a.ID != "" {
				f.RepairBy(field, a.ID)
			}
		}
	})
}

func outside(kind string) bool {
	switch kind {
	case "现场踏勘", "检验检测", "专家评审", "联合审查", "听证":
		return true
	}
	return false
}
