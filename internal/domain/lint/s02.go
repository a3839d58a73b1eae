package lint

import (
	"slices"
	"strings"

	"onevisit/internal/domain/catalog"
)

// S02: one matter as the applicant sees it is one item (P-2.2c). Items of one
// unit that ask for the same materials, give the same result and have nearly
// the same name look like one matter cut up.
func init() {
	Register(&Rule{Code: "S02", Title: "几个事项疑似群众眼中的一件事", Clause: "P-2.2c", Severity: Warning, Scope: ScopeUnit, Check: checkS02,
		Why: "站在申请人角度，一件事情就是一个事项。材料、结果相同而名称相近的几个事项，可能是一件事被拆开了。"})
}

func checkS02(s *Subject, r *Report) {
	groups := map[string][]*catalog.Item{}
	var order []string
	for _, it := range s.Items {
		if len(it.Materials) == 0 || isBlank(it.Result.Name) {
			continue
		}
		names := make([]string, len(it.Materials))
		for i := range it.Materials {
			names[i] = catalog.PlainName(it.Materials[i].Name)
		}
		slices.Sort(names)
		key := catalog.PlainName(it.Result.Name) + "\x1f" + strings.Join(names, "\x1f")
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], it)
	}
	for _, key := range order {
		g := groups[key]
		for i, it := range g {
			for _, o := range g[:i] {
				// Variants of one main item are split on purpose.
				if it.Variant != "" && o.Variant != "" && it.Variant != o.Variant {
					continue
				}
				if alike(catalog.PlainName(it.Name), catalog.PlainName(o.Name)) {
					r.Add("name", it.Name, "“%s”与“%s”的申请材料、办理结果相同，名称相近，疑似同一件事。", Title(it), Title(o)).
						Do("站在申请人角度核对：是一件事的合并为一个事项，用情形区分；不是的，说明理由。").Of(it)
					break
				}
			}
		}
	}
}

// alike reports whether two names share at least 70 % of their pairs of
// neighbouring characters (Dice).
func alike(a, b string) bool {
	if a == b {
		return true
	}
	x, y := pairs(a), pairs(b)
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	left := map[[2]rune]int{}
	for _, p := range x {
		left[p]++
	}
	same := 0
	for _, p := range y {
		if left[p] > 0 {
			left[p]--
			same++
		}
	}
	return 20*same >= 7*(len(x)+len(y))
}

func pairs(s string) [][2]rune {
	r := []rune(s)
	if len(r) < 2 {
		return nil
	}
	out := make([][2]rune, len(r)-1)
	for i := range out {
		out[i] = [2]rune{r[i], r[i+1]}
	}
	return out
}
