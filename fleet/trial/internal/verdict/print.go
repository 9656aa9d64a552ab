package verdict

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
)

// The promises beside those that [Fault] names.
const (
	DeployP99   = time.Second
	DispatchP99 = 150 * time.Millisecond
	// StrayMost bounds the gaps that nothing explains.
	StrayMost = time.Second
)

// Broken returns the promises that were not kept, nil if all were. Times of the machine
// count if timed is set.
func (v *Verdict) Broken(timed bool) []string {
	var broken []string
	add := func(bad bool, format string, args ...any) {
		if bad {
			broken = append(broken, fmt.Sprintf(format, args...))
		}
	}
	add(v.Lost > 0, "%d calls lost", v.Lost)
	add(v.DoubleAccepts > 0, "%d calls accepted twice", v.DoubleAccepts)
	add(v.Doubled > 0, "%d functions had their effect twice", v.Doubled)
	add(v.Lies > 0, "%d functions are said to be done and had no effect", v.Lies)
	add(v.Silent > 0, "%d functions had an effect that the model was never told of", v.Silent)
	if timed {
		add(v.Slow > 0, "%d calls waited for longer than the lease and %s", v.Slow, Slack)
		add(v.Stray.Percentile(100) > StrayMost, "%s without a worker for no reason", short(v.Stray.Percentile(100)))
		add(v.Deploy.Percentile(99) >= DeployP99, "the gap of a deploy is %s (p99)", short(v.Deploy.Percentile(99)))
		add(v.Dispatch.Percentile(99) >= DispatchP99, "the dispatch takes %s (p99)", short(v.Dispatch.Percentile(99)))
	}
	return broken
}

// Print writes the verdict, and the histories of up to histories calls that broke a
// promise.
func (v *Verdict) Print(w io.Writer, acts []books.Act, histories int) {
	row := func(name, format string, args ...any) {
		_, _ = fmt.Fprintf(w, "  %-22s %s\n", name, fmt.Sprintf(format, args...))
	}
	row("calls", "%d", v.Calls)
	row("lost", "%d", v.Lost)
	row("accepted twice", "%d (second accepts refused by the server: %d)", v.DoubleAccepts, v.Refused)
	row("Once functions", "%d effects, %d doubled, %d told as unknown, %d failed, %d asked for without a worker", v.Effects, v.Doubled, v.Unknown, v.Failed, v.Unheard)
	row("told wrongly", "%d done without an effect, %d with an effect and not told", v.Lies, v.Silent)
	row("webhooks", "%d deliveries beside the first", v.Redelivered)
	row("dispatch", "%s", v.Dispatch)
	row("attached after a kill", "%s", v.Kill)
	row("after a freeze", "%s", v.Freeze)
	row("gap of a deploy", "%s", v.Deploy)
	row("above the lease", "%d by more than %s; next worker killed as well: %d", v.Slow, Slack, v.Twice)
	row("other gaps", "%s", v.Stray)
	row("a woken worker", "left after %s; sent %d events meanwhile", v.Overlap, v.Steered)
	for i, f := range v.Faults {
		if i == histories {
			_, _ = fmt.Fprintf(w, "\n... and %d more\n", len(v.Faults)-i)
			break
		}
		_, _ = fmt.Fprintf(w, "\n%s: %s\n%s", f.Call.ID, f.Why, History(f.Call, acts))
	}
}

// History returns the log of a call, with what was done to workers meanwhile.
func History(c *books.Call, acts []books.Act) string {
	events := c.Events()
	if len(events) == 0 {
		return ""
	}
	first := events[0].At
	for _, a := range acts {
		if a.At.After(first) {
			events = append(events, books.Event{At: a.At, Kind: "* " + books.Kind(a.Deed), Worker: a.Worker})
		}
	}
	slices.SortStableFunc(events, func(a, b books.Event) int { return a.At.Compare(b.At) })
	var out strings.Builder
	for _, e := range events {
		_, _ = fmt.Fprintf(&out, "  %9.3f s  %-18s %-16s %s\n", e.At.Sub(first).Seconds(), e.Kind, e.Worker, e.Detail)
	}
	return out.String()
}
