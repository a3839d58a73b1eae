package visit_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/visit"
)

const hall = "县政务服务大厅"

func sites() []catalog.Site {
	return []catalog.Site{{ID: "w1", Hall: hall, Unit: "县行政审批局"}, {ID: "b1", Unit: "县农行", Movable: true}, {ID: "x1", Hall: "乡便民中心", Unit: "乡政府"}}
}

func step(id string, waits bool) catalog.Step {
	return catalog.Step{ID: id, Kind: "审查", Waits: waits}
}

func tp(id, duty, from, to, site string, remote ...string) catalog.Touchpoint {
	return catalog.Touchpoint{ID: id, Duty: duty, From: from, To: to, Site: site, Remote: remote}
}

// The worked examples of docs/reform/visits.md.
func TestWorkedExamples(t *testing.T) {
	three := []catalog.Step{step("s1", true), step("s2", true), step("s3", false)}
	spot := []catalog.Step{step("s1", false), step("s2", false), step("s3", false)}
	tests := []struct {
		name   string
		steps  []catalog.Step
		points []catalog.Touchpoint
		visits int
		class  string
		trips  string
	}{
		{"apply, wait, collect", three, []catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "w1"), tp("t2", "领取", "s3", "s3", "w1")}, 2, "多次", "1@县政务服务大厅:t1 3@县政务服务大厅:t2"},
		{"collect by express", three, []catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "w1"), tp("t2", "领取", "s3", "s3", "w1", "快递")}, 1, "一次上门", "1@县政务服务大厅:t1"},
		{"originals when collecting", three, []catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "w1", "网上"), tp("t2", "核验原件", "s1", "s3", "w1"), tp("t3", "领取", "s3", "s3", "w1")}, 1, "一次上门", "3@县政务服务大厅:t2,t3"},
		{"on the spot", spot, []catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "w1"), tp("t2", "缴费", "s2", "s2", "w1"), tp("t3", "领取", "s3", "s3", "w1")}, 1, "一次上门", "1@县政务服务大厅:t1,t2,t3"},
		{"pay at a bank outside", spot, []catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "w1"), tp("t2", "缴费", "s2", "s2", "b1"), tp("t3", "领取", "s3", "s3", "w1")}, 2, "多次", "1@b1:t2 1@县政务服务大厅:t1,t3"},
		{"all remote", three, []catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "w1", "网上"), tp("t2", "缴费", "s2", "s2", "w1", "网上"), tp("t3", "领取", "s3", "s3", "w1", "快递")}, 0, "零上门", ""},
		{"township and county", []catalog.Step{step("s1", true), step("s2", true), step("s3", true), step("s4", false)},
			[]catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "x1"), tp("t2", "转送", "s2", "s2", "w1"), tp("t3", "领取", "s4", "s4", "x1")}, 3, "多次", "1@乡便民中心:t1 2@县政务服务大厅:t2 4@乡便民中心:t3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := visit.Assess(&catalog.Process{MainHall: hall, Sites: sites(), Steps: tt.steps, Touchpoints: tt.points}, 0)
			if err != nil {
				t.Fatal(err)
			}
			var trips []string
			for _, tr := range a.Trips {
				trips = append(trips, fmt.Sprintf("%d@%s:%s", tr.Slot, tr.Place, strings.Join(tr.Settles, ",")))
				for _, id := range tr.Settles {
					if tr.Reasons[id] == "" {
						t.Errorf("no reason for %s", id)
					}
				}
			}
			if a.Visits != tt.visits || a.Class != tt.class || strings.Join(trips, " ") != tt.trips {
				t.Errorf("got %d %s %q, want %d %s %q", a.Visits, a.Class, strings.Join(trips, " "), tt.visits, tt.class, tt.trips)
			}
		})
	}
}

