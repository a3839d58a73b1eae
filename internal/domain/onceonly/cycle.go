package onceonly

import (
	"slices"
	"strings"
)

// circular finds items that nobody can ever finish: what they need is issued in
// the county only by items that need, perhaps over others, their own result
// first. A paper that some other item issues without such a need, or that an
// office can look up, is no obstacle; an item that only renews a paper is no way
// to the first one. Each knot is reported once, by a shortest cycle in it.
func (j *join) circular(held func(*Standard) bool) {
	issuers := make([][]int32, len(j.Materials))
	demanders := make([][]int32, len(j.Materials))
	gives := make([]int32, len(j.items)) // the paper that the item issues first
	for i := range j.items {
		gives[i] = j.items[i].gives
		if renews(j.items[i].ref.Name) {
			gives[i] = -1
		}
		if g := gives[i]; g >= 0 {
			issuers[g] = append(issuers[g], int32(i))
		}
	}
	open := make([]int, len(j.items)) // needs that are not met yet
	met := make([]bool, len(j.Materials))
	for m, mat := range j.Materials {
		met[m] = len(issuers[m]) == 0 || mat.Standard != nil && held(mat.Standard)
	}
	var ready []int32
	for i := range j.items {
		for _, n := range j.items[i].needs {
			if !met[n.material] {
				open[i]++
				demanders[n.material] = append(demanders[n.material], int32(i))
			}
		}
		if open[i] == 0 {
			ready = append(ready, int32(i))
		}
	}
	for len(ready) > 0 {
		i := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		m := gives[i]
		if m < 0 || met[m] {
			continue
		}
		met[m] = true
		for _, d := range demanders[m] {
			if open[d]--; open[d] == 0 {
				ready = append(ready, d)
			}
		}
	}
	// Whoever is left needs a paper that only others who are left issue. Papers
	// are nodes of their own, numbered after the items: joined directly, a paper
	// that many issue and many need would give an edge for each pair.
	items := int32(len(j.items))
	next := func(v int32) (out []int32) {
		if v >= items {
			return issuers[v-items]
		}
		if open[v] > 0 {
			for _, n := range j.items[v].needs {
				if !met[n.material] {
					out = append(out, items+n.material)
				}
			}
		}
		return out
	}
	part := components(len(j.items)+len(j.Materials), next)
	done := map[int32]bool{}
	for i := range items {
		if open[i] == 0 || done[part[i]] {
			continue
		}
		if cycle := shortest(i, part, next); cycle != nil {
			done[part[i]] = true
			j.knot(slices.DeleteFunc(cycle, func(v int32) bool { return v >= items }))
		}
	}
}

// knot reports a cycle: each item of it needs the result of the next.
func (j *join) knot(cycle []int32) {
	var names []string
	for _, i := range append(cycle, cycle[0]) {
		names = append(names, "“"+j.items[i].ref.Name+"”")
	}
	first, next := &j.items[cycle[0]], &j.items[cycle[1%len(cycle)]]
	at := slices.IndexFunc(first.needs, func(n need) bool { return n.material == next.gives })
	j.Findings = append(j.Findings, Finding{Circular, j.Materials[next.gives].Key, first.ref, first.needs[at].row, next.ref,
		"办理" + strings.Join(names, "须先取得") + "的结果，互为前提，申请人无法办成"})
}

// components numbers the strongly connected parts of a graph (Tarjan 1972,
// without recursion).
func components(n int, next func(int32) []int32) []int32 {
	part, index, low := make([]int32, n), make([]int32, n), make([]int32, n)
	on := make([]bool, n)
	var stack []int32
	var count, parts int32
	type frame struct {
		v    int32
		list []int32
	}
	enter := func(v int32) frame {
		count++
		index[v], low[v], on[v] = count, count, true
		stack = append(stack, v)
		return frame{v, next(v)}
	}
	for root := range int32(n) {
		if index[root] != 0 {
			continue
		}
		work := []frame{enter(root)}
		for len(work) > 0 {
			f := &work[len(work)-1]
			v := f.v
			if len(f.list) > 0 {
				w := f.list[0]
				f.list = f.list[1:]
				if index[w] == 0 {
					work = append(work, enter(w))
				} else if on[w] {
					low[v] = min(low[v], index[w])
				}
				continue
			}
			if low[v] == index[v] {
				for w := int32(-1); w != v; {
					w = stack[len(stack)-1]
					stack, on[w], part[w] = stack[:len(stack)-1], false, parts
				}
				parts++
			}
			if work = work[:len(work)-1]; len(work) > 0 {
				up := work[len(work)-1].v
				low[up] = min(low[up], low[v])
			}
		}
	}
	return part
}

// shortest finds a shortest cycle through an item, breadth first; nil if there
// is none.
func shortest(from int32, part []int32, next func(int32) []int32) []int32 {
	before := map[int32]int32{}
	for queue := []int32{from}; len(queue) > 0; queue = queue[1:] {
		v := queue[0]
		for _, w := range next(v) {
			if w == from {
				cycle := []int32{}
				for ; v != from; v = before[v] {
					cycle = append(cycle, v)
				}
				cycle = append(cycle, from)
				for i, j := 0, len(cycle)-1; i < j; i, j = i+1, j-1 {
					cycle[i], cycle[j] = cycle[j], cycle[i]
				}
				return cycle
			}
			if _, seen := before[w]; !seen && part[w] == part[from] {
				before[w] = v
				queue = append(queue, w)
			}
		}
	}
	return nil
}
