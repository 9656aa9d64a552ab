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
	maxPast    = 16   // requests given up whose response may still begin
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
	limbo    *request      // in flight when the connection was lost, until there is another
	retryAt  time.Duration
	tries    int   // of what is owed, since the last success
	failure  error // the last one of these tries
	refusals int   // by responses that are not known here, since the last success
	held     bool  // the program has interrupted the model: outputs and late results ask for nothing

	calls   []*call
	turns   []*turn
	sayings []*saying
	past    []*request // given up, on this connection, the oldest first
	tags    int

	settled []string // calls, the oldest first
	known   map[string]*call
}

// turn is input of the user without a whole answer.
type turn struct {
	id      string
	since   time.Duration
	spoken  bool
	by      string // the response that has seen it, "" while it is owed
	tried   bool   // an answer was asked for, or has begun
	stopped bool   // it wants no other answer than that which runs
	late    bool   // it is the late result of a call
}

type saying struct {
	id, call string
	free     bool // the model words it, and may call functions
	tried    bool // it was asked for
	over     bool // its end was announced; a late response to it may follow
}

// request is a request for a response, in flight or given up.
type request struct {
	tag       string
	saying    *saying // nil for an answer
	since     time.Duration
	cancelled bool // the program does not want it any more
	early     bool // it waited through an outage, and is sent before a result that its response must see
}

// mayCall reports whether the response may call functions.
func (q *request) mayCall() bool { return q.saying == nil || q.saying.free }

type response struct {
	id          string
	request     *request // ours; nil for the server's own
	provisional bool     // it is taken for ours without a tag
	unheard     bool     // cancelled here as it began: the user spoke, or it sees too little
	byProgram   bool     // cancelled here for the program
}

// saying returns what a response says; nil for an answer.
func (r *response) saying() *saying {
	if r.request == nil {
		return nil
	}
	return r.request.saying
}

// Event is what has happened: one of the types in event.go.
type Event interface{ apply(a *Arbiter) }

// stage is how far a call has come.
type stage uint8

const (
	running   stage = iota // its function runs
	ready                  // its output waits for a connection
	written                // its output was written
	confirmed              // the conversation holds its output, or never will
	seen                   // a response that sees its output has begun
)

// call is a call until a response that has seen its output has ended well.
type call struct {
	id, response string
	stage        stage
	by           string        // the response that has seen the output
	since        time.Duration // of the last write
	writes       int
	missing      bool  // the conversation does not hold the call
	silent       bool  // its output asks for no answer
	empty        bool  // the conversation never gets its output
	withdrawn    bool  // its item was deleted before it had an output
	cut          bool  // it was open when a connection was lost
	tried        bool  // an answer to its output was asked for, or has begun
	stopped      bool  // the answer that it is part of was stopped
	refusal      error // of its output, the last one
}

func (a *Arbiter) do(x Action) { a.out = append(a.out, x) }

func (a *Arbiter) tag() string {
	a.tags++
	return a.c.Tags + strconv.Itoa(a.tags)
}