func TestDefectsNameThePlace(t *testing.T) {
	good := func() *catalog.Process {
		return &catalog.Process{Sites: sites(), Steps: []catalog.Step{step("s1", true), step("s2", false)}, Touchpoints: []catalog.Touchpoint{tp("t1", "提交", "s1", "s2", "w1")}}
	}
	tests := []struct {
		place  string
		break_ func(*catalog.Process)
	}{
		{"steps", func(p *catalog.Process) { p.Steps = nil }},
		{"steps[1].id", func(p *catalog.Process) { p.Steps[1].ID = "s1" }},
		{"steps[0].with", func(p *catalog.Process) { p.Steps[0].With = "s2" }},
		{"steps[1].with", func(p *catalog.Process) { p.Steps[1].With = "s9" }},
		{"sites[1].id", func(p *catalog.Process) { p.Sites[1].ID = "w1" }},
		{"touchpoints[0].from", func(p *catalog.Process) { p.Touchpoints[0].From, p.Touchpoints[0].To = "s2", "s1" }},
		{"touchpoints[0].to", func(p *catalog.Process) { p.Touchpoints[0].To = "s9" }},
		{"touchpoints[0].site", func(p *catalog.Process) { p.Touchpoints[0].Site = "" }},
		{"touchpoints[1].id", func(p *catalog.Process) { p.Touchpoints = append(p.Touchpoints, p.Touchpoints[0]) }},
		{"touchpoints[0].between", func(p *catalog.Process) { p.Touchpoints[0].Between = "town" }},
	}
	for _, tt := range tests {
		p := good()
		tt.break_(p)
		_, err := visit.Validate(p)
		if !fault.Is(err, fault.Invalid) || !slices.ContainsFunc(fault.Fields(err), func(f fault.Field) bool { return f.Path == tt.place }) {
			t.Errorf("%s: got %v", tt.place, err)
		}
	}
	p := good()
	p.Steps[0].Kind, p.Touchpoints[0].Duty, p.Touchpoints[0].Remote = "占卜", "叩头", []string{"飞鸽"}
	if w, err := visit.Validate(p); err != nil || len(w) != 3 {
		t.Errorf("unknown words: %v %v, want three warnings", w, err)
	}
}

// random makes a small process with everything the method knows.
func random(r *rand.Rand) *catalog.Process {
	p := &catalog.Process{FormalCheck: r.IntN(2) == 0, MainHall: []string{"A", "B", ""}[r.IntN(3)]}
	for i := range 1 + r.IntN(4) {
		p.Sites = append(p.Sites, catalog.Site{ID: fmt.Sprint("w", i), Hall: []string{"", "A", "B", "w0"}[r.IntN(4)], Unit: []string{"", "u", "v"}[r.IntN(3)], Movable: r.IntN(2) == 0})
	}
	for i := range 1 + r.IntN(5) {
		s := catalog.Step{ID: fmt.Sprint("s", i), Kind: []string{"审查", "现场踏勘", "联合审查", "上门服务"}[r.IntN(4)], Waits: r.IntN(2) == 0}
		if i > 0 && r.IntN(4) == 0 {
			s.With = fmt.Sprint("s", i-1)
		}
		p.Steps = append(p.Steps, s)
	}
	for i := range r.IntN(6) {
		from := r.IntN(len(p.Steps))
		to := from + r.IntN(len(p.Steps)-from)
		t := catalog.Touchpoint{ID: fmt.Sprint("t", i), Duty: catalog.Duties[r.IntN(len(catalog.Duties))], From: fmt.Sprint("s", from), To: fmt.Sprint("s", to),
			Site: fmt.Sprint("w", r.IntN(len(p.Sites))), Shared: r.IntN(2) == 0, Between: []string{"", "office", "level"}[r.IntN(3)]}
		if r.IntN(4) == 0 {
			t.Remote = []string{"网上"}
		}
		if r.IntN(5) == 0 {
			t.Law = "《某法》第一条"
		}
		p.Touchpoints = append(p.Touchpoints, t)
	}
	return p
}

