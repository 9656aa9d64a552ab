// Package load compares the processor time that clients use for sessions with audio,
// and the number of sessions per core.
package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/server"
)

// Plan is the length and the numbers of sessions of the measurement.
type Plan struct {
	Rounds       int
	Warm, Window time.Duration // of a turn
	Plain, TLS   []int         // numbers of sessions
	// Only are the clients that are measured; nil is all.
	Only []contender.Kind
	// Sittings is how many times the clients are started anew, each time for a share of the
	// rounds; 0 is once. Where a process has its code and memory costs or saves some percent
	// for as long as it runs, so that rounds alone do not average it. A round that is not
	// counted comes first, in which pools and buffers fill.
	Sittings int
	// Together streams to all clients at the same time, each on its turn within an interval, so
	// that whatever slows the machine down slows all of them. Sittings have another order in
	// turn, since the place in the interval makes a difference. It is for clients whose costs
	// are close.
	Together bool
	// Apart are the last of Only, which have a turn of their own nevertheless: those that would
	// take more than what the others leave of a core.
	Apart []contender.Kind
	// Pace is that of the audio. Audio of telephone calls is answered.
	Pace server.Pace

	name  string // of its raw turns and its charts, "" for those of the comparison
	title string
	intro string
	goals func(r *results) []report.Goal
	holds map[cell]string // what the sessions of a cell are, for the sizes of machines
}

// shares returns the rounds of each sitting.
func (p Plan) shares() []int {
	shares := make([]int, max(p.Sittings, 1))
	for i := range p.Rounds {
		shares[i%len(shares)]++
	}
	return shares
}

func (p Plan) kinds() []contender.Kind {
	if p.Only != nil {
		return p.Only
	}
	return kinds
}

// cell is one number of sessions with one client.
type cell struct {
	secure   bool
	sessions int
	kind     contender.Kind
}

func (c cell) String() string {
	return fmt.Sprintf("%d sessions over %s, %s", c.sessions, transport(c.secure), c.kind)
}

func transport(secure bool) string {
	if secure {
		return "TLS"
	}
	return "plain TCP"
}

var kinds = []contender.Kind{
	contender.Bare, contender.Reused, contender.Tapped, contender.Owned, contender.Community, contender.OpenAI, contender.OpenAIRaw, contender.Node,
}

// Run measures every cell. All clients of a size are connected at once and receive the
// stream in turn, so that only seconds lie between compared turns.
func Run(ctx context.Context, plan Plan, p process.Programs) (report.Section, error) {
	plan.Pace = plan.Pace.Or()
	switch {
	case plan.goals == nil && plan.Only != nil:
		plan.name, plan.title, plan.intro = "taps", "Taps", intro(plan)
		plan.goals = func(r *results) []report.Goal { return []report.Goal{r.taps()} }
	case plan.goals == nil:
		plan.name, plan.title, plan.intro, plan.goals = "event", "Sessions end to end", intro(plan), (*results).compared
		plan.holds = map[cell]string{{true, many, contender.Reused}: "a session with 100 ms of PCM16 every 100 ms, TLS, audio reused"}
	}
	s := report.Section{Title: plan.title, Intro: plan.intro}
	if plan.Only == nil {
		s.Skipped = []string{"The vendor's Node package over plain TCP: it only supports TLS."}
	}
	srv, err := server.Start(ctx, p.Server)
	if err != nil {
		return s, err
	}
	defer srv.Close()
	r := comparison{
		results: results{plan: plan, cells: map[cell][]turn{}, broke: map[cell]bool{}},
		srv:     srv, programs: p, descriptors: process.Descriptors(), random: rand.New(rand.NewPCG(1, 2)), //nolint:gosec // Not a secret.
	}
	for _, secure := range []bool{false, true} {
		for _, n := range plan.sizes(secure) {
			for i, rounds := range plan.shares() {
				if err := r.measure(ctx, secure, n, rounds, i%2 == 1); err != nil {
					return s, err
				}
			}
		}
	}
	s.Skipped = append(s.Skipped, r.skipped...)
	r.fill(&s)
	return s, nil
}

// comparison is a run in progress.
type comparison struct {
	results
	srv         *server.Remote
	programs    process.Programs
	descriptors int // maximum of a process
	random      *rand.Rand
	skipped     []string
}

func (r *comparison) skip(format string, args ...any) {
	r.skipped = append(r.skipped, fmt.Sprintf(format, args...))
}

// tried returns the clients that are measured with this number of sessions.
func (r *results) tried(secure bool, sessions int) []cell {
	var out []cell
	for _, k := range r.plan.kinds() {
		c := cell{secure, sessions, k}
		if (k != contender.Node || secure) && r.untried(c) == "" {
			out = append(out, c)
		}
	}
	return out
}

