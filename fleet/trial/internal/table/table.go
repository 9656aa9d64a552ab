// Package table shows a trial while it runs: a table that is drawn over itself in a
// terminal, and a line a second elsewhere.
package table

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/fleet/trial/internal/conductor"
)

// IsTerminal reports whether a file is a terminal that can move its cursor.
func IsTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// The sequences of ANSI that are used.
const (
	up        = "\x1b[%dA"
	clearRest = "\x1b[J"
	bold      = "\x1b[1m"
	dim       = "\x1b[2m"
	red       = "\x1b[31m"
	green     = "\x1b[32m"
	amber     = "\x1b[33m"
	cyan      = "\x1b[36m"
	plain     = "\x1b[0m"
)

// Show draws what snapshot returns until the context ends.
func Show(ctx context.Context, w io.Writer, terminal bool, snapshot func() *conductor.Snapshot) {
	pause := time.Second
	if terminal {
		pause = 100 * time.Millisecond
	}
	tick := time.NewTicker(pause)
	defer tick.Stop()
	began, drawn := time.Now(), 0
	for {
		s, at := snapshot(), time.Since(began)
		if terminal {
			lines := Frame(s, at)
			if drawn > 0 {
				_, _ = fmt.Fprintf(w, up, drawn)
			}
			_, _ = io.WriteString(w, clearRest+strings.Join(lines, "\n")+"\n")
			drawn = len(lines)
		} else {
			_, _ = fmt.Fprintln(w, Line(s, at))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// width is that of a bar.
const width = 40

// Frame returns the lines of a table.
func Frame(s *conductor.Snapshot, at time.Duration) []string {
	lines := []string{fmt.Sprintf("  %s%5.1f s  %s%s", bold, at.Seconds(), s.Phase, plain), ""}
	most := 1
	for _, w := range s.Workers {
		most = max(most, w.Held)
	}
	for _, w := range s.Workers {
		bar := (w.Held*width + most - 1) / most
		lines = append(lines, fmt.Sprintf("  %s%-11s %-8s%s %s%s%s%s %4d", color(w.State), w.Name, w.State, plain,
			color(w.State), strings.Repeat("█", bar), plain, strings.Repeat(" ", width-bar), w.Held))
	}
	alone := fmt.Sprintf("%d without a worker", s.Alone)
	if s.Alone > 0 {
		alone = amber + alone + plain
	}
	return append(lines, "",
		fmt.Sprintf("  calls   %d with a worker, %s, %d ringing, %d over", s.Held, alone, s.Ringing, s.Over),
		fmt.Sprintf("  orders  %d taken, %d of unknown outcome", s.Orders, s.Unknown))
}

func color(s conductor.State) string {
	switch s {
	case conductor.Up:
		return green
	case conductor.Killed:
		return red
	case conductor.Frozen:
		return cyan
	case conductor.Draining:
		return amber
	default:
		return dim
	}
}

// Line returns a table as one line.
func Line(s *conductor.Snapshot, at time.Duration) string {
	var out strings.Builder
	_, _ = fmt.Fprintf(&out, "%5.1f s  %s:", at.Seconds(), s.Phase)
	for _, w := range s.Workers {
		_, _ = fmt.Fprintf(&out, "  %s", w.Name)
		if w.State != conductor.Up {
			_, _ = fmt.Fprintf(&out, " %s", w.State)
		}
		_, _ = fmt.Fprintf(&out, " %d", w.Held)
	}
	_, _ = fmt.Fprintf(&out, "; without a worker %d, ringing %d, over %d; orders %d", s.Alone, s.Ringing, s.Over, s.Orders)
	return out.String()
}
