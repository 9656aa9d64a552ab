package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/agent/internal/schema"
	"github.com/voicelane/realtime-go/internal/feed"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
)

// Options of a conversation. The zero Options is one in writing.
type Options struct {
	// Line is where the conversation is heard. The conversation does not close it. Without
	// a line the agent speaks if the session is the sideband of a call, whose sound does not
	// pass through this program, and writes otherwise. OutputModalities in the Session of an
	// Agent overrule both.
	Line voice.Line
	// Bridge holds settings of the bridge between session and line. Handlers of its Mux
	// get the events of the session too; they must not ask for responses.
	Bridge *voice.BridgeOptions
	// Keys is called for each key that the user presses, on the line or on the call that the
	// session stands beside, one after another. Nil tells the model: keys are collected until #
	// or a pause of 2 s, and are input of the user.
	Keys func(ctx context.Context, c *Conversation, key rune) error

	// Summary, when set, keeps the conversation short.
	Summary *Summary
	// Greeting is said first, word for word as far as the model obeys.
	Greeting string
	// Connect opens a session for an agent: the first one if [Start] is given none, and
	// another when the voice or the model of an agent differs.
	Connect func(ctx context.Context, a *Agent) (*realtime.Session, error)
	// Save, when set, saves the state of the conversation where another process finds it
	// that takes over by [Resume]. It is called after changes, one call after another unless
	// one outlasts its context of 10 s, and before a function of a tool with Once runs, which
	// waits for it: the function does not run, and the call fails with ErrNotSaved, when Save
	// returns an error. Other errors are a [*Warning], and Save is called again.
	Save func(ctx context.Context, st *State) error
	// SaveItems saves the items of the conversation too. Leave it off for calls, whose server
	// keeps them.
	SaveItems bool
	// Log gets records about calls that failed and about what the server refused, without
	// content; nil is the logger of the session.
	Log *slog.Logger
}

// Summary replaces the oldest items of a conversation that has grown long by a summary,
// between two turns. See [realtime.Conversation.Summarize].
type Summary struct {
	// Above is the number of items above which the conversation is long, and Keep the least
	// number that stays.
	Above, Keep int
	// Write writes the summary. An error is a [*Warning], and the next turn tries again.
	Write func(ctx context.Context, old []realtime.Item) (string, error)
}

// Conversation runs until one side ends it. All methods may be called from any
// goroutine, those of tools and guards included.
type Conversation struct {
	o      Options
	began  time.Time
	life   context.Context //nolint:containedctx // It is the conversation's own, which no caller's outlives.
	stop   context.CancelCauseFunc
	over   chan struct{}  // closed at the end
	prefix string         // of the tags of requests
	tasks  sync.WaitGroup // goroutines that run no code of the program

	turns  feed.Feed[*Turn]
	events feed.Feed[Event]
	bridge *voice.Bridge // nil in writing
	keys   chan rune     // on their way to Options.Keys; nil without
	quiet  chan struct{} // closed once nothing more is heard
	latest chan struct{} // closed when the turn that is over last is published

	mu        sync.Mutex // guards what follows; code of the program never runs under it
	step      func(e arbiter.Event)
	receive   func(s *realtime.Session)
	arbiter   *arbiter.Arbiter
	timer     delayed
	log       *slog.Logger
	session   *realtime.Session
	history   *realtime.Conversation // of the session
	agent     *Agent
	tools     map[string]*boundTool
	said      string // the instructions in force
	works     map[string]*work
	order     []*work // in the order of their calls, for the bound
	sayings   map[string]*sentence
	tags      map[string]*sentence // what a request asks for; nil for an answer
	inputs    map[string]*input    // items of the user that are not confirmed
	making    map[string]maker     // items that a response makes
	pending   []*work              // calls known by their arguments alone
	replies   map[string]*reply    // responses that run
	now       *exchange            // that the running response answers
	next      *exchange            // what the user said since that response began
	past      *exchange            // the last one that is over
	followed  uint64               // the version of the history that the handlers have followed
	since     uint64               // the version with which the session took over
	following chan struct{}        // has a token after it has changed; nil before the first hand-over
	lates     map[string]*work     // late results on their way, by their item
	data      []byte               // of the program
	changed   chan struct{}        // has a token after the state has changed; nil without Options.Save
	savers    []chan error         // that wait until the state is saved
	resumed   bool                 // a response may run that was not seen to begin
	echoes    bool                 // the server is known to echo metadata
	fresh     bool                 // a new server session has begun since the connection was lost
	down      bool
	// connections that took the place of lost ones, and what is closed by the next: nil while
	// nothing waits for it.
	connections int
	connected   chan struct{}
	leaving     bool // the agent wants to end the conversation
	departing   bool // and what it says is heard to its end
	shortening  bool // a summary is being made
	mux         *realtime.Mux
	attended    bool              // events are received
	stopped     time.Time         // when the user stopped to speak
	audible     map[string]*reply // responses whose sound is not over
	hearing     bool              // a goroutine follows what the line plays of them
	pause       time.Duration     // of the user that ends a turn
	digits      []rune            // keys that the model is not told of yet
	dialed      delayed           // tells it
	end         End
	finished    bool
}

// End tells who ended a conversation, and with which error.
type End struct {
	By  Side
	Err error
}

// Side is one of those who take part in a conversation.
type Side string

// The sides. Program is the caller of Close and HangUp, Model an agent with [EndCall],
// Service the server or the network.
const (
	User    Side = "user"
	Model   Side = "agent"
	Program Side = "program"
	Service Side = "service"
)

// boundTool is a tool of the agent that speaks.
type boundTool struct {
	*Tool

	schema  *schema.Schema
	handoff *Agent // the tool is a hand-off
}

