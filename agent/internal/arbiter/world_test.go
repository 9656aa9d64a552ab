package arbiter

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// variant is how far a server deviates from the documented one.
type variant struct {
	name     string
	silent   bool // errors name no event
	mute     bool // neither errors nor responses name their request
	swallows bool // it loses requests and confirmations
	forgets  bool // a new connection is not given calls without an output
	unasked  bool // it creates responses that nothing asked for
	late     bool // some messages are late by up to 2.5 s
}

// counts is what the oracles found.
type counts struct {
	requests, active, stalls, silences, doubled, effects, sayings, early, continued int
	turns, calls, connections, interruptions, givenUp                               int
}

func (c *counts) add(d counts) {
	for _, p := range []struct{ to, from *int }{
		{&c.requests, &d.requests},
		{&c.active, &d.active},
		{&c.stalls, &d.stalls},
		{&c.silences, &d.silences},
		{&c.doubled, &d.doubled},
		{&c.effects, &d.effects},
		{&c.sayings, &d.sayings},
		{&c.early, &d.early},
		{&c.continued, &d.continued},
		{&c.turns, &d.turns},
		{&c.calls, &d.calls},
		{&c.connections, &d.connections},
		{&c.interruptions, &d.interruptions},
		{&c.givenUp, &d.givenUp},
	} {
		*p.to += *p.from
	}
}

// world is one schedule: a user, a server, a network and a client that does what an
// arbiter says. Its time is virtual.
type world struct {
	v     variant
	rng   *rand.Rand
	now   time.Duration
	queue moments
	order int
	trace []string
	n     counts
	ids   int

	answers, interrupts bool
	s                   *server
	conn                int           // the number of the connection
	up                  bool          // it is alive
	toClient, toServer  time.Duration // the latest arrival on each way

	c client

	turns   []*userTurn
	calls   map[string]*modelCall
	effects map[string]int // executions by what the model wanted
	sayings map[string]*modelSaying
	owing   time.Duration // since when the client owes an answer; -1 when it does not
}

// userTurn is a turn of the user, and how the model means to answer it.
type userTurn struct {
	id       string
	late     bool  // it is the late result of a call
	steps    []int // how many parallel calls each step has
	known    bool  // the client has seen it
	tried    bool  // the client has asked for an answer, or has seen one begin
	stopped  bool  // by the program, so that nothing more of the answer may be asked for
	tripped  bool  // by a guard
	excused  bool  // it was lost, given up, or stopped by the program
	answered bool  // the client has a whole answer that saw all outputs
	seen     bool  // by a completed response
}

type modelCall struct {
	id, key   string
	turn      *userTurn
	response  *modelResponse
	runs      int
	toxic     bool // its output is refused until it is short
	withdrawn bool // it was deleted, or its output was lost
	followed  bool // a completed response saw its output
	settled   bool // and the client knows that
}

type modelSaying struct {
	completed, cut int
	filler         *modelCall // whose filler it is
	tried          bool       // it was asked for
	over           bool
	stopped        bool // it is not wanted any more
	instead        bool // of a stopped answer
	how            Outcome
}

type modelResponse struct {
	id, tag, saying string
	over            bool
	turns           []*userTurn
	whole           []*userTurn // whose outputs it has all seen
	outputs         []*modelCall
	confirmed       []*modelCall // whose outputs the client knows that it has seen
	calls           []*modelCall
}

// server is one connection's side of the server.
type server struct {
	active   *modelResponse
	speaking bool
	turns    map[string]bool
	calls    map[string]bool
	outputs  map[string]bool
}

// client is the arbiter and what its session knows.
type client struct {
	a        *Arbiter
	down     bool
	held     bool // the program has interrupted the model
	speaking bool
	turns    map[string]bool
	calls    map[string]bool
	outputs  map[string]bool
	written  map[string]bool
	cut      map[string]bool
	waiting  *Ask   // a request in the send queue of a lost connection
	saying   string // what is said, as far as it knows
	wake     int
	running  map[string]bool
	active   *modelResponse // that runs, as far as it knows
	asked    *asked         // the last request to which there was neither a response nor a refusal
	ending   string         // a response to a request that was stopped: it is to be cancelled
}

type moment struct {
	at    time.Duration
	order int
	do    func()
}

type moments []moment

func (m *moments) Len() int { return len(*m) }

func (m *moments) Less(i, j int) bool {
	x, y := (*m)[i], (*m)[j]
	return x.at < y.at || x.at == y.at && x.order < y.order
}

func (m *moments) Swap(i, j int) { (*m)[i], (*m)[j] = (*m)[j], (*m)[i] }

func (m *moments) Push(x any) {
	next, _ := x.(moment)
	*m = append(*m, next)
}

