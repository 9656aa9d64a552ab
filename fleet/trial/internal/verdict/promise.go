package verdict

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// The bounds of promises, beside [Slack].
const (
	DeployP99   = time.Second
	DispatchP99 = 150 * time.Millisecond
	// StrayMost bounds the gaps that nothing explains.
	StrayMost = time.Second
)

// Promise is what a fleet promises, beside what was measured.
type Promise struct {
	Name, Bound, Measured string
	Kept                  bool
	// Timed is set for a time, which depends on the machine.
	Timed bool
}

// Promises returns all promises.
func (v *Verdict) Promises() []Promise {
	again := slices.Concat(v.Kill, v.Freeze)
	none := func(name string, n, of int, what string) Promise {
		return Promise{Name: name, Bound: "0", Measured: fmt.Sprintf("%d of %d %s", n, of, what), Kept: n == 0}
	}
	p99 := func(name string, t Times, bound time.Duration) Promise {
		at := t.Percentile(99)
		return Promise{Name: name, Bound: "under " + bound.String(), Measured: fmt.Sprintf("%s (%d times)", short(at), len(t)), Kept: at < bound, Timed: true}
	}
	stray := v.Stray.Percentile(100)
	return []Promise{
		none("calls lost", v.Lost, v.Calls, "calls"),
		none("accepted twice", v.DoubleAccepts, v.Calls, "calls"),
		none("Once functions doubled", v.Doubled, v.Effects, "effects"),
		none("done without an effect", v.Lies, v.Effects, "effects"),
		none("effects never told", v.Silent, v.Effects, "effects"),
		{
			Name: "attached again, max", Bound: "at most " + (v.Lease + Slack).String(), Kept: v.Slow == 0, Timed: true,
			Measured: fmt.Sprintf("%s (%d times, %d above)", short(again.Percentile(100)), len(again), v.Slow),
		},
		p99("gap of a deploy, p99", v.Deploy, DeployP99),
		p99("dispatch, p99", v.Dispatch, DispatchP99),
		{
			Name: "gap for no reason, max", Bound: "at most " + StrayMost.String(), Kept: stray <= StrayMost, Timed: true,
			Measured: fmt.Sprintf("%s (%d times)", short(stray), len(v.Stray)),
		},
	}
}

// Broken returns the promises that were not kept, nil if all were. Times of the machine
// count if timed is set.
func (v *Verdict) Broken(timed bool) []string {
	var broken []string
	for _, p := range v.Promises() {
		if !p.Kept && (timed || !p.Timed) {
			broken = append(broken, fmt.Sprintf("%s: %s, promised %s", p.Name, p.Measured, p.Bound))
		}
	}
	return broken
}

// printPromises writes a table of the promises.
func (v *Verdict) printPromises(w io.Writer) {
	_, _ = fmt.Fprintf(w, "\n  %-24s %-16s %s\n", "promise", "bound", "measured")
	for _, p := range v.Promises() {
		mark := "kept"
		if !p.Kept {
			mark = "BROKEN"
		}
		_, _ = fmt.Fprintf(w, "  %-24s %-16s %-34s %s\n", p.Name, p.Bound, p.Measured, mark)
	}
}