// work is one call while it is known.
type work struct {
	Call

	response, item string
	tool           *boundTool // nil when the function is unknown
	agent          *Agent     // whose call it is
	exchange       *exchange
	output         string     // the id of the output's item
	begun          bool       // its function was called
	pending        bool       // the model goes on without its result
	told           bool       // and has been told of it
	before         *CallState // in another process; nil if there was none
	writing        bool       // a request that creates the output is under way
	again          string     // the key of a call that runs once for equal arguments
	follows        *work      // the call whose outcome it has, since it repeats that
	done           chan struct{}

	remote    bool        // the service calls an MCP server
	undecided bool        // once Agent.Approve allows it
	withdraw  func()      // ends the wait for that
	deleted   bool        // its item, or the note about it, was deleted
	late      *time.Timer // bounds that call
	began     time.Time
}

// turn returns the id of the turn of the user that a call belongs to. The lock is held.
func (w *work) turn() string {
	switch {
	case w.before != nil:
		return w.before.Turn
	case w.exchange != nil:
		return w.exchange.id
	default:
		return ""
	}
}

// sentence is a saying: what the program, a tool or a guard wants said.
type sentence struct {
	text     string
	exact    bool // word for word; otherwise the text is instructions
	instead  bool // of what a guard has stopped
	answer   *Answer
	exchange *exchange
	outcome  chan arbiter.Outcome // has room for one
	cause    error                // of the outcome; set before that
	awaited  bool                 // a call returns the outcome
	said     bool                 // its response has ended well, and is not heard yet
}

// maker is what is known of a call that a response makes.
type maker struct{ response, name string }

// input is what the user wrote, on its way to the conversation.
type input struct {
	text   string
	answer *Answer
}

// reply is a response of the model while it runs.
type reply struct {
	exchange *exchange
	sentence *sentence // nil for an answer
	spoke    bool      // some of it has arrived
	heard    *voice.Utterance
}

// guarding is what the guards of an exchange have looked at.
type guarding struct {
	unchecked int  // characters
	running   bool // a check runs
	final     bool // one more is due at the end of a response
}

// exchange is a turn that is not over.
type exchange struct {
	id        string   // the first item of the user, or one of its own
	items     []string // of the user
	turn      *Turn
	answers   []*Answer
	text      []byte
	since     time.Time       // the end of what the user said
	asked     bool            // the user has said something
	begun     bool            // a response to it has begun
	replies   []*reply        // on a line, in order
	unwritten map[string]bool // items of the user without a transcript
	written   chan struct{}   // closed once it is over and unwritten is empty
	silent    chan struct{}   // closed once it is over and all of it was heard or cut
	over      bool
	guards    guarding
	fault     error // why there is no answer
}

// Turns yields every turn that is over from the call on, until the conversation ends; the
// last pair holds the error with which the service ended it, if any, or
// [realtime.ErrBehind] for a loop that is more than 1,024 turns behind. A turn that
// the service did not answer is a turn, and its Err says why. Each further loop
// over the same iterator begins anew.
func (c *Conversation) Turns(ctx context.Context) iter.Seq2[*Turn, error] { return c.turns.From(ctx) }

// Watch yields what happens, as it happens, until the conversation ends, as
// [Conversation.Turns] does with turns.
func (c *Conversation) Watch(ctx context.Context) iter.Seq2[Event, error] { return c.events.From(ctx) }

// Agent returns the agent that speaks.
func (c *Conversation) Agent() *Agent {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.agent
}

// Line returns Options.Line.
func (c *Conversation) Line() voice.Line { return c.o.Line }

// Session returns the session that the agent speaks over. It may change with a hand-off.
func (c *Conversation) Session() *realtime.Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session
}

// End returns who ended the conversation; the zero End while it runs.
func (c *Conversation) End() End {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end
}

// Wait waits for the end. It returns nil when the user, an agent or the program ended
// the conversation, the error of the service otherwise, and the context's cause if that
// ends first. [Conversation.End] tells which.
func (c *Conversation) Wait(ctx context.Context) error {
	select {
	case <-c.over:
		return c.End().Err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// happen gives the arbiter an event.
func (c *Conversation) happen(e arbiter.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.finished {
		c.step(e)
	}
}

// warn passes an error that no call returns to [Conversation.Watch]. The lock may be held.
func (c *Conversation) warn(err error) { c.events.Put(&Warning{err}) }

// want has a sentence said. With a call it is that call's filler.
func (c *Conversation) want(s *sentence, call string) (id string) {
	id = "say_" + rand.Text()
	s.outcome = make(chan arbiter.Outcome, 1)
	put(&c.sayings, id, s)
	c.step(arbiter.Wanted{Saying: id, Call: call, Free: !s.exact, Aside: s.instead})
	return id
}

// failed logs a call that failed, without the text of a private tool or of a panic.
func (c *Conversation) failed(w *work, err error) {
	args := []any{"call_id", w.ID, "function", w.Tool}
	switch _, panicked := errors.AsType[*realtime.PanicError](err); {
	case panicked:
		args = append(args, "error", "panic")
	case w.tool == nil || !w.tool.Private:
		args = append(args, "error", err)
	}
	c.log.Warn("agent function call failed", args...)
	c.warn(&CallError{CallID: w.ID, Name: w.Tool, Err: err})
}

// shown returns a copy of a call for turns and events.
func shown(t *boundTool, call Call) *Call {
	if t != nil && t.Private {
		call.Arguments, call.Output = nil, ""
	}
	return &call
}

// silence stops the sound, and has the server hold what was heard.
func (c *Conversation) silence(ctx context.Context) error {
	if c.bridge == nil {
		return nil
	}
	_, err := c.bridge.Interrupt(ctx)
	return err
}
