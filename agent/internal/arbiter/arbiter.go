package arbiter

import (
	"strconv"
	"time"
)

// The bounds of waiting.
const (
	grace      = time.Second            // for the server's own answer to speech
	settling   = 500 * time.Millisecond // from the end of speech to its turn
	patience   = 6 * time.Second        // for an answer to a request
	confirming = 10 * time.Second       // for the confirmation of an output
	pause      = 250 * time.Millisecond // before the second attempt; doubles with each
	maxTries   = 4                      // of an answer or a saying
	maxPause   = 8 * time.Second
	maxWrites  = 3    // of an output; the last one is a short error
	maxSettled = 1000 // calls that are remembered after they are settled
)

// Config is what a server does by itself.
type Config struct {
	Answers    bool // it answers speech
	Interrupts bool // the user's voice cancels its response
	Echoes     bool // its responses carry the tag of their request
	Tags       string
}

// Arbiter is the state of one conversation. It is not safe for concurrent use.
//
// Invariants: asked ≠ nil ⇒ active = nil or a response that is not ours; a call or turn
// that is seen names the active response.
type Arbiter struct {
	c   Config
	now time.Duration
	out []Action

	down     bool
	speaking bool
	quietAt  time.Duration // the end of speech has led to no turn by then
	active   *response     // nil when none runs
	asked    *request      // nil when none is in flight
	retryAt  time.Duration
	tries    int  // of what is owed, since the last success
	refusals int  // by responses that are not known here, since the last success
	held     bool // the program has stopped the model: outputs alone ask for nothing

	calls   []*call
	turns   []*turn
	sayings []*saying
	past    []*request // given up, on this connection
	tags    int

	settled []string // calls, the oldest first
	known   map[string]*call
}

// turn is input of the user without a whole answer.
type turn struct {
	id     string
	since  time.Duration
	spoken bool
	by     string // the response that has seen it, "" while it is owed
}

type saying struct{ id, call string }

// request is a request for a response, in flight or given up.
type request struct {
	tag       string
	saying    *saying // nil for an answer
	since     time.Duration
	cancelled bool // the program does not want it any more
}

type response struct {
	id          string
	request     *request // ours; nil for the server's own
	provisional bool     // it is taken for ours without a tag
	bySpeech    bool     // cancelled here, since it began while the user spoke
	byProgram   bool     // cancelled here for the program
}

// New returns an arbiter of a new conversation.
func New(c Config) *Arbiter { return &Arbiter{c: c, known: map[string]*call{}} }

// Configure changes what the server does by itself.
func (a *Arbiter) Configure(c Config) { a.c = c }

// Step takes an event, or nil when time has passed, and returns what is to be done, in
// order. Now is the time since any fixed moment.
func (a *Arbiter) Step(now time.Duration, e Event) []Action {
	a.now, a.out = now, nil
	if e != nil {
		e.apply(a)
	}
	a.expire()
	a.ask()
	return a.out
}

// Wake returns how long after now Step is due without an event, and whether it is.
func (a *Arbiter) Wake(now time.Duration) (after time.Duration, due bool) {
	at := func(t time.Duration) {
		if t > now && (!due || t-now < after) {
			after, due = t-now, true
		}
	}
	at(a.retryAt)
	at(a.quietAt)
	if a.asked != nil {
		at(a.asked.since + patience)
	}
	for _, t := range a.turns {
		if t.spoken && t.by == "" {
			at(t.since + grace)
		}
	}
	for _, c := range a.calls {
		if c.stage == written && !a.down {
			at(c.since + confirming)
		}
	}
	return after, due
}

// Idle reports whether nothing is owed, asked or running.
func (a *Arbiter) Idle() bool {
	return a.active == nil && a.asked == nil && len(a.calls)+len(a.turns)+len(a.sayings) == 0
}

// Active returns the response that runs, or "".
func (a *Arbiter) Active() string {
	if a.active == nil {
		return ""
	}
	return a.active.id
}

func (a *Arbiter) do(x Action) { a.out = append(a.out, x) }

// expire gives up what has waited for too long.
func (a *Arbiter) expire() {
	if a.down {
		return
	}
	if q := a.asked; q != nil && a.now-q.since >= patience {
		a.asked = nil
		a.past = append(a.past, q)
		a.failed(q.saying)
	}
	for _, c := range a.calls {
		if c.stage == written && a.now-c.since >= confirming {
			a.rewrite(c)
		}
	}
}

func (a *Arbiter) tag() string {
	a.tags++
	return a.c.Tags + strconv.Itoa(a.tags)
}
