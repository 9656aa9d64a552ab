package filegraph

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Up returns the arrows that run up: those that lead to a family above their own and,
// in the circles that the other arrows form, those that run against the order of the
// circle's files in which the fewest do.
//
// It returns an error for a family without a file and, if families are declared, for a
// file without a family. A doc.go needs none.
func (g *Graph) Up() ([]Arrow, error) {
	rank, err := g.ranks()
	if err != nil {
		return nil, err
	}
	var up, rest []Arrow
	for _, a := range g.Arrows {
		if rank[a.To] > rank[a.From] {
			up = append(up, a)
		} else {
			rest = append(rest, a)
		}
	}
	for _, circle := range circlesOf(g.Files, rest) {
		up = append(up, feedback(circle, rest)...)
	}
	return up, nil
}

// ranks returns the index of each file's family.
func (g *Graph) ranks() (map[string]int, error) {
	rank := map[string]int{}
	if len(g.Families) == 0 {
		return rank, nil
	}
	unused := map[string]bool{}
	for _, family := range g.Families {
		unused[family] = true
	}
	for _, f := range g.Files {
		name := strings.TrimSuffix(f, ".go")
		best := -1
		for i, family := range g.Families {
			if (name == family || strings.HasPrefix(name, family+"_")) && (best < 0 || len(family) > len(g.Families[best])) {
				best = i
			}
		}
		if best < 0 && f != "doc.go" {
			return nil, fmt.Errorf("filegraph: %s: no family for %s", g.Path, f)
		}
		rank[f] = best
		if best >= 0 {
			delete(unused, g.Families[best])
		}
	}
	if len(unused) > 0 {
		return nil, fmt.Errorf("filegraph: %s: families without a file: %s", g.Path, slices.Sorted(maps.Keys(unused)))
	}
	return rank, nil
}
