package lint

import (
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/code"
)

// S04: items are sorted out on the base of the existing lists (P-1.1, P-3.1).
// Each entry has an item, or a reason on record why it has none. An entry of the
// provincial catalogue is only warned of: it is the unit's to claim, but reporting
// rests on the lists that the county itself has published.
func init() {
	Register(&Rule{Code: "S04", Title: "现有清单的条目没有对应事项，也没有说明理由", Clause: "P-1.1、P-3.1", Severity: Error, Scope: ScopeUnit, Needs: NeedLists, Check: checkS04,
		Why: "事项在权力清单、责任清单、公共服务清单的基础上梳理：每个条目要么有事项，要么有记录在案的理由。"})
}

func checkS04(s *Subject, r *Report) {
	entries := r.ctx.Entries(s.Unit)
	if len(entries) == 0 {
		return
	}
	names := make(map[string]bool, 2*len(s.Items))
	codes := make(map[string]bool, 2*len(s.Items))
	ids := make(map[string]bool, len(s.Items))
	for _, it := range s.Items {
		names[catalog.PlainName(it.Name)] = true
		if it.MainName != "" {
			names[catalog.PlainName(it.MainName)] = true
		}
		for _, c := range [...]string{it.BasicCode, it.ImplementationCode, it.LocalCode} {
			if c = code.Normalize(c); c != "" {
				codes[c] = true
			}
		}
		ids[it.Identity()] = true
	}
	for i := range entries {
		e := &entries[i]
		if !e.InScope() || names[catalog.PlainName(e.Name)] || e.Code != "" && codes[code.Normalize(e.Code)] {
			continue
		}
		claims := r.ctx.Claims(e.ID)
		settled, invalid := false, (*catalog.Claim)(nil)
		for k := range claims {
			c := &claims[k]
			// Another unit may answer for an entry; its items are not known here.
			known := func(id string) bool { return ids[id] }
			if c.Unit != s.Unit {
				known = nil
			}
			if c.Settles(known) {
				settled = true
				break
			}
			invalid = c
		}
		if settled {
			continue
		}
		severity := Error
		if e.Kind == catalog.Catalogue {
			severity = Warning
		}
		if invalid != nil {
			r.AddAs(severity, "", e.Name, "%s中的“%s”已填写%s意见，但对应的事项不存在或者意见不完整。", e.Kind, e.Name, invalid.Decision).
				Do("核对认领意见：指明现有的事项，或者写明不认领的理由。")
			continue
		}
		r.AddAs(severity, "", e.Name, "%s中的“%s”没有对应的事项，也没有说明理由。", e.Kind, e.Name).
			Do("认领并编制事项；由其他事项承接的，指明该事项；不编制的，写明理由。")
	}
}
