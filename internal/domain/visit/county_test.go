package visit_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/visit"
)

func compiled(t testing.TB, p *catalog.Process) *visit.Compiled {
	t.Helper()
	c, _, err := visit.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestReachIsWhatCountingSays(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	var k visit.Counter
	for range 2000 {
		c := compiled(t, random(r))
		for target := range 3 {
			reach := k.Reach(c, target)
			for m := range visit.All + 1 {
				if want := k.Count(c, m) <= target; reach.Has(m) != want {
					t.Fatalf("%v to %d: got %v", m, target, !want)
				}
			}
		}
	}
}

// The process that measures make takes the visits that they leave, at the same
// places, in the same slots.
func TestWithIsWhatMeasuresLeave(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 5))
	for range 3000 {
		c := compiled(t, random(r))
		m := visit.Set(r.IntN(int(visit.All) + 1))
		want, got := c.Assess(m), compiled(t, c.With(m)).Assess(0)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%v: %v, want %v", m, got, want)
		}
	}
}

// plainCounty is a random county with what counting says of every item under
// every set, for searches without any cleverness.
type plainCounty struct {
	*visit.County
	met   [][]([]bool) // unit, item, set
	costs visit.Costs
	price []int // in sixths, which all random costs can be told in
	share *big.Rat
}

func randomCounty(t testing.TB, r *rand.Rand, units int) plainCounty {
	b := visit.NewCounty()
	p := plainCounty{costs: visit.Costs{}, share: big.NewRat(int64(r.IntN(11)), 10)}
	var k visit.Counter
	for u := range units {
		b.Unit(fmt.Sprint("u", u))
		p.met = append(p.met, nil)
		for i := range r.IntN(5) {
			cases := []*visit.Compiled{compiled(t, random(r))}
			if r.IntN(4) == 0 {
				cases = append(cases, compiled(t, random(r)))
			}
			b.Item(fmt.Sprintf("u%d-%d", u, i), cases...)
			met := make([]bool, visit.All+1)
			for m := range met {
				met[m] = !slices.ContainsFunc(cases, func(c *visit.Compiled) bool { return k.Count(c, visit.Set(m)) > 1 })
			}
			p.met[u] = append(p.met[u], met)
		}
	}
	single := [11]int{}
	for i, m := range visit.Measures {
		single[i] = 6
		if r.IntN(3) > 0 {
			p.costs[m.Set] = big.NewRat(int64(r.IntN(8)), int64(1+r.IntN(3)))
			single[i] = int(new(big.Rat).Mul(p.costs[m.Set], big.NewRat(6, 1)).Num().Int64())
		}
	}
	for m := range visit.All + 1 {
		sum := 0
		for i, n := range single {
			sum += n * int(m>>i&1)
		}
		p.price = append(p.price, sum)
	}
	p.County = b.Done()
	return p
}

func (p plainCounty) count(u, m int) int {
	n := 0
	for _, it := range p.met[u] {
		if it[m] {
			n++
		}
	}
	return n
}

// before is the order of ties: cost, size, numbers.
func (p plainCounty) before(a, b int) bool {
	if p.price[a] != p.price[b] {
		return p.price[a] < p.price[b]
	}
	if la, lb := visit.Set(a).Len(), visit.Set(b).Len(); la != lb {
		return la < lb
	}
	return slices.Compare(key(visit.Set(a)), key(visit.Set(b))) < 0
}

func sixths(n int) *big.Rat { return big.NewRat(int64(n), 6) }

// cheapest looks at every set for the given units.
func (p plainCounty) cheapest(units ...int) (best int) {
	best = -1
	tenths := int(new(big.Rat).Mul(p.share, big.NewRat(10, 1)).Num().Int64())
	for m := range p.price {
		ok := true
		for _, u := range units {
			ok = ok && 10*p.count(u, m) >= tenths*len(p.met[u])
		}
		if ok && (best < 0 || p.before(m, best)) {
			best = m
		}
	}
	return best
}

