package schedule

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// plan is a schedule.
type plan struct {
	Session settings
	Faults  []fault
	Steps   []step
}

// settings are how the session and its server are set up.
type settings struct {
	Receiver  string // events, recv, mux or discard
	Slow      int    `json:",omitempty"` // milliseconds that the receiver takes for each event
	Reconnect bool   `json:",omitempty"`
	Ping      bool   `json:",omitempty"`
	Paced     bool   `json:",omitempty"` // the server speaks at ten times the speed of sound
	Responses bool   `json:",omitempty"` // another goroutine ranges over Responses
}

// fault is what happens to a connection after a frame of either side.
type fault struct {
	Conn  int
	Frame int    `json:",omitempty"` // 0 is the opening
	Do    string // hang up, cut, stall or deny
	MS    int    `json:",omitempty"` // of a stall; negative has no end
}

// step is what one goroutine of the program does.
type step struct {
	At       int // milliseconds since the session was opened
	Worker   int
	Do       string
	ID       string `json:",omitempty"`
	Ref      string `json:",omitempty"` // the item that it is about, or follows
	N        int    `json:",omitempty"`
	Patience int    `json:",omitempty"` // milliseconds; 0 is as long as it takes
}

// String is the plan as parse reads it: the settings, then a line for each fault and
// step.
func (p *plan) String() string {
	var b strings.Builder
	line := func(v any) {
		data, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "%s\n", data)
	}
	line(p.Session)
	for _, f := range p.Faults {
		line(f)
	}
	for _, s := range p.Steps {
		line(s)
	}
	return b.String()
}

// parse reads a plan. Lines that do not begin with a brace are skipped.
func parse(text string) (*plan, error) {
	var p plan
	first := true
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "{") {
			continue
		}
		var f fault
		var s step
		var err error
		switch {
		case first:
			err = json.Unmarshal([]byte(line), &p.Session)
			first = false
		case strings.Contains(line, `"Conn":`):
			err = json.Unmarshal([]byte(line), &f)
			p.Faults = append(p.Faults, f)
		default:
			err = json.Unmarshal([]byte(line), &s)
			p.Steps = append(p.Steps, s)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
	}
	return &p, nil
}

// workers is how many goroutines send.
const workers = 3

// random returns the schedule of a seed.
func random(seed uint64) *plan {
	g := &generator{rng: rand.New(rand.NewPCG(seed, 5))}
	rng := g.rng
	g.p.Session = settings{
		Receiver:  [...]string{"events", "recv", "mux", "discard"}[rng.IntN(4)],
		Reconnect: rng.IntN(4) > 0, Ping: rng.IntN(2) == 0, Paced: rng.IntN(2) == 0, Responses: rng.IntN(3) == 0,
	}
	if rng.IntN(4) == 0 {
		g.p.Session.Slow = 1 + rng.IntN(30)
	}
	g.faults()
	for w := range workers {
		g.worker(w, 2+rng.IntN(16))
	}
	if rng.IntN(3) == 0 {
		g.p.Steps = append(g.p.Steps, step{
			At: workers + (workers+1)*rng.IntN(1500), Worker: workers, Do: endings[rng.IntN(len(endings))], N: rng.IntN(400),
		})
	}
	return &g.p
}

var endings = []string{"close", "abort", "close with", "close and abort"}

// generator makes a plan.
type generator struct {
	rng   *rand.Rand
	p     plan
	n     int
	items []string
}

func (g *generator) faults() {
	for i := range g.rng.IntN(5) {
		f := fault{Conn: 1, Frame: 2 + g.rng.IntN(40)}
		if i > 0 {
			f = fault{Conn: 1 + g.rng.IntN(3), Frame: 2 + g.rng.IntN(60)}
		}
		if f.Conn > 1 && g.rng.IntN(2) == 0 {
			f.Frame = 2 + g.rng.IntN(10) // While the conversation is restored.
		}
		switch g.rng.IntN(6) {
		case 0, 1:
			f.Do = "hang up"
		case 2, 3:
			f.Do = "cut"
		case 4:
			f.Do, f.MS = "stall", 1+g.rng.IntN(4000) // All of them last less than what is unanswered is remembered.
			if g.p.Session.Ping && g.rng.IntN(3) == 0 {
				f.MS = -1
			}
		default:
			f = fault{Conn: 2 + g.rng.IntN(3), Do: "deny"}
		}
		g.p.Faults = append(g.p.Faults, f)
	}
}

func (g *generator) worker(w, steps int) {
	at := 0
	for range steps {
		at += workers + 1 + g.rng.IntN(600)
		at += w - at%(workers+1) // No two workers act at the same time.
		g.n++
		s := step{At: at, Worker: w, Do: kinds[g.rng.IntN(len(kinds))], ID: fmt.Sprintf("w%d_%d", w, g.n), N: g.rng.IntN(2)}
		if g.rng.IntN(5) == 0 {
			s.Patience = 1 + g.rng.IntN(300)
		}
		switch s.Do {
		case "text", "receipt", "request", "start":
			if len(g.items) > 0 && g.rng.IntN(4) == 0 {
				s.Ref = g.items[g.rng.IntN(len(g.items))]
			}
			g.items = append(g.items, s.ID)
		case "delete", "retrieve":
			s.Ref = "nothing"
			if len(g.items) > 0 && g.rng.IntN(8) > 0 {
				s.Ref = g.items[g.rng.IntN(len(g.items))]
			}
		case "update", "bad update":
			s.Worker = 0 // So that the order is known.
			if w != 0 {
				s.Do = "audio"
				s.Worker = w
			}
		default:
		}
		g.p.Steps = append(g.p.Steps, s)
	}
}

// kinds are what a worker does, some of it more often.
var kinds = []string{
	"text", "text", "text", "tool", "receipt", "request", "request", "start", "delete", "delete", "retrieve",
	"update", "update", "bad update", "create", "create", "respond", "respond", "stream", "cancel", "audio",
	"audio", "audio", "commit", "flush", "take", "look",
}
