package conductor

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
	"github.com/voicelane/realtime-go/fleet/trial/internal/proc"
)

// Load is what the parts of a trial have used while the calls were held.
type Load struct {
	Calls   int
	Orders  int
	For     time.Duration
	Workers proc.Usage // Of all workers: processor time of that while, and memory at its end.
	NATS    proc.Usage
	Vendor  proc.Usage
}

// hold lets the calls talk for a while, and measures.
func (t *Trial) hold(ctx context.Context) error {
	if t.Plan.Hold == 0 {
		return nil
	}
	t.enter("calls are held")
	before, began := t.measure(), time.Now()
	if err := wait(ctx, t.Plan.Hold); err != nil {
		return err
	}
	l := t.measure()
	l.For = time.Since(began)
	l.Orders -= before.Orders
	l.Workers.CPU -= before.Workers.CPU
	l.NATS.CPU -= before.NATS.CPU
	l.Vendor.CPU -= before.Vendor.CPU
	t.mu.Lock()
	defer t.mu.Unlock()
	t.load = l
	return nil
}

// measure returns what was used so far. What is not known is zero.
func (t *Trial) measure() *Load {
	l := &Load{Calls: t.Snapshot().Held, Orders: t.Vendor.Books.Count(books.Effect)}
	l.Vendor, _ = proc.Own()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.nats {
		l.NATS = l.NATS.Plus(p)
	}
	for _, s := range t.slots {
		l.Workers = l.Workers.Plus(s.proc)
	}
	return l
}

// Load returns what was measured while the calls were held, nil if that was not asked for.
func (t *Trial) Load() *Load {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.load
}

// Print writes the load.
func (l *Load) Print(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%d calls for %s, %.1f orders/s:\n", l.Calls, l.For.Round(time.Second), float64(l.Orders)/l.For.Seconds())
	for _, part := range []struct {
		name string
		proc.Usage
	}{{"workers", l.Workers}, {"nats-server", l.NATS}, {"vendor, callers", l.Vendor}} {
		calls := max(l.Calls, 1)
		_, _ = fmt.Fprintf(w, "  %-22s %.3f cores, %d µs a call and second; %d MB resident, %d KB a call\n", part.name,
			part.CPU.Seconds()/l.For.Seconds(), int(float64(part.CPU.Microseconds())/l.For.Seconds())/calls,
			part.Memory>>20, part.Memory>>10/int64(calls))
	}
}
