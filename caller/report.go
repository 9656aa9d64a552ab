package caller

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/caller/internal/journal"

	"github.com/voicelane/realtime-go/caller/internal/quantile"
	"github.com/voicelane/realtime-go/usage"
)

// Report adds up the calls of one scenario or more, and holds them to the limits of their
// scenarios. The zero Report is ready. All methods may be called from any goroutine.
type Report struct {
	mu        sync.Mutex // guards what follows
	scenarios []*reported
}

// reported are the calls of a scenario.
type reported struct {
	scenario *Scenario
	calls    []*Result
}

// Add adds a call of a scenario.
func (r *Report) Add(s *Scenario, call *Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.scenarios {
		if one.scenario == s {
			one.calls = append(one.calls, call)
			return
		}
	}
	r.scenarios = append(r.scenarios, &reported{s, []*Result{call}})
}

// Failures returns all that went wrong, in one line each: expectations that were not met,
// with the scenario, the number of its call and the page that shows it, and limits that were
// exceeded.
func (r *Report) Failures() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, one := range r.scenarios {
		for i, call := range one.calls {
			for _, f := range call.Failures {
				all = append(all, strings.TrimSpace(fmt.Sprintf("%s #%d  %s  %s", one.scenario.Name, i+1, f, call.page(f))))
			}
		}
		exceeded, _ := one.limits()
		for _, text := range exceeded {
			all = append(all, fmt.Sprintf("%s  %s", one.scenario.Name, text))
		}
	}
	return all
}

// Skipped returns what was not judged, with the reason, each once.
func (r *Report) Skipped() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, one := range r.scenarios {
		for _, call := range one.calls {
			all = append(all, call.Skipped...)
		}
		_, skipped := one.limits()
		all = append(all, skipped...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// limits judges the limits of the scenario.
func (o *reported) limits() (exceeded, skipped []string) {
	l := o.scenario.Limits
	for _, limit := range l.Latencies {
		all := latenciesOf(o.calls, limit.Latency)
		if len(all) == 0 {
			exceeded = append(exceeded, limit.String()+": nothing was measured")
			continue
		}
		if d := quantile.Of(all, limit.Quantile); d > limit.AtMost {
			exceeded = append(exceeded, fmt.Sprintf("%s: it is %s", limit, journal.Seconds(d)))
		}
	}
	cost, wrong, total, scripted, err := sums(o.calls)
	switch {
	case l.Cost == 0 || len(o.calls) == 0:
	case scripted:
		skipped = append(skipped, "cost: a scripted server costs nothing")
	case err != nil:
		exceeded = append(exceeded, "cost: "+err.Error())
	case cost > l.Cost*usage.Money(len(o.calls)):
		exceeded = append(exceeded, fmt.Sprintf("cost: %s a call is more than %s", cost/usage.Money(len(o.calls)), l.Cost))
	}
	switch {
	case l.WordErrors == nil:
	case total == 0:
		exceeded = append(exceeded, "word_errors: no transcript arrived: switch on the transcription of the session's input")
	case float64(wrong) > *l.WordErrors*float64(total):
		exceeded = append(exceeded, fmt.Sprintf("word_errors: %d of %d words are wrong", wrong, total))
	}
	return exceeded, skipped
}

func latenciesOf(calls []*Result, l Latency) (all []time.Duration) {
	for _, c := range calls {
		all = append(all, c.Latencies[l]...)
	}
	return all
}

func sums(calls []*Result) (cost usage.Money, wrong, total int, scripted bool, err error) {
	for _, c := range calls {
		cost, wrong, total = cost+c.Cost, wrong+c.WrongWords, total+c.Words
		scripted = scripted || c.Scripted
		if c.CostErr != nil {
			err = c.CostErr
		}
	}
	return cost, wrong, total, scripted, err
}

// String returns the report as a table: a line for each latency, in seconds, with the
// quantiles that there are enough values for, the cost and what failed.
func (r *Report) String() string {
	failures, skipped := r.Failures(), r.Skipped()
	r.mu.Lock()
	defer r.mu.Unlock()
	var calls []*Result
	for _, one := range r.scenarios {
		calls = append(calls, one.calls...)
	}
	cost, wrong, total, scripted, err := sums(calls)
	server := "live"
	if scripted {
		server = "scripted server"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "caller: %s, %s, %s\n\n", counted(len(r.scenarios), "scenario"), counted(len(calls), "call"), server)
	fmt.Fprintf(&b, "%-17s %5s%7s%7s%7s%7s%7s   %s\n", "", "n", "p50", "p90", "p95", "p99", "max", "limit")
	for l := range latencies {
		if all := latenciesOf(calls, l); len(all) > 0 {
			b.WriteString(r.row(l, all))
		}
	}
	b.WriteString("\n")
	if !scripted && err == nil && len(calls) > 0 {
		fmt.Fprintf(&b, "cost  %s a call\n", (cost / usage.Money(len(calls))).String())
	}
	if total > 0 {
		fmt.Fprintf(&b, "words  %.1f %% of %d wrong\n", 100*float64(wrong)/float64(total), total)
	}
	for _, s := range skipped {
		b.WriteString("skipped  " + s + "\n")
	}
	for _, f := range failures {
		b.WriteString("FAIL  " + f + "\n")
	}
	for _, one := range r.scenarios {
		failed := 0
		for _, c := range one.calls {
			if c.Failed() {
				failed++
			}
		}
		fmt.Fprintf(&b, "%d of %d %s failed\n", failed, len(one.calls), one.scenario.Name)
	}
	return b.String()
}

// row returns the line of a latency, with the strictest limit of each quantile. The caller
// holds mu.
func (r *Report) row(l Latency, all []time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-17s %5d", l, len(all))
	for _, q := range []float64{0.5, 0.9, 0.95, 0.99, 1} {
		if quantile.Enough(len(all), q) {
			fmt.Fprintf(&b, "%7.2f", quantile.Of(all, q).Seconds())
		} else {
			fmt.Fprintf(&b, "%7s", "–")
		}
	}
	strictest := map[float64]LatencyLimit{}
	for _, one := range r.scenarios {
		for _, limit := range one.scenario.Limits.Latencies {
			if before, ok := strictest[limit.Quantile]; limit.Latency == l && (!ok || limit.AtMost < before.AtMost) {
				strictest[limit.Quantile] = limit
			}
		}
	}
	var limits []string
	for _, q := range []float64{0.5, 0.9, 0.95, 0.99, 1} {
		if limit, ok := strictest[q]; ok {
			limits = append(limits, fmt.Sprintf("%s %.2f", strings.SplitAfter(limit.name(), "_")[1], limit.AtMost.Seconds()))
		}
	}
	return strings.TrimRight(b.String()+"   "+strings.Join(limits, ", "), " ") + "\n"
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
