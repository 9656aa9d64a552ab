// Package latency measures how long audio takes between a server and the handlers of a
// client, which are separate processes on two cores with one monotonic clock.
//
// The files, from the bottom up: latency.go, the runs; results.go, tables and goals.
package latency

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/server"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// Plan is how much is measured.
type Plan struct {
	Rounds       int
	Warm, Window time.Duration // of a turn
	Sessions     []int         // ascending
}

// situation is what surrounds the sessions.
type situation struct {
	secure bool
	alive  int // bytes of other live data
}

func (s situation) String() string {
	heap := "empty heap"
	if s.alive > 0 {
		heap = fmt.Sprintf("%d MB alive", s.alive>>20)
	}
	if s.secure {
		return "TLS, " + heap
	}
	return "plain TCP, " + heap
}

// The situations. All sizes are measured in the first one, and the largest in all.
var situations = []situation{{false, 0}, {false, 16 << 20}, {true, 0}, {true, 16 << 20}}

// direction is the way of the audio.
type direction int

const (
	receiving direction = iota // from the server's write to the first line of the handler
	sending                    // from the call to the server's read
)

func (d direction) String() string { return [...]string{"receiving", "sending"}[d] }

// cell is one client, in one situation.
type cell struct {
	kind     contender.Kind
	sessions int
	situation
	direction
}

func (c cell) String() string {
	return fmt.Sprintf("%d sessions over %s, %s, %s", c.sessions, c.situation, c.direction, c.kind)
}

var kinds = []contender.Kind{contender.Bare, contender.Plain, contender.Reused, contender.Owned, contender.Whole, contender.OpenAI}

// senders are the clients whose sending is measured: that of a session does not depend on
// how it receives.
var senders = []contender.Kind{contender.Bare, contender.Reused, contender.OpenAI}

// results are the delays of each turn.
type results struct {
	plan  Plan
	turns map[cell][]stat.Delays
}

// Run measures all clients of a size in turn, in random order.
func Run(ctx context.Context, plan Plan, p process.Programs) (report.Section, error) {
	r := run{results: results{plan: plan, turns: map[cell][]stat.Delays{}}, programs: p, random: rand.New(rand.NewPCG(1, 2))} //nolint:gosec // Not a secret.
	var err error
	if r.srv, err = server.Start(ctx, p.Server); err != nil {
		return report.Section{}, err
	}
	defer r.srv.Close()
	for i, s := range situations {
		sizes := plan.Sessions
		if i > 0 {
			sizes = sizes[len(sizes)-1:]
		}
		for _, n := range sizes {
			if err := r.measure(ctx, s, n); err != nil {
				return report.Section{}, fmt.Errorf("%d sessions over %s: %w", n, s, err)
			}
		}
	}
	return r.section(), nil
}

// run is a run in progress.
type run struct {
	results
	srv      *server.Remote
	programs process.Programs
	random   *rand.Rand
}

// client is a client process and the range of its sessions on the server.
type client struct {
	cell
	remote   *contender.Remote
	sessions server.Range
}

// measure runs the turns of all clients with a number of sessions.
func (r *run) measure(ctx context.Context, s situation, n int) (err error) {
	var clients []*client
	defer func() {
		for _, c := range clients {
			c.remote.Close()
		}
		err = errors.Join(err, r.srv.Drop(ctx))
	}()
	for i, k := range kinds {
		c, err := r.connect(ctx, cell{kind: k, sessions: n, situation: s}, server.Range{From: i * n, To: (i + 1) * n})
		if err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
		clients = append(clients, c)
	}
	for range r.plan.Rounds {
		for _, i := range r.random.Perm(len(clients)) {
			if err := r.turn(ctx, clients[i], receiving); err != nil {
				return err
			}
		}
		if s.alive > 0 || n != r.plan.Sessions[len(r.plan.Sessions)-1] {
			continue
		}
		for _, k := range senders {
			for _, c := range clients {
				if c.kind == k {
					err = errors.Join(err, r.turn(ctx, c, sending))
				}
			}
		}
	}
	return err
}

func (r *run) connect(ctx context.Context, c cell, sessions server.Range) (*client, error) {
	remote, err := contender.Start(ctx, c.kind, r.programs.Client, r.programs.Node)
	if err != nil {
		return nil, err
	}
	if c.alive > 0 {
		err = remote.Ballast(ctx, c.alive)
	}
	if err == nil {
		err = remote.Open(ctx, &r.srv.Address, c.secure, c.sessions)
	}
	if err != nil {
		remote.Close()
		return nil, err
	}
	return &client{c, remote, sessions}, nil
}

// turn measures one client while the others are idle.
func (r *run) turn(ctx context.Context, c *client, d direction) error {
	c.direction = d
	delays, err := r.receive(ctx, c)
	if d == sending {
		delays, err = r.send(ctx, c)
	}
	if err != nil {
		return err
	}
	if delays.Count() == 0 {
		return fmt.Errorf("%v: no audio arrived", c.cell)
	}
	fmt.Fprintf(os.Stderr, "  %v: p50 %v, p99 %v, p99.9 %v of %d\n", c.cell, delays.Quantile(0.5), delays.Quantile(0.99), delays.Quantile(0.999), delays.Count())
	r.turns[c.cell] = append(r.turns[c.cell], delays)
	return nil
}

// receive streams stamped audio to a client.
func (r *run) receive(ctx context.Context, c *client) (d stat.Delays, err error) {
	if err := r.srv.Stream(ctx, c.sessions, server.Pace{Stamp: true}); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.srv.Halt(ctx), process.Pause(ctx, server.Interval)) }()
	if err := process.Pause(ctx, r.plan.Warm); err != nil {
		return nil, err
	}
	if err := c.remote.ListenIn(ctx); err != nil {
		return nil, err
	}
	if err := process.Pause(ctx, r.plan.window(c.cell.sessions)); err != nil {
		return nil, err
	}
	return c.remote.Delays(ctx)
}

// send makes a client send stamped audio.
func (r *run) send(ctx context.Context, c *client) (d stat.Delays, err error) {
	if err := c.remote.Speak(ctx, server.Pace{}); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.remote.Hush(ctx), process.Pause(ctx, server.Interval)) }()
	if err := process.Pause(ctx, r.plan.Warm); err != nil {
		return nil, err
	}
	if err := r.srv.ListenIn(ctx); err != nil {
		return nil, err
	}
	if err := process.Pause(ctx, r.plan.window(c.cell.sessions)); err != nil {
		return nil, err
	}
	return r.srv.Delays(ctx)
}

// window returns the length of a turn: longer with few sessions, for enough events.
func (p Plan) window(sessions int) time.Duration {
	if sessions < 10 {
		return 2 * p.Window
	}
	return p.Window
}