func TestCheapestAgainstBruteForce(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 2))
	reached, missed := 0, 0
	for n := range 700 {
		p := randomCounty(t, r, 1+r.IntN(3))
		all := make([]int, len(p.met))
		for u := range all {
			all[u] = u
		}
		got, want := p.Cheapest(p.share, p.costs), p.cheapest(all...)
		if got.Reached != (want >= 0) {
			t.Fatalf("county %d: reached %v, want %d", n, got.Reached, want)
		}
		if want >= 0 {
			reached++
			if int(got.Measures) != want || got.Cost.Cmp(sixths(p.price[want])) != 0 {
				t.Fatalf("county %d: got %v for %v, want %v for %v", n, got.Measures, got.Cost, visit.Set(want), sixths(p.price[want]))
			}
		} else {
			missed++
		}
		each := p.CheapestPerUnit(p.share, p.costs)
		sum := 0
		for u := range p.met {
			want := p.cheapest(u)
			if each.Units[u].Reached != (want >= 0) || want >= 0 && int(each.Units[u].Measures) != want {
				t.Fatalf("county %d unit %d: got %v, want %d", n, u, each.Units[u], want)
			}
			if want >= 0 {
				sum += p.price[want]
			}
		}
		if each.Reached && (each.Cost.Cmp(sixths(sum)) != 0 || got.Cost != nil && each.Cost.Cmp(new(big.Rat).Mul(got.Cost, big.NewRat(int64(len(all)), 1))) > 0) {
			t.Fatalf("county %d: per unit costs %v, sum %v", n, each.Cost, sum)
		}
		for u, a := range got.Units {
			if got.Reached {
				p.checkUnit(t, u, a)
			}
			if each.Units[u].Reached {
				p.checkUnit(t, u, each.Units[u])
			}
		}
		p.checkBlocked(t)
	}
	if reached < 50 || missed < 50 {
		t.Fatalf("the counties are one-sided: %d reached, %d not", reached, missed)
	}
}

// checkUnit compares counts and lists of items with the table.
func (p plainCounty) checkUnit(t *testing.T, u int, a visit.UnitPlan) {
	t.Helper()
	var unlocked, lost []string
	for i, it := range p.met[u] {
		id := fmt.Sprintf("u%d-%d", u, i)
		if it[a.Measures] && !it[0] {
			unlocked = append(unlocked, id)
		}
		if !it[a.Measures] && it[0] {
			lost = append(lost, id)
		}
	}
	if a.MetBefore != p.count(u, 0) || a.MetAfter != p.count(u, int(a.Measures)) || a.Total != len(p.met[u]) || !slices.Equal(a.Unlocked, unlocked) || !slices.Equal(a.Lost, lost) {
		t.Fatalf("unit %d: %+v, want unlocked %v, lost %v", u, a, unlocked, lost)
	}
}

func (p plainCounty) checkBlocked(t *testing.T) {
	t.Helper()
	var want, got []string
	for u := range p.met {
		for i, it := range p.met[u] {
			if !slices.Contains(it, true) {
				want = append(want, fmt.Sprintf("u%d-%d", u, i))
			}
		}
	}
	for _, b := range p.Blocked() {
		got = append(got, b.ID)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("blocked %v, want %v", got, want)
	}
}

