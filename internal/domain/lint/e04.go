package lint

import "strings"

// E04: people must be able to hand in everything in one go (P-3.2a, P-3.3), so
// conditions and materials name things and never say "others".
func init() {
	Register(&Rule{Code: "E04", Title: "受理条件或者申请材料用语含糊", Clause: "P-3.2a", Severity: Warning, Scope: ScopeItem, Check: checkE04,
		Why: "群众要一次备齐材料，条件和材料就不能用“其他材料”“相关证明”“等”兜底。"})
}

// vague are the words that leave open what is meant.
var vague = []string{"其他材料", "其它材料", "其他资料", "其它资料", "相关材料", "相关资料", "有关材料", "有关资料", "相关证明", "有关证明", "其他证明",
	"其他条件", "其它条件", "其他有关", "视情况", "根据情况", "酌情", "原则上", "必要的材料", "规定的其他"}

func checkE04(s *Subject, r *Report) {
	it := s.Item
	for i, c := range it.Conditions {
		if w := vagueIn(c); w != "" && !illustrates(c, w) {
			r.Add(at("conditions", i, ""), c, "受理条件第%d条“%s”中的“%s”含糊。", i+1, clip(c), w).Do("写明具体条件，删去“%s”。", w)
		}
	}
	for i := range it.Materials {
		n := it.Materials[i].Name
		// A form named after its item is as definite as the item.
		if it.Name != "" {
			n = strings.Replace(n, it.Name, "", 1)
		}
		w := vagueIn(n)
		// In a condition 等） mostly ends a list that explains a word; in a
		// material it hides papers.
		if w == "" && strings.Contains(n, "等）") {
			w = "等"
		}
		if w != "" {
			r.Add(at("materials", i, "name"), it.Materials[i].Name, "材料“%s”中的“%s”含糊，群众无从准备。", clip(it.Materials[i].Name), w).Do("逐份写明材料名称，不设兜底条款。")
		}
	}
}

// vagueIn returns the vague word in a text, or "".
func vagueIn(s string) string {
	// Every vague word begins with one of a few characters.
	for i := 0; i+6 <= len(s); i++ {
		if s[i] < 0xe5 || s[i] > 0xe9 {
			continue
		}
		switch s[i : i+3] {
		case "其", "相", "有", "视", "根", "酌", "原", "必", "规":
			for _, w := range vague {
				if strings.HasPrefix(s[i:], w) {
					return w
				}
			}
		}
		i += 2 // the rest of the character
	}
	// 等 at the end of the text or of a list: 身份证、户口簿等.
	t := strings.TrimRight(s, "。；;，, 　")
	if strings.HasSuffix(t, "等") && !strings.HasSuffix(t, "平等") && !strings.HasSuffix(t, "同等") {
		return "等"
	}
	return ""
}

// illustrates reports that a condition names things before the vague word and
// only sums them up (甲、乙等相关证明), gives examples (如甲、乙等), tells the
// exceptions of a principle (原则上…；如…), or speaks of cases that the law names
// (法律规定的其他情形).
func illustrates(text, word string) bool {
	switch word {
	case "原则上":
		_, after, _ := strings.Cut(text, word)
		return strings.Contains(after, "如") || strings.Contains(after, "但") || strings.Contains(after, "确因") || strings.Contains(after, "除外")
	case "规定的其他":
		_, after, _ := strings.Cut(text, word)
		return strings.HasPrefix(after, "情形")
	case "等":
		return strings.Contains(text, "，如") || strings.Contains(text, "例如") || strings.Contains(text, "比如")
	}
	before, _, _ := strings.Cut(text, word)
	return strings.HasSuffix(before, "等") && strings.Contains(before, "、")
}