func (m *moments) Pop() any {
	old := *m
	x := old[len(old)-1]
	*m = old[:len(old)-1]
	return x
}

func newWorld(seed uint64, v variant) *world {
	w := &world{
		v: v, rng: rand.New(rand.NewPCG(seed, 17)), owing: -1, up: true,
		calls: map[string]*modelCall{}, effects: map[string]int{}, sayings: map[string]*modelSaying{},
	}
	w.answers, w.interrupts = w.rng.IntN(4) > 0, w.rng.IntN(5) > 0
	w.s = newServer()
	w.c = client{
		a:     New(Config{Answers: w.answers, Interrupts: w.interrupts, Echoes: !v.mute, Tags: "t"}),
		turns: map[string]bool{}, calls: map[string]bool{}, outputs: map[string]bool{},
		written: map[string]bool{}, running: map[string]bool{}, cut: map[string]bool{},
	}
	return w
}

func newServer() *server {
	return &server{turns: map[string]bool{}, calls: map[string]bool{}, outputs: map[string]bool{}}
}

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%9.3f %s", w.now.Seconds(), fmt.Sprintf(format, args...)))
}

func (w *world) luck(percent float64) bool { return w.rng.Float64()*100 < percent }

func (w *world) between(low, high time.Duration) time.Duration {
	return low + time.Duration(w.rng.Int64N(int64(high-low)))
}

func (w *world) id(kind string) string {
	w.ids++
	return fmt.Sprint(kind, w.ids)
}

func (w *world) after(d time.Duration, do func()) {
	w.order++
	heap.Push(&w.queue, moment{w.now + d, w.order, do})
}

// travel delivers a message in the order of its way, unless the connection is lost.
func (w *world) travel(last *time.Duration, do func()) {
	d := w.between(5*time.Millisecond, 80*time.Millisecond)
	if w.v.late && w.luck(5) {
		d = w.between(300*time.Millisecond, 2500*time.Millisecond)
	}
	at := max(w.now+d, *last+1)
	*last = at
	conn := w.conn
	w.after(at-w.now, func() {
		if w.up && conn == w.conn {
			do()
		}
	})
}

// send sends an event from the server to the client.
func (w *world) send(e Event, then ...func()) { w.sendLate(func() Event { return e }, then...) }

// sendLate sends an event that depends on what the client knows when it arrives.
func (w *world) sendLate(e func() Event, then ...func()) {
	if !w.up {
		return
	}
	w.travel(&w.toClient, func() {
		if w.c.down {
			return
		}
		for _, f := range then {
			f()
		}
		w.step(e())
	})
}

// run plays the schedule to its end.
func (w *world) run() counts {
	w.plan()
	for w.queue.Len() > 0 {
		m, _ := heap.Pop(&w.queue).(moment)
		w.now = m.at
		if w.now > 10*time.Minute {
			w.note("the schedule has no end")
			w.n.stalls++
			break
		}
		m.do()
		w.watch()
	}
	w.judge()
	return w.n
}

func (w *world) plan() {
	if w.luck(50) {
		w.say()
	}
	at := time.Duration(0)
	for range 1 + w.rng.IntN(4) {
		at += w.between(300*time.Millisecond, 7*time.Second)
		length := w.between(300*time.Millisecond, 2*time.Second)
		w.after(at, func() { w.speak(length) })
		at += length
	}
	some := func(most int, do func()) {
		for range w.rng.IntN(most + 1) {
			w.after(w.between(0, at+5*time.Second), do)
		}
	}
	some(1, w.say)
	some(2, w.beside)
	if w.luck(30) {
		some(2, w.interrupt)
	}
	if w.luck(30) {
		some(2, w.tellLate)
	}
	if w.luck(30) {
		some(2, w.trip)
	}
	if w.luck(30) {
		some(2, func() { w.unwant(w.pick(), w.luck(50)) })
	}
	some(3, w.cut)
	if w.v.unasked {
		for range 3 {
			w.after(w.between(0, at+5*time.Second), func() {
				if w.up && w.s.active == nil {
					w.begin("", "")
				}
			})
		}
	}
}

func (w *world) say() {
	id := w.id("say")
	w.sayings[id] = &modelSaying{}
	w.news()
	w.step(Wanted{Saying: id, Free: w.luck(50)})
}

func (w *world) beside() {
	r := w.id("beside")
	w.send(Created{Response: r, Beside: true})
	w.after(w.between(100*time.Millisecond, time.Second), func() { w.send(Done{Response: r}) })
}

func (w *world) fail(kind *int, format string, args ...any) {
	*kind++
	w.note("FAULT: "+format, args...)
}

func (w *world) String() string { return strings.Join(w.trace, "\n") }