// naive rewrites the process the way the method is written down, measure by
// measure, and then tries every set of (slot, place) pairs.
func naive(p0 *catalog.Process, m visit.Set) int {
	it := (&catalog.Item{Process: p0}).Clone()
	p := it.Process
	has := func(n int) bool { return m&(1<<(n-1)) != 0 }
	index := func(id string) int { return slices.IndexFunc(p.Steps, func(s catalog.Step) bool { return s.ID == id }) }
	lastStep := p.Steps[len(p.Steps)-1].ID
	if has(11) {
		for i := range p.Sites {
			if p.Sites[i].Movable && p.Sites[i].Hall == "" {
				p.Sites[i].Hall = p.MainHall
			}
		}
	}
	stand := map[string]catalog.Site{}
	for _, s := range p.Sites {
		at := s
		if has(4) && s.Unit != "" {
			var all []catalog.Site
			for _, o := range p.Sites {
				if o.Unit == s.Unit {
					all = append(all, o)
				}
			}
			at = all[0]
			for _, o := range all {
				if o.Hall != "" {
					at = o
					break
				}
			}
		}
		stand[s.ID] = at
	}
	if has(9) && p.FormalCheck {
		for i := range p.Steps {
			p.Steps[i].Waits = false
		}
	}
	slots := make([]int, len(p.Steps))
	slot := 1
	for i := 0; i < len(p.Steps); {
		j := i + 1
		for j < len(p.Steps) && p.Steps[j].With != "" {
			j++
		}
		waits := false
		for k := i; k < j; k++ {
			slots[k] = slot
			waits = waits || p.Steps[k].Waits
		}
		if waits {
			slot++
		}
		i = j
	}
	type iv struct {
		place string
		l, r  int
	}
	var left []iv
	for _, t := range p.Touchpoints {
		if has(1) && t.Duty == "核验原件" {
			t.To = lastStep
		}
		drop := len(t.Remote) > 0
		meets := false
		for k := index(t.From); k <= index(t.To); k++ {
			switch p.Steps[k].Kind {
			case "现场踏勘", "上门服务", "联合审查":
				meets = true
			}
		}
		drop = drop || has(1) && t.Duty == "提交" || has(2) && t.Duty == "领取" || has(3) && t.Duty == "缴费" ||
			has(4) && t.Duty == "转送" && t.Between == "office" || has(5) && t.Duty == "转送" && t.Between == "level" ||
			has(6) && t.Duty == "核验原件" && t.Shared || has(7) && (t.Duty == "身份核验" || t.Duty == "签字") ||
			has(8) && meets && (t.Duty == "补充" || t.Duty == "签字" || t.Duty == "采样") || has(10) && t.Duty == "补充"
		if drop && t.Law == "" {
			continue
		}
		s := stand[t.Site]
		place := "site " + s.ID
		if s.Hall != "" {
			place = "hall " + s.Hall
		}
		left = append(left, iv{place, slots[index(t.From)], slots[index(t.To)]})
	}
	type pair struct {
		place string
		slot  int
	}
	seen := map[pair]bool{}
	var pairs []pair
	for _, v := range left {
		for s := v.l; s <= v.r; s++ {
			if q := (pair{v.place, s}); !seen[q] {
				seen[q] = true
				pairs = append(pairs, q)
			}
		}
	}
	best := len(left)
	for mask := range 1 << len(pairs) {
		n, ok := 0, true
		for b := mask; b != 0; b &= b - 1 {
			n++
		}
		if n >= best {
			continue
		}
		for _, v := range left {
			hit := false
			for k, q := range pairs {
				hit = hit || mask>>k&1 == 1 && q.place == v.place && q.slot >= v.l && q.slot <= v.r
			}
			ok = ok && hit
		}
		if ok {
			best = n
		}
	}
	return best
}

func TestAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(2018, 6))
	for n := range 6000 {
		p := random(r)
		m := visit.Set(r.IntN(int(visit.All) + 1))
		a, err := visit.Assess(p, m)
		if err != nil {
			t.Fatal(err)
		}
		if want := naive(p, m); a.Visits != want || len(a.Trips) != want {
			t.Fatalf("process %d, measures %s: %d visits, %d trips, brute force %d\n%+v", n, m, a.Visits, len(a.Trips), want, p)
		}
		c, _, err := visit.Compile(p)
		if err != nil || c.Count(m) != a.Visits {
			t.Fatalf("Count differs from Assess: %v", err)
		}
		settled := 0
		for i, tr := range a.Trips {
			settled += len(tr.Settles)
			if i > 0 && (tr.Slot < a.Trips[i-1].Slot || tr.Slot == a.Trips[i-1].Slot && tr.Place < a.Trips[i-1].Place) {
				t.Fatalf("trips out of order: %+v", a.Trips)
			}
			if len(tr.Settles) == 0 {
				t.Fatalf("an empty trip: %+v", a.Trips)
			}
		}
	}
}

