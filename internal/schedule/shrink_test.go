package schedule

import "slices"

// shrink returns the shortest plan that it finds among the parts of one that fails.
func shrink(p *plan, fails func(*plan) bool) *plan {
	best := p
	attempt := func(next plan) bool {
		if !fails(&next) {
			return false
		}
		best = &next
		return true
	}
	for n := max(len(best.Steps)/2, 1); ; n /= 2 {
		for i := 0; i < len(best.Steps); {
			next := *best
			next.Steps = slices.Delete(slices.Clone(best.Steps), i, min(i+n, len(best.Steps)))
			if !attempt(next) {
				i += n
			}
		}
		if n <= 1 {
			break
		}
	}
	for i := 0; i < len(best.Faults); {
		next := *best
		next.Faults = slices.Delete(slices.Clone(best.Faults), i, i+1)
		if !attempt(next) {
			i++
		}
	}
	return best
}
