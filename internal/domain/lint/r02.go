package lint

import "onevisit/internal/domain/catalog"

// R02: what may be missing is accepted so and sent in later by website, e-mail,
// instant message or fax (P-3.3.4): the period and the ways are told.
func init() {
	Register(&Rule{Code: "R02", Title: "容缺材料没有补交期限或者补交渠道", Clause: "P-3.3.4", Severity: Error, Scope: ScopeItem, Check: checkR02,
		Why: "允许容缺的，要一次告知补交期限，并允许通过网站、电子邮件、即时通讯或者传真补交。"})
}

func checkR02(s *Subject, r *Report) {
	for i := range s.Item.Materials {
		m := &s.Item.Materials[i]
		if !deferrable(m) {
			continue
		}
		if m.Defer.Days <= 0 {
			r.Add(at("materials", i, "defer.days"), "", "材料“%s”可以容缺，没有写明补交期限。", m.Name).Do("填写补交期限的工作日数，一般不超过承诺办结时限。")
		}
		if !remoteDefer(m.Defer.Channels) {
			r.Add(at("materials", i, "defer.channels"), "", "材料“%s”可以容缺，没有不到现场的补交渠道。", m.Name).Do("至少写明网站、电子邮件、即时通讯、传真中的一种。")
		}
	}
}

// deferrable reports whether a material may be missing at first.
func deferrable(m *catalog.Material) bool {
	return m.Need == catalog.NeedDeferred || m.Role == catalog.RoleDefer
}

// remoteDefer reports whether one of the ways is one of P-3.3.4.
func remoteDefer(channels []string) bool {
	for _, c := range channels {
		switch deferDict.Normalise(c) {
		case "网站", "电子邮件", "即时通讯", "传真":
			return true
		}
	}
	return false
}
