package lint

// U03: by the plan's day at least half of each unit's items take at most one
// visit (P-3.4). Items whose visits cannot be computed count as not met.
func init() {
	Register(&Rule{Code: "U03", Title: "单位最多跑一次事项的比例低于目标", Clause: "P-3.4", Severity: Warning, Scope: ScopeUnit, Needs: NeedAllItems, Check: checkU03,
		Why: "年底前各单位至少一半事项实现最多跑一次；不能计算到场次数的事项按未实现计。"})
}

// shareTarget is the plan's share; a later plan's is set with Config.ShareTarget.
const shareTarget = 0.50

func checkU03(s *Subject, r *Report) {
	target := r.ctx.ShareTarget
	if target == 0 {
		target = shareTarget
	}
	met := 0
	for _, it := range s.Items {
		if n, ok := Visits(r.ctx, it); ok && n <= 1 {
			met++
		}
	}
	total := len(s.Items)
	const eps = 1e-9
	if total == 0 || float64(met)+eps >= target*float64(total) {
		return
	}
	r.Add("visits", "", "%s共%d个事项，到场次数不超过一次的有%d个，占%.1f%%，低于目标%s%%。", s.Unit, total, met, 100*float64(met)/float64(total), number(target*100)).
		Do("用改革方案推演找出还能减少到一次的事项。")
}