// key orders sets by size, then by the numbers of their measures.
func key(m visit.Set) []int {
	k := []int{0}
	for n := 1; n <= 11; n++ {
		if m&(1<<(n-1)) != 0 {
			k = append(k, n)
			k[0]++
		}
	}
	return k
}

func TestMinimalAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(2018, 7))
	for range 12 {
		p := random(r)
		c, _, err := visit.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		remain := map[string]bool{}
		for _, x := range c.Remaining() {
			remain[x.ID] = true
		}
		spared := map[string]bool{}
		for m := range visit.All + 1 {
			settled := map[string]bool{}
			for _, tr := range c.Assess(m).Trips {
				for _, id := range tr.Settles {
					settled[id] = true
				}
			}
			for _, x := range p.Touchpoints {
				spared[x.ID] = spared[x.ID] || !settled[x.ID]
			}
		}
		for _, x := range p.Touchpoints {
			if remain[x.ID] == spared[x.ID] {
				t.Errorf("%+v: remains %v, spared by some set %v", x, remain[x.ID], spared[x.ID])
			}
		}
		for _, target := range []int{0, 1} {
			reach := map[visit.Set]bool{}
			for m := range visit.All + 1 {
				reach[m] = naive(p, m) <= target
			}
			want := map[visit.Set]bool{}
			for m := range visit.All + 1 {
				ok := reach[m]
				for sub := (m - 1) & m; ok && m != 0; sub = (sub - 1) & m {
					if reach[sub] {
						ok = false
					}
					if sub == 0 {
						break
					}
				}
				if ok {
					want[m] = true
				}
			}
			_, got := c.Minimal(target)
			if len(got) != len(want) {
				t.Fatalf("target %d: %v, want %v", target, got, want)
			}
			for i, m := range got {
				if !want[m] {
					t.Fatalf("%v is not minimal", m)
				}
				if i > 0 && slices.Compare(key(got[i-1]), key(m)) >= 0 {
					t.Fatalf("%v stands before %v", got[i-1], m)
				}
			}
		}
	}
}

func TestManyTouchpoints(t *testing.T) {
	p := &catalog.Process{Sites: sites()}
	for i := range 1000 {
		p.Steps = append(p.Steps, step(fmt.Sprint("s", i), true))
	}
	for i := range 10000 {
		p.Touchpoints = append(p.Touchpoints, tp(fmt.Sprint("t", i), "面谈", fmt.Sprint("s", i%1000), fmt.Sprint("s", min(i%1000+3, 999)), "w1"))
	}
	a, err := visit.Assess(p, 0)
	if err != nil || a.Visits != 250 {
		t.Errorf("%d visits, %v; want 250", a.Visits, err)
	}
	// As many sites, two to a unit: M4 halves the places, M11 leaves one.
	p.Sites, p.MainHall, p.Steps = nil, hall, p.Steps[:1]
	for i := range p.Touchpoints {
		p.Sites = append(p.Sites, catalog.Site{ID: fmt.Sprint("w", i), Unit: fmt.Sprint("u", i/2), Movable: true})
		p.Touchpoints[i] = tp(fmt.Sprint("t", i), "面谈", "s0", "s0", fmt.Sprint("w", i))
	}
	for m, want := range map[visit.Set]int{0: 10000, visit.M4: 5000, visit.M11: 1} {
		if a, err := visit.Assess(p, m); err != nil || a.Visits != want {
			t.Errorf("measures %s: %d visits, %v; want %d", m, a.Visits, err, want)
		}
	}
	c, _, err := visit.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	var k visit.Counter
	one := k.ReachAll([]*visit.Compiled{c}, 1)
	if got := one.Minimal(); len(got) != 1 || got[0] != visit.M11 {
		t.Errorf("%v bring 10,000 places to one visit; want M11 alone", got)
	}
}

