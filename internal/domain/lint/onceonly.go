package lint

import (
	"strconv"

	"onevisit/internal/domain/onceonly"
)

// O01–O06: what the county's graph of materials shows (P-3.3.1). They rest on
// names alone, which two papers may share, and so they warn; M02, M03 and M05
// hold what an item itself says of its materials.
func init() {
	for _, r := range onceRules {
		Register(&Rule{Code: r.code, Title: r.title, Why: r.why, Clause: onceonly.Clause, Severity: r.severity, Scope: ScopeCounty, Waivable: true, Needs: NeedAllItems,
			Check: func(s *Subject, rep *Report) {
				for i := range rep.ctx.graph(s).Findings {
					if f := &rep.ctx.graph(s).Findings[i]; f.Kind == r.kind {
						at, _ := strconv.Atoi(f.Demand.Key) // as graph wrote it
						rep.linked(f, r.fix).Of(s.Items[at]).Unit = f.Demand.Unit
					}
				}
			}})
	}
}

var onceRules = []struct {
	code     string
	kind     onceonly.Kind
	severity Severity
	title    string
	why      string
	fix      string
}{
	{"O01", onceonly.OwnResult, Warning, "要求提交的是本单位另一事项的办理结果", "本单位核发的材料，原则上不再要求提交，由工作人员内部核查。", "取消该材料；确需使用的，只填名称、文号或者编码，由本单位内部核查。"},
	{"O02", onceonly.OtherResult, Warning, "要求提交的是县内其他单位的办理结果", "县内单位已经核发的材料，由单位之间核查，群众不跑腿。", "取消该材料，向核发单位核查；暂不能核查的，写明理由。"},
	{"O03", onceonly.Held, Advice, "要求提交的材料一般可从电子证照库调取", "电子证照库中已有的材料，原则上只填名称或者编号。", "核实电子证照库是否可以调取；可以的，不再收取原件和复印件。"},
	{"O04", onceonly.Circular, Warning, "几个事项互为前提", "互为前提的事项，申请人无法办成任何一个。", "各单位协商确定先后，取消其中一个前提，或者采用告知承诺。"},
	{"O05", onceonly.Orphan, Warning, "要求提交的证明没有写明由谁出具，县内也没有单位核发", "没有单位出具的证明，申请人无处开具。", "写明由谁出具；不能写明的，取消该证明或者改为告知承诺。"},
	{"O06", onceonly.Twice, Warning, "一件事中要求重复提交", "联办事项已经交过的材料，原则上不再重复提交。", "由先办的事项收取，后办的事项内部调取。"},
}

// linked reports one finding of the graph.
func (r *Report) linked(f *onceonly.Finding, fix string) *Finding {
	return r.Add("materials["+strconv.Itoa(f.Row)+"]", f.Material, "%s。", f.Text).Do("%s", fix)
}

// Linked reports what the county's graph found in one item as the rules O01–O06
// report it of the county, with the same settings; ctx has AllItems.
func Linked(ctx *Context, s *Subject, found []onceonly.Finding) []Finding {
	var out []Finding
	for _, o := range onceRules {
		for _, r := range ctx.active[ScopeCounty] {
			if r.rule.Code != o.code {
				continue
			}
			r.subject, r.out = s, out
			for i := range found {
				if found[i].Kind == o.kind {
					r.linked(&found[i], o.fix)
				}
			}
			out, r.out, r.subject = r.out, nil, nil
		}
	}
	ctx.exempt(out)
	return out
}

// graph joins the materials of a county subject; the rules above share it.
func (c *Context) graph(s *Subject) *onceonly.Graph {
	if c.joined.subject != s {
		sheets := make([]onceonly.Sheet, len(s.Items))
		for i, it := range s.Items {
			sheets[i] = onceonly.Read(strconv.Itoa(i), it)
		}
		c.joined.subject, c.joined.graph = s, onceonly.Join(sheets, nil, onceonly.Bundles())
	}
	return c.joined.graph
}
