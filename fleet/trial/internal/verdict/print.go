package verdict

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
)

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
	v.printPromises(w)
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
