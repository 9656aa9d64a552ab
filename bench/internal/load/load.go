// Package load compares what clients spend on sessions that speak: the processor
// time of an event, by the number of sessions that one core holds.
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

// Plan says how long and how many sessions are measured.
type Plan struct {
	Rounds       int
	Warm, Window time.Duration // of a turn
	Plain, TLS   []int         // numbers of sessions
}

// cell is one number of sessions by one client.
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

var kinds = []contender.Kind{contender.Bare, contender.Reused, contender.Owned, contender.Community, contender.Node}

// Run measures every cell, the clients in turns.
func Run(ctx context.Context, plan Plan, p process.Programs) (report.Section, error) {
	s := report.Section{
		Title: "Sessions end to end", Intro: intro(plan),
		Skipped: []string{"The vendor's Node package over plain TCP: it speaks TLS alone."},
	}
	plan, left := plan.within(process.Descriptors())
	for _, n := range left {
		s.Skipped = append(s.Skipped, fmt.Sprintf("%d sessions: a process may not open as many descriptors here.", n))
	}
	srv, err := server.Start(ctx, p.Server)
	if err != nil {
		return s, err
	}
	defer srv.Close()
	r := results{plan: plan, cells: map[cell][]turn{}, failed: map[cell]int{}}
	missing := map[contender.Kind]bool{}
	random := rand.New(rand.NewPCG(1, 2))
	for range plan.Rounds {
		for _, c := range plan.cells(random) {
			if missing[c.kind] || r.need(c) > tooMuch {
				continue
			}
			t, err := measure(ctx, srv, c, plan, p)
			switch {
			case errors.Is(err, contender.ErrNoNode):
				missing[c.kind] = true
				s.Skipped = append(s.Skipped, fmt.Sprintf("The vendor's Node package in sessions end to end: %v.", err))
			case ctx.Err() != nil:
				return s, ctx.Err()
			case err != nil:
				// A client that breaks is a finding; a server that does is the end.
				if _, dead := srv.Stat(ctx); dead != nil {
					return s, errors.Join(err, dead)
				}
				fmt.Fprintf(os.Stderr, "  %v: %v\n", c, err)
				r.failed[c]++
				s.Skipped = append(s.Skipped, fmt.Sprintf("A turn of %v: %v.", c, err))
			default:
				fmt.Fprintf(os.Stderr, "  %v: %v an event, %.1f behind, %.0f %% sent\n", c, t.perEvent, t.behind, 100*t.sent)
				r.cells[c] = append(r.cells[c], t)
			}
		}
	}
	r.fill(&s)
	return s, nil
}

// cells lists what is measured in a round: from few sessions to many, the clients
// in another order each time.
func (p Plan) cells(random *rand.Rand) []cell {
	var out []cell
	for _, secure := range []bool{false, true} {
		for _, n := range p.sizes(secure) {
			for _, i := range random.Perm(len(kinds)) {
				if kinds[i] != contender.Node || secure {
					out = append(out, cell{secure, n, kinds[i]})
				}
			}
		}
	}
	return out
}

// within leaves out the sizes that need more descriptors than there are.
func (p Plan) within(descriptors int) (Plan, []int) {
	const others = 64
	var left []int
	fits := func(sizes []int) []int {
		var out []int
		for _, n := range sizes {
			if n+others <= descriptors {
				out = append(out, n)
			} else if !slices.Contains(left, n) {
				left = append(left, n)
			}
		}
		return out
	}
	p.Plain, p.TLS = fits(p.Plain), fits(p.TLS)
	return p, left
}

func (p Plan) sizes(secure bool) []int {
	if secure {
		return p.TLS
	}
	return p.Plain
}

func intro(p Plan) string {
	return fmt.Sprintf("A server process on one core sends each session %d bytes of sound (PCM16) every %v, evenly spread; a client process\n"+
		"on another holds the sessions and makes bytes of the sound. Processor time of the client's process, user and system,\n"+
		"over a window of %v after %v; %d rounds, a process each, clients in turns; medians. *Saturated* is a client that\n"+
		"was more than one interval behind at the end of the window; one that would need far more than a core, by what an\n"+
		"event took it with fewer sessions, is not tried. A core holds as many sessions as its second has room for their\n"+
		"events. The bare socket reads messages and does not look at them.",
		server.Sound, server.Interval, p.Window, p.Warm, p.Rounds)
}