// Every budget is tried against every combination of what the units can do, and
// a larger one never meets fewer items.
func TestMostAgainstBruteForce(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 3))
	for n := range 100 {
		p := randomCounty(t, r, 1+r.IntN(3))
		last, lastEach := -1, -1
		for budget := range 5 {
			limit := big.NewRat(int64(budget*5), 2)
			want, cost := -1, 0
			for m := range p.price {
				met := 0
				for u := range p.met {
					met += p.count(u, m)
				}
				if p.price[m] <= budget*15 && (met > want || met == want && p.price[m] < cost) {
					want, cost = met, p.price[m]
				}
			}
			got := p.Most(limit, p.share, p.costs)
			if met(got) != want || got.Cost.Cmp(sixths(cost)) != 0 {
				t.Fatalf("county %d budget %v: %d items for %v, want %d for %v", n, limit, met(got), got.Cost, want, sixths(cost))
			}
			each, err := p.MostPerUnit(limit, p.share, p.costs)
			if err != nil {
				t.Fatal(err)
			}
			if want, cost = p.mostEach(budget * 15); met(each) != want || each.Cost.Cmp(sixths(cost)) != 0 {
				t.Fatalf("county %d budget %v: %d items for %v, want %d for %v", n, limit, met(each), each.Cost, want, sixths(cost))
			}
			if met(got) < last || met(each) < lastEach {
				t.Fatalf("county %d: a budget of %v meets fewer items than a smaller one", n, limit)
			}
			last, lastEach = met(got), met(each)
		}
	}
}

func met(p visit.CountyPlan) int {
	n := 0
	for _, u := range p.Units {
		n += u.MetAfter
	}
	return n
}

// mostEach tries all combinations of what each unit gets for what it pays.
func (p plainCounty) mostEach(limit int) (most, cost int) {
	type deal struct{ cost, met int }
	deals := map[deal]bool{{}: true}
	for u := range p.met {
		own := map[deal]bool{}
		for m := range p.price {
			own[deal{p.price[m], p.count(u, m)}] = true
		}
		next := map[deal]bool{}
		for a := range deals {
			for b := range own {
				if a.cost+b.cost <= limit {
					next[deal{a.cost + b.cost, a.met + b.met}] = true
				}
			}
		}
		deals = next
	}
	most = -1
	for d := range deals {
		if d.met > most || d.met == most && d.cost < cost {
			most, cost = d.met, d.cost
		}
	}
	return most, cost
}

func TestNeedIsExact(t *testing.T) {
	for _, tt := range []struct {
		share string
		total int
		want  int
	}{{"0.5", 10, 5}, {"0.5", 11, 6}, {"0.1", 10, 1}, {"0.7", 10, 7}, {"0.07", 100, 7}, {"1", 3, 3}, {"0", 3, 0}, {"0.5", 0, 0}, {"0.3333", 3, 1}} {
		share, _ := new(big.Rat).SetString(tt.share)
		if got := visit.Need(share, tt.total); got != tt.want {
			t.Errorf("%s of %d: %d, want %d", tt.share, tt.total, got, tt.want)
		}
	}
}

func TestBlockedNamesTheLaw(t *testing.T) {
	p := example()
	for i := range p.Touchpoints {
		p.Touchpoints[i].Law = "《中华人民共和国婚姻法》第八条"
	}
	b := visit.NewCounty()
	b.Unit("县民政局")
	b.Item("婚姻登记", compiled(t, p))
	b.Item("没有流程")
	blocked := b.Done().Blocked()
	if len(blocked) != 2 || len(blocked[0].Touchpoints) == 0 || !slices.Equal(blocked[0].Law, []string{"《中华人民共和国婚姻法》第八条"}) || blocked[1].Touchpoints != nil {
		t.Errorf("got %+v", blocked)
	}
}

// A county of 1,200 items in 60 units, and one of 100,000.
func BenchmarkCounty(b *testing.B) {
	for _, n := range []int{1_200, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := rand.New(rand.NewPCG(11, 4))
			var ps []*catalog.Process
			for range n {
				ps = append(ps, random(r))
			}
			for b.Loop() {
				county := visit.NewCounty()
				for i, p := range ps {
					if i%(n/60) == 0 {
						county.Unit(fmt.Sprint("u", i))
					}
					county.Item("", compiled(b, p))
				}
				c := county.Done()
				c.Cheapest(big.NewRat(1, 2), nil)
				c.CheapestPerUnit(big.NewRat(1, 2), nil)
				if _, err := c.MostPerUnit(big.NewRat(100, 1), big.NewRat(1, 2), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
