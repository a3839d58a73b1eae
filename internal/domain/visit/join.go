package visit

import (
	"strconv"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// Part is one item's process within a bundle (一件事). After are the numbers of
// the parts whose result it needs.
type Part struct {
	Process *catalog.Process
	After   []int
}

// Join makes one process of several that one applicant goes through at a time
// (docs/adr/0011): each part begins as early as it can, at once or in the stay in
// which the last part that it waits for ends; what happens in one slot happens in
// one stay; a result that is ready lies ready, so that all can be collected
// together; sites of one hall are one place, and so are sites of one unit and
// name. No step is moved otherwise, and no measure is assumed.
//
// The visits of the joined process are at least those of its longest part and at
// most those of all parts together. Ids are those of the parts with the part's
// number before them; see PartOf. An error is Invalid: a part that cannot be
// compiled, or parts that wait for each other.
func Join(parts []Part) (*catalog.Process, error) {
	if len(parts) == 0 {
		return nil, fault.Invalidf("一件事里没有事项，不能计算到场次数。")
	}
	compiled := make([]*Compiled, len(parts))
	for i, p := range parts {
		c, err := compileStated(p.Process)
		if err != nil {
			return nil, err
		}
		compiled[i] = c
	}
	begin, err := beginnings(parts, compiled)
	if err != nil {
		return nil, err
	}
	last := int32(0)
	for i, c := range compiled {
		last = max(last, begin[i]+c.slots())
	}
	out := &catalog.Process{FormalCheck: true, Touchpoints: []catalog.Touchpoint{}}
	alone := map[[2]string]string{} // unit and name of a site that stands alone, to its id
	sites := make([]map[string]string, len(parts))
	for i, c := range compiled {
		out.FormalCheck = out.FormalCheck && c.formal
		if out.MainHall == "" {
			out.MainHall = c.p.MainHall
		}
		sites[i] = make(map[string]string, len(c.p.Sites))
		taken := map[string]bool{} // two sites of one part stay two
		for _, s := range c.p.Sites {
			own := s.ID
			s.ID = partID(i, own)
			known := false
			if k := [2]string{s.Unit, s.Name}; s.Hall == "" && s.Name != "" {
				if first, ok := alone[k]; ok && !taken[first] {
					s.ID, known = first, true
				} else if !ok {
					alone[k] = s.ID
				}
				taken[s.ID] = true
			}
			sites[i][own] = s.ID
			if !known {
				out.Sites = append(out.Sites, s)
			}
		}
	}
	for slot := int32(1); slot <= last; slot++ {
		for i, c := range compiled {
			for n := range c.p.Steps {
				if begin[i]+c.slot[n] == slot {
					s := c.p.Steps[n]
					s.ID, s.With, s.Waits = partID(i, s.ID), "", false
					out.Steps = append(out.Steps, s)
				}
			}
		}
		out.Steps[len(out.Steps)-1].Waits = slot < last
	}
	end := out.Steps[len(out.Steps)-1].ID
	for i, c := range compiled {
		for n, t := range c.p.Touchpoints {
			t.ID, t.From, t.To, t.Site = partID(i, t.ID), partID(i, t.From), partID(i, t.To), sites[i][t.Site]
			if c.points[n].duty == dutyCollect && c.slot[c.points[n].to] == c.slots() {
				t.To = end
			}
			out.Touchpoints = append(out.Touchpoints, t)
		}
	}
	return out, nil
}

// slots is how many slots the process has.
func (c *Compiled) slots() int32 { return c.slot[len(c.slot)-1] }

// beginnings tells for each part how many slots go before its first.
func beginnings(parts []Part, compiled []*Compiled) ([]int32, error) {
	begin := make([]int32, len(parts))
	state := make([]int8, len(parts)) // 1 while it is being asked, 2 when it is known
	var ask func(i int) error
	ask = func(i int) error {
		if state[i] == 2 {
			return nil
		}
		if state[i] == 1 {
			return fault.Invalidf("一件事里的事项互为前提，排不出先后，不能计算到场次数。")
		}
		state[i] = 1
		for _, before := range parts[i].After {
			if before < 0 || before >= len(parts) {
				return fault.Invalidf("一件事里没有第 %d 个事项。", before+1)
			}
			if err := ask(before); err != nil {
				return err
			}
			// The result is there in the last slot of the part before: whoever comes
			// for it can hand in the next application at the same time.
			begin[i] = max(begin[i], begin[before]+compiled[before].slots()-1)
		}
		state[i] = 2
		return nil
	}
	for i := range parts {
		if err := ask(i); err != nil {
			return nil, err
		}
	}
	return begin, nil
}

func partID(part int, id string) string { return strconv.Itoa(part+1) + "." + id }

// PartOf splits an id of a joined process: the number of the part, from 0, and the
// id that the part's own process has.
func PartOf(id string) (part int, own string) {
	n, own, _ := strings.Cut(id, ".")
	part, _ = strconv.Atoi(n) // Join wrote it
	return part - 1, own
}

// WorstCase is the process and the materials with which an item has its figure:
// those of the scenario with the most visits, or its own.
func WorstCase(it *catalog.Item) (*catalog.Process, error) {
	cases, err := CompileItem(it)
	if err != nil {
		return nil, err
	}
	worst := cases[0]
	for _, c := range cases[1:] {
		if c.Count(0) > worst.Count(0) {
			worst = c
		}
	}
	return worst.p, nil
}
