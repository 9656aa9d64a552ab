package latency

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/server"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

const (
	// noise and jitter are the differences that repeated measurements of one client show, long
	// and short ones: the bare socket's p99 is from 0.05 to 0.09 ms over plain TCP.
	noise  = 1.1
	jitter = 50 * time.Microsecond
	// worst is the goal of the 99.9 % quantile.
	worst = 5 * time.Millisecond
)

func (r *results) section() report.Section {
	return report.Section{
		Title: "Latency", Intro: fmt.Sprintf("Audio of %d bytes every %v for each session, evenly spread, with the time of CLOCK_MONOTONIC in it. Server and client\n"+
			"are processes with a core each. *Receiving* is from the server's write to the first line of the handler, and with an agent,\n"+
			"a bridge and all taps to the line's Play. *Sending* is from the call to the end of the server's read. %d rounds of turns of\n"+
			"%v in random order; each value is the median of its rounds.", server.Sound, server.Interval, r.plan.Rounds, r.plan.Window),
		Tables: []report.Table{r.table(receiving), r.table(sending)}, Goals: r.goals(), Ratios: r.ratios(),
	}
}

// quantile returns the median over the rounds of a quantile, or NaN.
func (r *results) quantile(c cell, q float64) float64 {
	var all []float64
	for _, d := range r.turns[c] {
		all = append(all, float64(d.Quantile(q)))
	}
	if len(all) == 0 {
		return math.NaN()
	}
	return stat.Quantile(all, 0.5)
}

// times returns the median over the rounds of the ratio of a client's quantile to another's.
func (r *results) times(c, base cell, q float64) float64 {
	var all []float64
	for i := range min(len(r.turns[c]), len(r.turns[base])) {
		all = append(all, float64(r.turns[c][i].Quantile(q))/float64(r.turns[base][i].Quantile(q)))
	}
	if len(all) == 0 {
		return math.NaN()
	}
	return stat.Quantile(all, 0.5)
}

func (r *results) table(d direction) report.Table {
	t := report.Table{Columns: []string{"client", "situation", "sessions", "p50", "p99", "p99.9", "events"}}
	t.Title = map[direction]string{receiving: "Receiving", sending: "Sending"}[d]
	for _, s := range situations {
		for _, n := range r.plan.Sessions {
			for _, k := range kinds {
				c := cell{k, n, s, d}
				if len(r.turns[c]) == 0 {
					continue
				}
				t.Rows = append(t.Rows, []string{
					string(k), s.String(), strconv.Itoa(n), millis(r.quantile(c, 0.5)), millis(r.quantile(c, 0.99)),
					millis(r.quantile(c, 0.999)), strconv.FormatInt(stat.Merge(r.turns[c]...).Count(), 10),
				})
			}
		}
	}
	return t
}

func millis(ns float64) string { return fmt.Sprintf("%.2f ms", ns/1e6) }

func (r *results) goals() []report.Goal {
	most := slices.Max(r.plan.Sessions)
	var out []report.Goal
	for _, s := range situations {
		for _, k := range []contender.Kind{contender.Owned, contender.Reused, contender.Whole} {
			c := cell{k, most, s, receiving}
			out = append(out, r.noWorse(c), r.bounded(c))
		}
		if s.alive == 0 {
			out = append(out, r.noWorse(cell{contender.Reused, most, s, sending}), r.bounded(cell{contender.Reused, most, s, sending}))
		}
	}
	return out
}

func what(c cell) string {
	return fmt.Sprintf("Latency of %s, %d sessions, %s, %s", c.direction, c.sessions, c.situation, c.kind)
}

// peer returns the bare socket to compare with: one that reads as programs do.
func peer(d direction) contender.Kind {
	if d == sending {
		return contender.Bare
	}
	return contender.Plain
}

// noWorse compares the p99 with that of the bare socket.
func (r *results) noWorse(c cell) report.Goal {
	base := c
	base.kind = peer(c.direction)
	g := report.Goal{What: what(c), Goal: fmt.Sprintf("p99 no worse than that of %s (noise: 10 %% or %v)", base.kind, jitter), Here: "–", Unknown: true}
	if ratio := r.times(c, base, 0.99); !math.IsNaN(ratio) {
		g.Unknown, g.Met = false, ratio <= noise || r.quantile(c, 0.99)-r.quantile(base, 0.99) <= float64(jitter)
		g.Here = fmt.Sprintf("%.2f times: %s to %s", ratio, millis(r.quantile(c, 0.99)), millis(r.quantile(base, 0.99)))
	}
	return g
}

func (r *results) bounded(c cell) report.Goal {
	g := report.Goal{What: what(c), Goal: fmt.Sprintf("p99.9 under %v", worst), Here: "–", Unknown: true}
	if v := r.quantile(c, 0.999); !math.IsNaN(v) {
		g.Unknown, g.Met, g.Here = false, v < float64(worst), millis(v)
		base := c
		base.kind = contender.Bare
		g.Here += "; the bare socket " + millis(r.quantile(base, 0.999))
	}
	return g
}

func (r *results) ratios() map[string]float64 {
	out := map[string]float64{}
	for c := range r.turns {
		base := c
		base.kind = contender.Bare
		// Quantiles of few events say little.
		if v := r.times(c, base, 0.99); c.kind != contender.Bare && c.kind != contender.Plain && c.kind != contender.OpenAI && c.sessions >= 100 && !math.IsNaN(v) {
			out[fmt.Sprintf("p99 of %v, to the bare socket", c)] = v
		}
	}
	return out
}
