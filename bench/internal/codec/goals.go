package codec

import (
	"fmt"

	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// goals compares the samples of a group with the project's goals.
func (m *measured) goals() []report.Goal {
	switch m.kind {
	case audioDelta:
		limit := 1.5
		if m.size < 8192 {
			limit = 2
		}
		return append(m.audio(reused, "reused", limit, 0, 70), m.audio(ours, "fresh", 4, 3, 30)...)
	case textDelta:
		return []report.Goal{m.faster(session, 12), m.allocs(session, 3)}
	case sessionCreated, responseDone:
		return []report.Goal{m.faster(session, 12), m.goccy()}
	default:
		want := 130.0
		if m.size < 960 {
			want = 80
		}
		return []report.Goal{m.faster(ours, want), m.allocs(ours, 0)}
	}
}

func (m *measured) audio(peer, how string, limit, allocs, faster float64) []report.Goal {
	what, s := m.title+", "+how, m.find(peer)
	ratio := m.find(floor).Times(s)
	return []report.Goal{
		{
			What: what, Goal: fmt.Sprintf("at most %g times the floor", limit), Met: ratio <= limit,
			Here: fmt.Sprintf("%.2f; empty heap %.2f", ratio, stat.Find(m.empty, floor).Times(stat.Find(m.empty, peer))),
		},
		{What: what, Goal: fmt.Sprintf("%g allocations", allocs), Here: fmt.Sprintf("%g", s.Allocs), Met: s.Allocs <= allocs},
		m.fasterAs(what, peer, faster),
	}
}

func (m *measured) faster(peer string, want float64) report.Goal {
	return m.fasterAs(m.by(peer), peer, want)
}

// by returns the goal's title, with the peer if this module has several.
func (m *measured) by(peer string) string {
	if peer == session {
		return m.title + ", by a session's decoder"
	}
	return m.title
}

func (m *measured) fasterAs(what, peer string, want float64) report.Goal {
	speed := m.find(peer).Times(m.find(client))
	return report.Goal{
		What: what, Goal: fmt.Sprintf("at least %g times as fast as the community client", want), Met: speed >= want,
		Here: fmt.Sprintf("%.1f; empty heap %.1f", speed, stat.Find(m.empty, peer).Times(stat.Find(m.empty, client))),
	}
}

func (m *measured) allocs(peer string, want float64) report.Goal {
	s := m.find(peer)
	return report.Goal{What: m.by(peer), Goal: fmt.Sprintf("at most %g allocations", want), Here: fmt.Sprintf("%g", s.Allocs), Met: s.Allocs <= want}
}

// goccy compares with the fastest peer, which knows the type in advance.
func (m *measured) goccy() report.Goal {
	ratio := m.find(goccyOne).Times(m.find(session))
	return report.Goal{
		What: m.by(session), Goal: "at most 1.3 times goccy's time", Met: ratio <= 1.3,
		Here: fmt.Sprintf("%.2f; %.2f of goccy's two passes", ratio, m.find(goccyTwo).Times(m.find(session))),
	}
}
