package load

import (
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/server"
)

// Telephones are sessions of telephone calls. With 300 of them each frame wakes the
// process, which is the dearest case, and the server still keeps its pace.
func Telephones(rounds int) Plan {
	return Plan{
		Rounds: 2 * rounds, Sittings: 2, Together: true, Apart: []contender.Kind{contender.OpenAI},
		Warm: 300 * time.Millisecond, Window: time.Second, Plain: []int{300}, TLS: []int{300},
		Only: []contender.Kind{contender.Bare, contender.Reused, contender.Owned, contender.OpenAI}, Pace: server.Telephone,
		name: "telephone", title: "Telephone sessions",
		intro: fmt.Sprintf("As above, with %d bytes of G.711 every %v, and as much audio that the handler sends back. Processor time of the\n"+
			"client's process for a frame in *both* directions: %d rounds, in which all but openai-go are served at the same time.",
			server.Telephone.Sound, server.Telephone.Every, 2*rounds),
		goals: (*results).telephones,
		holds: map[cell]string{{true, 300, contender.Reused}: "a telephone session, 20 ms of G.711 every 20 ms both ways, TLS, audio reused"},
	}
}

// Crowd are sessions of which each speaks a third of the time, so that a server on one core
// can serve ten thousand of them.
func Crowd(rounds int, sizes ...int) Plan {
	const every = 3 * server.Interval
	return Plan{
		Rounds: rounds, Warm: every, Window: 4 * every, Plain: sizes,
		Only: []contender.Kind{contender.Bare, contender.Reused, contender.Owned}, Pace: server.Pace{Every: every},
		name: "crowd", title: "Up to ten thousand sessions",
		intro: fmt.Sprintf("As above, with 100 ms of PCM16 every %v, as from a model that speaks a third of the time: %d rounds.", every, rounds),
		goals: func(r *results) []report.Goal {
			return []report.Goal{r.neverRises(contender.Reused, "reused"), r.neverRises(contender.Owned, "owned")}
		},
	}
}

// Layers are whole sessions beside bare ones.
func Layers(rounds int) Plan {
	return Plan{
		Rounds: 2 * rounds, Sittings: 4, Together: true, Warm: time.Second, Window: 5 * time.Second, TLS: []int{many},
		Only: []contender.Kind{contender.Bare, contender.Reused, contender.Owned, contender.Whole},
		name: "layers", title: "Layers",
		intro: fmt.Sprintf("Sessions with everything on them beside sessions alone, 100 ms of PCM16 every 100 ms: an agent with a tool and a\n"+
			"guard, a voice bridge to a line, and a meter, a recording and telemetry as taps: %d rounds of 5 s after 1 s, in which\n"+
			"all receive the stream at the same time.", 2*rounds),
		goals: (*results).layers,
		holds: map[cell]string{{true, many, contender.Whole}: "an agent with a bridge and all taps, 100 ms of PCM16 every 100 ms, TLS"},
	}
}

func (r *results) telephones() []report.Goal {
	var out []report.Goal
	for _, secure := range []bool{false, true} {
		for _, n := range r.plan.sizes(secure) {
			for _, k := range []contender.Kind{contender.Reused, contender.Owned} {
				g := report.Goal{
					What: fmt.Sprintf("%d telephone sessions over %s, %s, empty heap", n, transport(secure), use(k)),
					Goal: "at least 70 % of the sessions per core of the bare socket",
				}
				base, s := r.sample(cell{secure, n, contender.Bare}), r.sample(cell{secure, n, k})
				if base == nil || s == nil {
					out = append(out, unknown(g))
					continue
				}
				share := s.Times(base)
				g.Here = fmt.Sprintf("%.0f %%: %.0f of %.0f", 100*share, r.perCore(s), r.perCore(base))
				g.Met = share >= 0.7
				out = append(out, g)
			}
		}
	}
	return out
}

func use(k contender.Kind) string {
	if k == contender.Reused {
		return "reused"
	}
	return "owned"
}

// layers compares whole sessions with those of a Mux whose handler owns its audio, and with
// those of one that borrows it.
func (r *results) layers() []report.Goal {
	what := fmt.Sprintf("%d paced sessions over TLS with an agent, a bridge and all taps, empty heap", many)
	var out []report.Goal
	whole := cell{true, many, contender.Whole}
	for _, k := range []contender.Kind{contender.Owned, contender.Reused} {
		g := report.Goal{What: what, Goal: "at most 1.15 times the processor time of the session alone, " + use(k)}
		alone, all := r.sample(cell{true, many, k}), r.sample(whole)
		if alone == nil || all == nil {
			out = append(out, unknown(g))
			continue
		}
		ratio := alone.Times(all)
		g.Here, g.Met = fmt.Sprintf("%.2f", ratio), ratio <= 1.15
		out = append(out, g)
	}
	// The library of the socket and crypto/tls allocate for each message. Timers and the writes
	// of a recording allocate now and then.
	g := report.Goal{What: what, Goal: "0 allocations for an audio delta beyond the bare socket's"}
	bare := cell{true, many, contender.Bare}
	if len(r.cells[whole]) == 0 || len(r.cells[bare]) == 0 {
		return append(out, unknown(g))
	}
	more := r.allocs(whole) - r.allocs(bare)
	g.Here, g.Met = fmt.Sprintf("%.2f; the bare socket %.2f", more, r.allocs(bare)), more < 0.1
	return append(out, g)
}

// largest returns the largest number of sessions over plain TCP.
func (p Plan) largest() int {
	n := 0
	for _, size := range p.Plain {
		n = max(n, size)
	}
	return n
}