// measure runs the turns of all clients with one number of sessions, connected in the order of
// the plan or backwards.
func (r *comparison) measure(ctx context.Context, secure bool, sessions, rounds int, backwards bool) (err error) {
	const others = 64 // descriptors
	cells := r.tried(secure, sessions)
	if backwards {
		slices.Reverse(cells)
	}
	if sessions+others > r.descriptors {
		r.skip("%d sessions over %s: the limit of descriptors is too low here.", sessions, transport(secure))
		return nil
	}
	clients := map[cell]*client{}
	defer func() {
		for _, own := range clients {
			own.close()
		}
		err = errors.Join(err, r.srv.Drop(ctx))
	}()
	separate := sessions*len(cells)+others > r.descriptors
	if separate && r.plan.Together {
		r.skip("%d sessions of each client over %s: the limit of descriptors is too low here.", sessions, transport(secure))
		return nil
	}
	if err := r.connectAll(ctx, cells, clients, separate); err != nil {
		return err
	}
	rehearsals := min(r.plan.Sittings, 1)
	for round := range rehearsals + rounds {
		for _, some := range r.lots(cells, clients) {
			if err := r.play(ctx, some, clients, round >= rehearsals); err != nil {
				return err
			}
		}
	}
	return nil
}

// lots returns which clients are streamed to at a time, in the order of a round.
func (r *comparison) lots(cells []cell, clients map[cell]*client) (lots [][]cell) {
	left := slices.DeleteFunc(slices.Clone(cells), func(c cell) bool { return clients[c] == nil })
	if r.plan.Together {
		var together []cell
		for _, c := range left {
			if !slices.Contains(r.plan.Apart, c.kind) {
				together = append(together, c)
			}
		}
		if len(together) > 0 {
			lots = append(lots, together)
		}
		left = slices.DeleteFunc(left, func(c cell) bool { return slices.Contains(together, c) })
	}
	for _, i := range r.random.Perm(len(left)) {
		lots = append(lots, left[i:i+1])
	}
	return lots
}

// play streams to some clients, and keeps the result if it counts.
func (r *comparison) play(ctx context.Context, some []cell, clients map[cell]*client, counts bool) error {
	all := make([]*client, len(some))
	for i, c := range some {
		all[i] = clients[c]
	}
	played, err := turns(ctx, all[0].srv, all, r.plan)
	if err != nil {
		for _, c := range some {
			clients[c].close()
			delete(clients, c)
			if err := r.fail(ctx, c, err); err != nil {
				return err
			}
		}
		return nil
	}
	for i, t := range played {
		fmt.Fprintf(os.Stderr, "  %v: %v an event, %.1f behind, %.0f %% sent\n", some[i], t.perEvent, t.behind, 100*t.sent)
		if counts {
			r.cells[some[i]] = append(r.cells[some[i]], t)
		}
	}
	return nil
}

// connectAll connects the clients, to a server for each if one has too few descriptors for
// all. Servers without a stream are idle.
func (r *comparison) connectAll(ctx context.Context, cells []cell, clients map[cell]*client, separate bool) error {
	for _, c := range cells {
		srv := r.srv
		if separate {
			var err error
			if srv, err = server.Start(ctx, r.programs.Server); err != nil {
				return err
			}
		}
		own, err := connect(ctx, srv, c, r.plan.Pace, r.programs)
		if separate && err != nil {
			srv.Close()
		}
		switch {
		case err == nil:
			own.separate = separate
			clients[c] = own
		case errors.Is(err, contender.ErrNoNode):
			r.skip("The vendor's Node package with %d sessions: %v.", c.sessions, err)
		default:
			if err := r.fail(ctx, c, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// fail records the failure of a client, which is a result. It returns an error if the
// server failed.
func (r *comparison) fail(ctx context.Context, c cell, err error) error {
	if _, dead := r.srv.Stat(ctx); dead != nil {
		return errors.Join(err, dead)
	}
	fmt.Fprintf(os.Stderr, "  %v: %v\n", c, err)
	r.broke[c] = true
	r.skip("The remaining turns of %v: %v.", c, err)
	return nil
}

func (p Plan) sizes(secure bool) []int {
	if secure {
		return p.TLS
	}
	return p.Plain
}

func intro(p Plan) string {
	order := "in\nturn, in random order"
	if p.Together {
		order = "at\nthe same time, each in its part of an interval"
	}
	return fmt.Sprintf("A server process on one core sends each session %d bytes of PCM16 audio every %v, evenly spread; client processes\n"+
		"on another hold the sessions and decode the audio. All clients of a size are connected and receive the stream %s:\n"+
		"%d rounds of %v after %v. Processor time of the client's process, user and system;\n"+
		"medians. *Saturated*: the client was more than one interval behind at the end of the window. A client that would need\n"+
		"far more than a core, by its time for an event with fewer sessions, is not measured. The sessions on a core are those\n"+
		"whose events take one second of its time per second, at the measured cost. Times are compared by round. The bare socket reads\n"+
		"messages without decoding them. Over TLS, the vendor's Node package limits the number of compared sessions.",
		server.Sound, server.Interval, order, p.Rounds, p.Window, p.Warm)
}
