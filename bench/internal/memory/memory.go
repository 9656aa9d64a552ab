// Package memory compares the memory of idle sessions. Client and server are separate
// processes.
package memory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/frames"
	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/server"
)

var kinds = []contender.Kind{
	contender.Bare, contender.Silent, contender.Reused, contender.Owned, contender.Whole, contender.Community,
	contender.OpenAI, contender.OpenAIRaw, contender.Node,
}

// state is the history of a session.
type state int

const (
	plain state = iota
	secure
	talking
	afterAudio
)

var states = []state{plain, secure, talking, afterAudio}

func (s state) String() string {
	return [...]string{"plain TCP", "TLS", "TLS, hearing audio", "TLS after audio"}[s]
}

// results has the mean memory per session.
type results map[contender.Kind]map[state]contender.Memory

// Run measures each client with this number of sessions.
func Run(ctx context.Context, sessions int, p process.Programs) (report.Section, error) {
	s := report.Section{Title: "Memory of an idle session", Intro: fmt.Sprintf(
		"Mean per session of %d: heap and stack of the client process after a garbage collection; in brackets its resident\n"+
			"memory. Sessions with an agent have been idle for six seconds, so that their recordings are written. *Hearing audio* is after two seconds of audio that go on, 100 ms of PCM16 every 100 ms; *after audio* is after a pause. All clients but *no receiver* have a goroutine that\n"+
			"waits for the next event, which in this SDK is the user's.",
		sessions)}
	srv, err := server.Start(ctx, p.Server)
	if err != nil {
		return s, err
	}
	defer srv.Close()
	all := results{}
	for _, k := range kinds {
		all[k] = map[state]contender.Memory{}
		for _, over := range []state{plain, secure} {
			if k == contender.Node && over == plain {
				continue // It only supports TLS.
			}
			err := measure(ctx, srv, all[k], subject{k, over, sessions}, p)
			if errors.Is(err, contender.ErrNoNode) {
				s.Skipped = append(s.Skipped, fmt.Sprintf("The vendor's Node package in the memory of sessions: %v.", err))
			} else if err != nil {
				return s, fmt.Errorf("%s: %w", k, err)
			}
		}
	}
	s.Tables, s.Goals = []report.Table{all.table()}, all.goals()
	s.Capacities = all.capacities()
	held, err := stopAll(ctx, srv, p)
	if err != nil {
		return s, err
	}
	s.Tables, s.Goals = append(s.Tables, held.table()), append(s.Goals, held.goal())
	return s, nil
}

// capacities returns the memory of sessions that are idle and that hear audio.
func (r results) capacities() []report.Capacity {
	var out []report.Capacity
	for _, k := range []contender.Kind{contender.Reused, contender.Whole} {
		for _, s := range []state{secure, talking} {
			if m, ok := r[k][s]; ok {
				out = append(out, report.Capacity{What: string(k) + map[state]string{secure: ", idle, TLS", talking: ", hearing audio, TLS"}[s], Bytes: m.Heap + m.Stack})
			}
		}
	}
	return out
}

// settles is how long a whole session is idle before it is measured: a recording writes its
// lines after 5 s.
const settles = 6 * time.Second

// subject is the client, transport and number of sessions of one process.
type subject struct {
	kind     contender.Kind
	over     state // plain or secure
	sessions int
}

