package lint

import (
	"strconv"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/visit"
)

// computed is what the visit rules share about one item; it is worked out once.
type computed struct {
	done bool
	// ok says that the visits could be computed.
	ok     bool
	visits int
	worst  *visit.Compiled
	leaf   string // name of the worst scenario, or of the defective one
	path   string // of the process that it is
	err    error
}

// visitsOf computes the item's visits: those of its worst scenario. Scenarios
// without a process of their own share the item's, which is compiled once.
func (c *Context) visitsOf(it *catalog.Item) *computed {
	v := &c.computed
	if v.done {
		return v
	}
	*v = computed{done: true}
	take := func(p *catalog.Process, leaf, path string) {
		if p.Touchpoints == nil {
			// Nobody said when the applicant has to come: that is not 零上门.
			if v.err == nil {
				v.err, v.leaf, v.path = errNoTouchpoints, leaf, path
			}
			return
		}
		cp, _, err := visit.Compile(p)
		if err != nil {
			if v.err == nil {
				v.err, v.leaf, v.path = err, leaf, path
			}
			return
		}
		if v.err != nil {
			return
		}
		if n := c.counter.Count(cp, 0); v.worst == nil || n > v.visits {
			v.visits, v.worst, v.leaf, v.path = n, cp, leaf, path
		}
	}
	own := it.Scenarios == nil || len(it.Scenarios.Leaves) == 0
	if !own {
		for i := range it.Scenarios.Leaves {
			l := &it.Scenarios.Leaves[i]
			if l.Process == nil {
				own = true
				continue
			}
			take(l.Process, l.Name, leafProcess(i))
		}
	}
	if own && it.Process != nil && len(it.Process.Steps) > 0 {
		take(it.Process, "", "process")
	} else if own {
		return v // E01 says that the process is missing
	}
	v.ok = v.err == nil && v.worst != nil
	return v
}

var errNoTouchpoints = fault.Invalidf("没有登记到场事由。").At("touchpoints", "没有登记到场事由；申请人确实不需到场的，声明为空")

func leafProcess(i int) string { return at("scenarios.leaves", i, "process") }

// Visits computes an item's visits; ok is false if its process is missing or
// defective.
func Visits(ctx *Context, it *catalog.Item) (n int, ok bool) {
	ctx.computed.done = false
	v := ctx.visitsOf(it)
	ctx.computed.done = false
	return v.visits, v.ok
}

// tell says the trips in one sentence: 第1次到县政务服务大厅提交、核验原件；第2次…
func (v *computed) tell(it *catalog.Item) string {
	a := v.worst.Assess(0)
	p := it.Process
	if v.leaf != "" {
		for i := range it.Scenarios.Leaves {
			if l := &it.Scenarios.Leaves[i]; l.Name == v.leaf && l.Process != nil {
				p = l.Process
			}
		}
	}
	var b strings.Builder
	if v.leaf != "" {
		b.WriteString("情形“" + v.leaf + "”：")
	}
	for i, t := range a.Trips {
		if i > 0 {
			b.WriteString("；")
		}
		b.WriteString("第" + strconv.Itoa(i+1) + "次到" + placeName(p, t.Place))
		for k, id := range t.Settles {
			if k > 0 {
				b.WriteString("、")
			}
			b.WriteString(dutyNamed(p, id))
		}
	}
	return b.String()
}

// placeName turns the id of a site that stands alone into its name.
func placeName(p *catalog.Process, place string) string {
	for i := range p.Sites {
		if s := &p.Sites[i]; s.Hall == "" && s.ID == place {
			return siteName(s)
		}
	}
	return place
}

func dutyNamed(p *catalog.Process, id string) string {
	for i := range p.Touchpoints {
		if p.Touchpoints[i].ID == id {
			return p.Touchpoints[i].Duty
		}
	}
	return id
}

// brokenProcess reports why the visits cannot be computed.
func brokenProcess(r *Report, v *computed) {
	whose := "办理流程"
	if v.leaf != "" {
		whose = "情形“" + v.leaf + "”的办理流程"
	}
	for _, f := range fault.Fields(v.err) {
		r.Add(v.path+"."+f.Path, "", "%s有误，不能计算到场次数：%s。", whose, f.Text).Do("按提示更正办理流程。")
	}
}