// What the letter of the method says beyond the worked examples.
func TestToTheLetter(t *testing.T) {
	law := func(p catalog.Touchpoint) catalog.Touchpoint {
		p.Law = "《中华人民共和国婚姻法》第八条"
		return p
	}
	shared := tp("t1", "核验原件", "s1", "s1", "w1")
	shared.Shared = true
	carry := func(between string) catalog.Touchpoint {
		p := tp("t1", "转送", "s1", "s1", "w1")
		p.Between = between
		return p
	}
	survey := []catalog.Step{step("s1", true), {ID: "s2", Kind: "现场踏勘", Waits: true}, step("s3", false)}
	three := []catalog.Step{step("s1", true), step("s2", true), step("s3", false)}
	side := []catalog.Step{step("s1", true), {ID: "s2"}, {ID: "s3", With: "s2", Waits: true}, {ID: "s4", With: "s3"}, step("s5", false)}
	names := []catalog.Site{{ID: "w1", Name: "窗口", Hall: "A"}, {ID: "A", Name: "站房"}}
	tests := []struct {
		name     string
		measures string
		formal   bool
		sites    []catalog.Site
		steps    []catalog.Step
		points   []catalog.Touchpoint
		trips    string
	}{
		{"bound by law though a channel is open", "M1", false, sites(), three, []catalog.Touchpoint{law(tp("t1", "提交", "s1", "s1", "w1", "网上"))}, "1@县政务服务大厅:t1"},
		{"M1 moves originals that the law demands", "M1", false, sites(), three, []catalog.Touchpoint{law(tp("t1", "核验原件", "s1", "s1", "w1")), tp("t2", "领取", "s3", "s3", "w1")}, "3@县政务服务大厅:t1,t2"},
		{"M6 drops what a shared source verifies", "M6", false, sites(), three, []catalog.Touchpoint{shared}, ""},
		{"M6 keeps what it does not", "M6", false, sites(), three, []catalog.Touchpoint{tp("t1", "核验原件", "s1", "s1", "w1")}, "1@县政务服务大厅:t1"},
		{"M4 drops carrying between offices", "M4", false, sites(), three, []catalog.Touchpoint{carry("office")}, ""},
		{"M4 keeps carrying between levels", "M4", false, sites(), three, []catalog.Touchpoint{carry("level")}, "1@县政务服务大厅:t1"},
		{"M5 drops carrying between levels", "M5", false, sites(), three, []catalog.Touchpoint{carry("level")}, ""},
		{"M8 needs the survey in the window", "M8", false, sites(), survey, []catalog.Touchpoint{tp("t1", "签字", "s1", "s1", "w1"), tp("t2", "签字", "s1", "s2", "w1")}, "1@县政务服务大厅:t1"},
		{"M8 is not for interviews", "M8", false, sites(), survey, []catalog.Touchpoint{tp("t1", "面谈", "s2", "s2", "w1")}, "2@县政务服务大厅:t1"},
		{"M9 joins the slots of a formal check", "M9", true, sites(), three, []catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "w1"), tp("t2", "领取", "s3", "s3", "w1")}, "1@县政务服务大厅:t1,t2"},
		{"M9 leaves others as they are", "M9", false, sites(), three, []catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "w1"), tp("t2", "领取", "s3", "s3", "w1")}, "1@县政务服务大厅:t1 3@县政务服务大厅:t2"},
		{"M10 makes corrections remote", "M10", false, sites(), three, []catalog.Touchpoint{tp("t1", "补充", "s1", "s1", "w1")}, ""},
		{"M11 moves the bank", "M11", false, sites(), three, []catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "w1"), tp("t2", "缴费", "s1", "s1", "b1")}, "1@县政务服务大厅:t1,t2"},
		{"a group side by side is one slot and waits as a whole", "", false, sites(), side,
			[]catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "w1"), tp("t2", "面谈", "s2", "s2", "w1"), tp("t3", "签字", "s4", "s4", "w1"), tp("t4", "领取", "s5", "s5", "w1")}, "1@县政务服务大厅:t1 2@县政务服务大厅:t2,t3 3@县政务服务大厅:t4"},
		{"a hall and a site of one name are two places", "", false, names, three, []catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "w1"), tp("t2", "缴费", "s1", "s1", "A")}, "1@A:t1 1@A:t2"},
		{"the earliest trip in the interval settles", "", false, sites(), three, []catalog.Touchpoint{tp("t1", "面谈", "s1", "s3", "w1"), tp("t2", "领取", "s3", "s3", "w1"), tp("t3", "提交", "s1", "s1", "w1")}, "1@县政务服务大厅:t1,t3 3@县政务服务大厅:t2"},
		{"M4 joins at the first site in a hall, not the first", "M4", false, []catalog.Site{{ID: "a", Unit: "u"}, {ID: "b", Unit: "u", Hall: "B"}, {ID: "c", Unit: "u", Hall: "C"}}, three,
			[]catalog.Touchpoint{tp("t1", "面谈", "s1", "s1", "a"), tp("t2", "面谈", "s1", "s1", "c")}, "1@B:t1,t2"},
		{"M11 comes before M4", "M4,M11", false, []catalog.Site{{ID: "a", Unit: "u", Movable: true}, {ID: "b", Unit: "u", Hall: "B"}}, three,
			[]catalog.Touchpoint{tp("t1", "面谈", "s1", "s1", "a"), tp("t2", "面谈", "s1", "s1", "b")}, "1@县政务服务大厅:t1,t2"},
		{"a card machine is at the window", "", false, sites(), three, []catalog.Touchpoint{tp("t1", "缴费", "s1", "s1", "w1", "POS")}, "1@县政务服务大厅:t1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := visit.ParseMeasures(tt.measures)
			if err != nil {
				t.Fatal(err)
			}
			a, err := visit.Assess(&catalog.Process{FormalCheck: tt.formal, MainHall: hall, Sites: tt.sites, Steps: tt.steps, Touchpoints: tt.points}, m)
			if err != nil {
				t.Fatal(err)
			}
			var trips []string
			for _, tr := range a.Trips {
				trips = append(trips, fmt.Sprintf("%d@%s:%s", tr.Slot, tr.Place, strings.Join(tr.Settles, ",")))
			}
			if got := strings.Join(trips, " "); got != tt.trips {
				t.Errorf("got %q, want %q", got, tt.trips)
			}
		})
	}
}

