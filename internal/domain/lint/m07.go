package lint

import "strings"

// M07: fewer materials (P-3.3.1): one copy is enough for the file, and who has
// shown the original need not bring a copy of it as well.
func init() {
	Register(&Rule{Code: "M07", Title: "要求多份材料，或者同时要求原件和复印件", Clause: "P-3.3.1", Severity: Advice, Scope: ScopeItem, Check: checkM07,
		Why: "减材料：一份足够存档；已核验原件的由窗口扫描，不必再收复印件。"})
}

func checkM07(s *Subject, r *Report) {
	for i := range s.Item.Materials {
		m := &s.Item.Materials[i]
		if strings.Contains(m.Name, "照片") || strings.Contains(m.Name, "相片") {
			continue // they go onto the papers that are issued
		}
		switch {
		case m.Originals > 0 && m.Copies > 0:
			r.Add(at("materials", i, "copies"), number(float64(m.Copies)), "材料“%s”同时要求原件%d份、复印件%d份。", m.Name, m.Originals, m.Copies).
				Do("只核验原件的，由窗口扫描存档，不再收复印件。").RepairBy(at("materials", i, "copies"), "")
		case m.Originals > 1:
			r.Add(at("materials", i, "originals"), number(float64(m.Originals)), "材料“%s”要求原件%d份。", m.Name, m.Originals).
				Do("减为1份，内部流转用扫描件。").RepairBy(at("materials", i, "originals"), "1")
		case m.Copies > 1:
			r.Add(at("materials", i, "copies"), number(float64(m.Copies)), "材料“%s”要求复印件%d份。", m.Name, m.Copies).
				Do("减为1份，内部流转用扫描件。").RepairBy(at("materials", i, "copies"), "1")
		}
	}
}
