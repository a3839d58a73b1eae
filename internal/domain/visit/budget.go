package visit

import (
	"math"
	"math/big"

	"onevisit/internal/domain/fault"
)

// Most finds how many items of the county a budget can bring to at most one
// visit, with county-wide measures; of the best sets it takes the cheapest.
func (c *County) Most(budget *big.Rat, share *big.Rat, costs Costs) CountyPlan {
	price := costs.prices(budget)
	limit := price.whole(budget)
	best, found := Set(0), int64(-1)
	for _, m := range price.order {
		if price.of[m].Cmp(limit) > 0 {
			break
		}
		var met int64
		for i := range c.units {
			met += int64(c.units[i].met[m])
		}
		if met > found {
			best, found = m, met
		}
	}
	p := c.spellOut(share, func(int) (Set, bool) { return best, true })
	p.Cost = costs.Of(best)
	return p
}

// offer is a point on a unit's front: no set that costs as little meets as many.
type offer struct {
	set  Set
	cost int64
	met  int32
}

// MostPerUnit is Most where every unit switches on measures for itself and pays
// for each. Of each unit only the front of cost against items matters; the fronts
// are combined exactly, by the least cost of every total number of items. Costs
// so finely divided that they cannot be counted in 64 bits are an Invalid fault.
func (c *County) MostPerUnit(budget *big.Rat, share *big.Rat, costs Costs) (CountyPlan, error) {
	price := costs.prices(budget)
	if sum := new(big.Int).Mul(price.of[All], big.NewInt(int64(len(c.units))+1)); !sum.IsInt64() {
		return CountyPlan{}, fault.Invalidf("费用的数值过大或小数位过多，无法精确计算，请减少小数位。").At("costs", "请减少小数位")
	}
	limit := int64(math.MaxInt64) // more than all measures of all units cost
	if b := price.whole(budget); b.IsInt64() {
		limit = b.Int64()
	}
	const never = math.MaxInt64
	total := 0
	least := []int64{0}                     // by number of items met
	chosen := make([][]Set, len(c.units))   // by unit and number met so far
	before := make([][]int32, len(c.units)) // the number met by the units before it
	for i := range c.units {
		var front []offer
		most := int32(-1)
		for _, m := range price.order {
			cost := price.of[m].Int64()
			if cost > limit {
				break
			}
			if met := c.units[i].met[m]; met > most {
				most = met
				front = append(front, offer{m, cost, met})
			}
		}
		next := make([]int64, total+int(most)+1)
		chosen[i], before[i] = make([]Set, len(next)), make([]int32, len(next))
		for k := range next {
			next[k] = never
		}
		for k, spent := range least {
			if spent == never {
				continue
			}
			for _, o := range front {
				if sum, n := spent+o.cost, k+int(o.met); sum <= limit && sum < next[n] {
					next[n], chosen[i][n], before[i][n] = sum, o.set, int32(k)
				}
			}
		}
		least, total = next, total+int(most)
	}
	n := len(least) - 1
	for least[n] == never {
		n--
	}
	sets := make([]Set, len(c.units))
	for i := len(c.units) - 1; i >= 0; i-- {
		sets[i] = chosen[i][n]
		n = int(before[i][n])
	}
	return c.spellOut(share, func(i int) (Set, bool) { return sets[i], true }).withCost(costs), nil
}