func TestExplanations(t *testing.T) {
	bank := sites()
	bank[1].Name = "农行营业部"
	p := &catalog.Process{Sites: bank, Steps: []catalog.Step{step("s1", false)}, Touchpoints: []catalog.Touchpoint{
		{ID: "t1", Duty: "面谈", From: "s1", To: "s1", Site: "w1", Law: " 《中华人民共和国婚姻法》第八条 "}, tp("t2", "缴费", "s1", "s1", "b1"), tp("t3", "叩头", "s1", "s1", "b1"), tp("t4", "缴费", "s1", "s1", "b1")}}
	a, err := visit.Assess(p, 0)
	if err != nil || len(a.Trips) != 2 {
		t.Fatal(a, err)
	}
	if got := a.Trips[0].String() + "；" + a.Trips[1].String(); got != "到农行营业部：缴费、叩头；到县政务服务大厅：面谈" {
		t.Error(got)
	}
	if got := a.Trips[1].Reasons["t1"]; got != "面谈：依法须本人到场（《中华人民共和国婚姻法》第八条）" {
		t.Error(got)
	}
	if got := a.Trips[0].Reasons["t3"]; got != "叩头：目前没有不到场的办理渠道" {
		t.Error(got)
	}
	// The JSON keeps to its keys.
	b, err := json.Marshal(a.Trips[0])
	if want := `{"slot":1,"place":"b1","settles":["t2","t3","t4"],"reasons":{"t2":"缴费：目前不能网上缴费","t3":"叩头：目前没有不到场的办理渠道","t4":"缴费：目前不能网上缴费"}}`; err != nil || string(b) != want {
		t.Errorf("%s %v", b, err)
	}
}

