package filegraph

import (
	"cmp"
	"slices"
)

// LargestCircle returns the files of the largest circle, or nil if there is none.
func (g *Graph) LargestCircle() []string {
	if all := g.Circles(); len(all) > 0 {
		return all[0]
	}
	return nil
}

// Circles returns the sets of two or more files in which each file reaches each
// other along the arrows, the largest set first.
func (g *Graph) Circles() [][]string { return circlesOf(g.Files, g.Arrows) }

// circlesOf returns the strongly connected components of two or more files, the largest
// first.
func circlesOf(files []string, arrows []Arrow) [][]string {
	t := tarjan{index: map[string]int{}, low: map[string]int{}, onStack: map[string]bool{}, next: map[string][]string{}}
	for _, a := range arrows {
		t.next[a.From] = append(t.next[a.From], a.To)
	}
	for _, f := range files {
		if t.index[f] == 0 {
			t.visit(f)
		}
	}
	slices.SortStableFunc(t.found, func(a, b []string) int { return cmp.Compare(len(b), len(a)) })
	return t.found
}

// tarjan is the state of Tarjan's algorithm for strongly connected components.
type tarjan struct {
	index, low map[string]int
	onStack    map[string]bool
	stack      []string
	next       map[string][]string
	found      [][]string
}

func (t *tarjan) visit(f string) {
	t.index[f] = len(t.index) + 1
	t.low[f] = t.index[f]
	t.stack = append(t.stack, f)
	t.onStack[f] = true
	for _, to := range t.next[f] {
		if t.index[to] == 0 {
			t.visit(to)
			t.low[f] = min(t.low[f], t.low[to])
		} else if t.onStack[to] {
			t.low[f] = min(t.low[f], t.index[to])
		}
	}
	if t.low[f] != t.index[f] {
		return
	}
	i := slices.Index(t.stack, f)
	circle := slices.Sorted(slices.Values(t.stack[i:]))
	t.stack = t.stack[:i]
	for _, member := range circle {
		t.onStack[member] = false
	}
	if len(circle) > 1 {
		t.found = append(t.found, circle)
	}
}

// maxOrdered is the number of files up to which feedback tries all orders, in time
// and memory of 2ⁿ.
const maxOrdered = 14

// feedback returns the arrows within a circle that run up in the order of its files
// that has the fewest such arrows. Above maxOrdered files it returns all arrows within
// the circle.
func feedback(circle []string, arrows []Arrow) []Arrow {
	inside := slices.DeleteFunc(slices.Clone(arrows), func(a Arrow) bool {
		return !slices.Contains(circle, a.From) || !slices.Contains(circle, a.To)
	})
	if len(circle) > maxOrdered {
		return inside
	}
	// uses[i] is the set of files that file i uses.
	uses := make([]uint, len(circle))
	for _, a := range inside {
		uses[slices.Index(circle, a.From)] |= 1 << slices.Index(circle, a.To)
	}
	order := bestOrder(uses)
	return slices.DeleteFunc(inside, func(a Arrow) bool {
		from, to := slices.Index(circle, a.From), slices.Index(circle, a.To)
		return slices.Index(order, from) > slices.Index(order, to)
	})
}

// bestOrder returns the order of files, from the bottom up, in which the fewest
// arrows lead to a later file.
func bestOrder(uses []uint) []int {
	all := uint(1)<<len(uses) - 1
	// For the set s of files at the bottom, fewest[s] is the least number of arrows up
	// that start in s, and top[s] is the uppermost file of s in that order.
	fewest, top := make([]int, all+1), make([]int, all+1)
	for s := uint(1); s <= all; s++ {
		fewest[s] = len(uses) * len(uses)
		for i := range uses {
			if s&(1<<i) == 0 {
				continue
			}
			below := s &^ (1 << i)
			up := fewest[below]
			for j := range uses {
				if below&(1<<j) != 0 && uses[j]&(1<<i) != 0 {
					up++
				}
			}
			if up < fewest[s] {
				fewest[s], top[s] = up, i
			}
		}
	}
	order := make([]int, 0, len(uses))
	for s := all; s != 0; s &^= 1 << top[s] {
		order = append(order, top[s])
	}
	slices.Reverse(order)
	return order
}