// measure opens sessions in a separate process and measures its memory before and
// after.
func measure(ctx context.Context, srv *server.Remote, out map[state]contender.Memory, s subject, p process.Programs) (err error) {
	client, err := contender.Start(ctx, s.kind, p.Client, p.Node)
	if err != nil {
		return err
	}
	defer client.Close()
	defer func() { err = errors.Join(err, srv.Drop(ctx)) }()
	// Open one session first, so that shared memory is not attributed to the sessions.
	if err := client.Open(ctx, &srv.Address, s.over == secure, 1); err != nil {
		return err
	}
	before, err := client.Memory(ctx)
	if err != nil {
		return err
	}
	if err := client.Open(ctx, &srv.Address, s.over == secure, s.sessions); err != nil {
		return err
	}
	if s.kind == contender.Whole {
		if err := process.Pause(ctx, settles); err != nil {
			return err
		}
	}
	after, err := client.Memory(ctx)
	if err != nil {
		return err
	}
	out[s.over] = share(before, after, s.sessions)
	if s.over != secure {
		return nil
	}
	if err := srv.Stream(ctx, server.All, server.Pace{}); err != nil {
		return err
	}
	if err := process.Pause(ctx, 2*time.Second); err != nil {
		return err
	}
	after, err = client.Memory(ctx)
	if err != nil {
		return err
	}
	out[talking] = share(before, after, s.sessions)
	if err := errors.Join(srv.Halt(ctx), process.Pause(ctx, time.Second)); err != nil {
		return err
	}
	after, err = client.Memory(ctx)
	out[afterAudio] = share(before, after, s.sessions)
	return err
}

func share(before, after contender.Memory, n int) contender.Memory {
	part := func(a, b float64) float64 { return (b - a) / float64(n) }
	return contender.Memory{
		Heap: part(before.Heap, after.Heap), Stack: part(before.Stack, after.Stack),
		RSS: part(before.RSS, after.RSS), Goroutines: part(before.Goroutines, after.Goroutines),
	}
}

func (r results) table() report.Table {
	t := report.Table{Columns: []string{""}}
	for _, s := range states {
		t.Columns = append(t.Columns, s.String())
	}
	t.Columns = append(t.Columns, "goroutines")
	for _, k := range kinds {
		row, goroutines := []string{string(k)}, "–"
		for _, s := range states {
			m, ok := r[k][s]
			if !ok {
				row = append(row, "–")
				continue
			}
			row = append(row, fmt.Sprintf("%s (%s)", kilobytes(m.Heap+m.Stack), kilobytes(m.RSS)))
			if k != contender.Node {
				goroutines = fmt.Sprintf("%.1f", m.Goroutines)
			}
		}
		if len(r[k]) > 0 {
			t.Rows = append(t.Rows, append(row, goroutines))
		}
	}
	return t
}

func kilobytes(v float64) string { return fmt.Sprintf("%.1f KB", v/1024) }

// goals compares sessions without a receiving goroutine with the goals.
func (r results) goals() []report.Goal {
	var out []report.Goal
	limits := map[state]float64{plain: 10, secure: 16, afterAudio: 40}
	for _, s := range []state{plain, secure, afterAudio} {
		size := r[contender.Silent][s].Heap + r[contender.Silent][s].Stack
		received := r[contender.Reused][s].Heap + r[contender.Reused][s].Stack
		out = append(out, report.Goal{
			What: fmt.Sprintf("Idle session, %s", s), Goal: fmt.Sprintf("at most %g KB of heap and stack", limits[s]), Met: size <= limits[s]*1024,
			Here: fmt.Sprintf("%s, including the session's configuration (%d bytes of JSON); %s with a waiting Mux",
				kilobytes(size), len(frames.SessionCreated), kilobytes(received)),
		})
	}
	g := r[contender.Silent][plain].Goroutines
	limits = map[state]float64{secure: 40, talking: 120}
	for _, s := range []state{secure, talking} {
		m, ok := r[contender.Whole][s]
		out = append(out, report.Goal{
			What: fmt.Sprintf("Session with an agent, tools, a voice bridge and all taps, %s", s), Goal: fmt.Sprintf("at most %g KB of heap and stack", limits[s]),
			Here: kilobytes(m.Heap + m.Stack), Met: ok && m.Heap+m.Stack <= limits[s]*1024, Unknown: !ok,
		})
	}
	return append(out, report.Goal{What: "Idle session", Goal: "one goroutine", Here: fmt.Sprintf("%.2f", g), Met: g <= 1.01})
}
