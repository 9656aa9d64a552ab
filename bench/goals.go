package main

import "fmt"

type goal struct {
	what, goal, here string
	met              bool
}

// goals compares what was measured with what the project wants of itself.
func goals(all []measured) []goal {
	var out []goal
	for i := range all {
		m := &all[i]
		switch {
		case m.find(floor) != nil:
			limit := 1.5
			if m.size < 8192 {
				limit = 2
			}
			out = append(out, m.audio(reused, limit, 0, 70)...)
			out = append(out, m.audio(ours, 4, 3, 30)...)
		case m.name == "decode-text-delta":
			out = append(out, m.faster(12), m.allocs(ours, 3))
		case m.name == "decode-session-created", m.name == "decode-response-done":
			ratio := m.find(goccyOne).times(m.find(ours))
			out = append(out, m.faster(12), goal{
				m.title, "at most 1.3 times goccy's time", fmt.Sprintf("%.2f; %.2f of its two passes", ratio, m.find(goccyTwo).times(m.find(ours))), ratio <= 1.3,
			})
		default:
			want := 130.0
			if m.size < 960 {
				want = 80
			}
			out = append(out, m.faster(want), m.allocs(ours, 0))
		}
	}
	return out
}

func (m *measured) audio(peer string, limit, allocs, faster float64) []goal {
	r := m.find(peer)
	ratio, speed := m.find(floor).times(r), r.times(m.find(std))
	what := m.title + ", fresh"
	if peer == reused {
		what = m.title + ", re-used"
	}
	return []goal{{
		what, fmt.Sprintf("at most %g times the floor, %g allocations, %g times as fast as encoding/json", limit, allocs, faster),
		fmt.Sprintf("%.2f, %g, %.0f", ratio, r.allocs, speed), ratio <= limit && r.allocs <= allocs && speed >= faster,
	}}
}

func (m *measured) faster(want float64) goal {
	speed := m.find(ours).times(m.find(std))
	return goal{m.title, fmt.Sprintf("at least %g times as fast as encoding/json", want), fmt.Sprintf("%.1f", speed), speed >= want}
}

func (m *measured) allocs(peer string, want float64) goal {
	r := m.find(peer)
	return goal{m.title, fmt.Sprintf("at most %g allocations", want), fmt.Sprintf("%g", r.allocs), r.allocs <= want}
}
