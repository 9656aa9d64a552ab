package load

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// results holds the turns of all cells.
type results struct {
	plan  Plan
	cells map[cell][]turn
	broke map[cell]bool // failed before the last turn
}

// sample returns the times of a cell, or nil if it has none.
func (r *results) sample(c cell) *stat.Sample {
	turns := r.cells[c]
	if len(turns) == 0 {
		return nil
	}
	s := &stat.Sample{Peer: string(c.kind), Allocs: stat.Unknown, Bytes: stat.Unknown, N: 1}
	for _, t := range turns {
		s.Nanos = append(s.Nanos, float64(t.perEvent))
	}
	return s
}

// behind returns the number of intervals that a client lagged.
func (r *results) behind(c cell) float64 {
	var all []float64
	for _, t := range r.cells[c] {
		all = append(all, t.behind)
	}
	return stat.Quantile(all, 0.5)
}

func (r *results) saturated(c cell) bool { return r.behind(c) > 1 }

// tooMuch is the estimated number of cores above which a client is not measured. It
// exceeds 1 because an event gets cheaper with more sessions, so the estimate is too
// high.
const tooMuch = 2.2

// need returns the number of cores that a cell needs by the time for an event with
// fewer sessions, 0 if that is unknown, and infinity if the client failed with fewer.
func (r *results) need(c cell) float64 {
	need := 0.0
	for _, n := range r.plan.sizes(c.secure) {
		if n < c.sessions && r.broke[cell{c.secure, n, c.kind}] {
			return math.Inf(1)
		}
		if s := r.sample(cell{c.secure, n, c.kind}); n < c.sessions && s != nil {
			need = float64(c.sessions) / r.perCore(s)
		}
	}
	return need
}

// untried returns why a client is not measured with this number of sessions, or "" if
// it is.
func (r *results) untried(c cell) string {
	switch need := r.need(c); {
	case math.IsInf(need, 1):
		return "failed with fewer"
	case need > tooMuch:
		return fmt.Sprintf("saturated: needs %.1f cores", need)
	default:
		return ""
	}
}

// unfair returns the number of turns in which the server was late.
func (r *results) unfair(c cell) int {
	n := 0
	for _, t := range r.cells[c] {
		if !t.fair() {
			n++
		}
	}
	return n
}

func (r *results) fill(s *report.Section) {
	var raw strings.Builder
	for _, secure := range []bool{false, true} {
		if len(r.plan.sizes(secure)) == 0 {
			continue
		}
		if r.plan.Only == nil {
			s.Charts = append(s.Charts, r.chart(secure))
		}
		s.Tables = append(s.Tables, r.table(secure))
		for _, n := range r.plan.sizes(secure) {
			var all []stat.Sample
			for _, k := range r.plan.kinds() {
				if sample := r.sample(cell{secure, n, k}); sample != nil {
					all = append(all, *sample)
				}
			}
			stat.Raw(&raw, fmt.Sprintf("%s-%s/%d", r.plan.name, strings.Fields(transport(secure))[0], n), all)
		}
	}
	s.Raw = raw.String()
	s.Goals = r.plan.goals(r)
	s.Ratios = r.ratios()
	for c, what := range r.plan.holds {
		if sample := r.sample(c); sample != nil {
			s.Capacities = append(s.Capacities, report.Capacity{What: what, PerCore: r.perCore(sample)})
		}
	}
}

func (r *results) table(secure bool) report.Table {
	t := report.Table{
		Title:   "Over " + transport(secure),
		Columns: []string{"client", "sessions", "processor time of an event", "times the bare socket, by rounds", "sessions on a core", "intervals behind", "allocations for an event"},
	}
	for _, n := range r.plan.sizes(secure) {
		base := r.sample(cell{secure, n, contender.Bare})
		for _, k := range r.plan.kinds() {
			c := cell{secure, n, k}
			s := r.sample(c)
			if s == nil {
				if why := r.untried(c); why != "" {
					t.Rows = append(t.Rows, []string{string(k), strconv.Itoa(n), "–", "–", "–", why, "–"})
				}
				continue
			}
			t.Rows = append(t.Rows, []string{
				string(k), strconv.Itoa(n), fmt.Sprintf("%s ± %.0f%%", report.Nanos(s.Median()), 100*s.Spread()),
				multiple(base, s), fmt.Sprintf("%.0f", r.perCore(s)), r.lag(c), r.allocations(c),
			})
		}
	}
	return t
}

func multiple(base, s *stat.Sample) string {
	if base == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f", base.Times(s))
}

// perCore returns the number of sessions whose events take all of a core's time.
func (r *results) perCore(s *stat.Sample) float64 {
	return float64(time.Second) / s.Median() * r.plan.Pace.Or().Every.Seconds()
}

// allocs returns how many objects a client has allocated for an event.
func (r *results) allocs(c cell) float64 {
	var all []float64
	for _, t := range r.cells[c] {
		all = append(all, t.allocs)
	}
	return stat.Quantile(all, 0.5)
}

func (r *results) allocations(c cell) string {
	if c.kind == contender.Node {
		return "–"
	}
	return fmt.Sprintf("%.2f", r.allocs(c))
}

// ratios returns how many times the bare socket's processor time each client of this module
// takes.
func (r *results) ratios() map[string]float64 {
	out := map[string]float64{}
	for c := range r.cells {
		base, s := r.sample(cell{c.secure, c.sessions, contender.Bare}), r.sample(c)
		if base != nil && s != nil && strings.HasPrefix(string(c.kind), "realtime-go") {
			out[fmt.Sprintf("%s: %v, to the bare socket", r.plan.name, c)] = base.Times(s)
		}
	}
	return out
}

func (r *results) lag(c cell) string {
	text := fmt.Sprintf("%.1f", r.behind(c))
	if r.saturated(c) {
		text += ", saturated"
	}
	if r.broke[c] {
		text += " (broke)"
	}
	if n := r.unfair(c); n > 0 {
		text += fmt.Sprintf(" (the server was late in %d of %d)", n, len(r.cells[c]))
	}
	return text
}

func (r *results) chart(secure bool) report.Chart {
	file, sizes := "load-plain.svg", r.plan.sizes(secure)
	if secure {
		file = "load-tls.svg"
	}
	c := report.Chart{File: file, Title: "Processor time of an event over " + transport(secure) + " in µs, by sessions"}
	for _, n := range sizes {
		c.Sizes = append(c.Sizes, strconv.Itoa(n))
	}
	for _, k := range kinds {
		line, measured := report.Line{Name: string(k)}, false
		for _, n := range sizes {
			v := math.NaN()
			if s := r.sample(cell{secure, n, k}); s != nil {
				v, measured = s.Median()/1000, true
			}
			line.Values = append(line.Values, v)
		}
		if measured {
			c.Lines = append(c.Lines, line)
		}
	}
	return c
}