func TestMeasuresText(t *testing.T) {
	for text, want := range map[string]visit.Set{"": 0, "M1,M2": visit.M1 | visit.M2, " m11 ， M4": visit.M4 | visit.M11, "M10、M1": visit.M1 | visit.M10, "M2,M2": visit.M2} {
		if got, err := visit.ParseMeasures(text); err != nil || got != want {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"M0", "M12", "M", "1", "M1;M2", "M01"} {
		if _, err := visit.ParseMeasures(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if len(visit.Measures) != 11 || visit.All.Len() != 11 || visit.All.String() != "M1,M2,M3,M4,M5,M6,M7,M8,M9,M10,M11" {
		t.Error("the table is not the eleven measures in order:", visit.All)
	}
}

func TestClassOf(t *testing.T) {
	item := func() *catalog.Item {
		return &catalog.Item{Process: &catalog.Process{Sites: sites(), Steps: []catalog.Step{step("s1", true), step("s2", false)},
			Touchpoints: []catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "w1"), tp("t2", "领取", "s2", "s2", "w1")}}}
	}
	it := item()
	if c := visit.ClassOf(it); c != catalog.ClassNotYet {
		t.Errorf("two visits, no measures: %s", c)
	}
	it.Reform.Measures, it.Reform.By = []string{"M2"}, "2018-12-20"
	if c := visit.ClassOf(it); c != catalog.ClassReform {
		t.Errorf("express chosen: %s", c)
	}
	it.Reform.Measures = []string{"M3"}
	if c := visit.ClassOf(it); c != catalog.ClassNotYet {
		t.Errorf("a measure that does not help: %s", c)
	}
	it = item()
	it.Process.Touchpoints[1].Remote = []string{"快递"}
	if c := visit.ClassOf(it); c != catalog.ClassMet {
		t.Errorf("one visit: %s", c)
	}
	it.Scenarios = &catalog.Scenarios{Leaves: []catalog.Leaf{{Name: "甲"}, {Name: "乙", Process: item().Process}}}
	if a, err := visit.AssessItem(it); err != nil || a.Visits != 2 {
		t.Errorf("the worst leaf counts: %d %v", a.Visits, err)
	}
}

func FuzzValidate(f *testing.F) {
	f.Add(uint64(1), "s1", "s2", "w1")
	f.Fuzz(func(t *testing.T, seed uint64, from, to, site string) {
		p := random(rand.New(rand.NewPCG(seed, 1)))
		p.Touchpoints = append(p.Touchpoints, tp("f", "提交", from, to, site))
		if _, err := visit.Validate(p); err == nil {
			if _, err := visit.Assess(p, visit.Set(seed)&visit.All); err != nil {
				t.Error(err)
			}
		} else if !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	})
}

func example() *catalog.Process {
	return &catalog.Process{MainHall: hall, Sites: sites(), Steps: []catalog.Step{step("s1", true), step("s2", true), step("s3", false)},
		Touchpoints: []catalog.Touchpoint{tp("t1", "提交", "s1", "s1", "w1"), {ID: "t2", Duty: "核验原件", From: "s1", To: "s1", Site: "w1", Shared: true},
			{ID: "t3", Duty: "转送", From: "s2", To: "s2", Site: "b1", Between: "office"}, tp("t4", "领取", "s3", "s3", "w1")}}
}

func BenchmarkAssess(b *testing.B) {
	p := example()
	b.Run("compile+count", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c, _, err := visit.Compile(p)
			if err != nil || c.Count(0) != 3 {
				b.Fatal(err)
			}
		}
	})
	c, _, err := visit.Compile(p)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("count", func(b *testing.B) {
		b.ReportAllocs()
		var k visit.Counter
		for b.Loop() {
			k.Count(c, 0)
		}
	})
	b.Run("minimal", func(b *testing.B) {
		for b.Loop() {
			c.Minimal(1)
		}
	})
}
