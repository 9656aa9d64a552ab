package load

import (
	"fmt"

	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

const (
	many = 1000 // number of sessions at which clients are compared
	most = 5000 // number of sessions that a core must hold
	// noise is the increase that repeated measurements show.
	noise = 1.05
)

func (r *results) compared() []report.Goal {
	return []report.Goal{
		r.overSocket(contender.Reused, "reused", 1.3),
		r.overSocket(contender.Owned, "owned", 1.6),
		r.against(contender.Node, 2.5),
		r.against(contender.Community, 7),
		r.holds(contender.Reused, "reused"), r.holds(contender.Owned, "owned"),
		r.neverRises(contender.Reused, "reused"), r.neverRises(contender.Owned, "owned"),
		r.against(contender.OpenAI, 5),
	}
}

// unknown marks a goal whose sizes or peers were not measured.
func unknown(g report.Goal) report.Goal {
	g.Here, g.Unknown = "–", true
	return g
}

func (r *results) overSocket(k contender.Kind, how string, limit float64) report.Goal {
	g := report.Goal{
		What: fmt.Sprintf("%d paced sessions over TLS, %s", many, how),
		Goal: fmt.Sprintf("at most %g times the bare socket's processor time", limit),
	}
	base, s := r.sample(cell{true, many, contender.Bare}), r.sample(cell{true, many, k})
	if base == nil || s == nil {
		return unknown(g)
	}
	ratio := base.Times(s)
	g.Here, g.Met = fmt.Sprintf("%.2f", ratio), ratio <= limit
	if base, s := r.sample(cell{false, many, contender.Bare}), r.sample(cell{false, many, k}); base != nil && s != nil {
		g.Here += fmt.Sprintf("; over plain TCP %.2f", base.Times(s))
	}
	return g
}

// taps is the cost of all taps together.
func (r *results) taps() report.Goal {
	g := report.Goal{
		What: fmt.Sprintf("%d paced sessions over TLS, with a meter, a recording and telemetry", many),
		Goal: "at most 1.02 times the processor time without",
	}
	base, s := r.sample(cell{true, many, contender.Reused}), r.sample(cell{true, many, contender.Tapped})
	if base == nil || s == nil {
		return unknown(g)
	}
	ratios := base.Ratios(s)
	low, high := stat.Interval(ratios)
	ratio := stat.Quantile(ratios, 0.5)
	g.Here, g.Met = fmt.Sprintf("%.3f (95 %% of %.3f to %.3f, %d rounds)", ratio, low, high, len(ratios)), ratio <= 1.02
	if base, s := r.sample(cell{false, many, contender.Reused}), r.sample(cell{false, many, contender.Tapped}); base != nil && s != nil {
		g.Here += fmt.Sprintf("; over plain TCP %.3f", base.Times(s))
	}
	return g
}

func (r *results) against(peer contender.Kind, want float64) report.Goal {
	g := report.Goal{
		What: fmt.Sprintf("%d paced sessions over TLS, reused", many),
		Goal: fmt.Sprintf("at least %g times the sessions per core of %s", want, peer),
	}
	mine, other := cell{true, many, contender.Reused}, cell{true, many, peer}
	if r.sample(mine) == nil || r.sample(other) == nil {
		return unknown(g)
	}
	ratio := r.sample(mine).Times(r.sample(other))
	g.Here, g.Met = fmt.Sprintf("%.1f", ratio), ratio >= want
	if r.saturated(other) {
		g.Here += ", which is saturated"
	}
	if bare := r.sample(cell{true, many, contender.Bare}); bare != nil && !g.Met {
		if most := bare.Times(r.sample(other)); most < want {
			g.Here += fmt.Sprintf("; impossible here: the bare socket has %.1f", most)
		}
	}
	return g
}

func (r *results) holds(k contender.Kind, how string) report.Goal {
	g := report.Goal{
		What: fmt.Sprintf("%d paced sessions over plain TCP, %s", most, how), Goal: "hold on one core",
	}
	c := cell{false, most, k}
	if r.sample(c) == nil {
		return unknown(g)
	}
	g.Here = fmt.Sprintf("%.1f intervals behind; a core can hold %.0f", r.behind(c), r.perCore(r.sample(c)))
	// Buffers hide a lack of processor time for a while.
	g.Met = !r.saturated(c) && !r.broke[c] && r.perCore(r.sample(c)) >= most
	if r.broke[c] {
		g.Here += "; but it failed"
	}
	if n := r.unfair(c); 2*n > len(r.cells[c]) {
		g.Here += "; but the server was late"
		g.Met = false
	}
	return g
}

func (r *results) neverRises(k contender.Kind, how string) report.Goal {
	g := report.Goal{
		What: "Paced sessions over plain TCP, " + how,
		Goal: fmt.Sprintf("cost of an event from 100 to %d sessions does not rise by more than %.0f %% (noise)", max(most, r.plan.largest()), 100*(noise-1)),
	}
	sizes := r.plan.Plain
	if r.plan.largest() < most || len(sizes) < 2 {
		return unknown(g)
	}
	worst := 0.0
	for i := 1; i < len(sizes); i++ {
		before, after := r.sample(cell{false, sizes[i-1], k}), r.sample(cell{false, sizes[i], k})
		if before == nil || after == nil {
			return unknown(g)
		}
		worst = max(worst, after.Median()/before.Median())
	}
	g.Here, g.Met = fmt.Sprintf("%+.0f %% at the worst step", 100*(worst-1)), worst <= noise
	return g
}
