// Package pending matches events that arrive with those that were sent and wait for an
// answer. It holds no lock.
package pending

import (
	"slices"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

const (
	// An event that was not answered by then is taken for one without an answer.
	unaskedAge = 30 * time.Second
	// A response that was asked for with a tag is recognized that long.
	taggedAge = 10 * time.Minute
	// An event whose predecessor was answered is answered by then, or not at all.
	lostAge    = 5 * time.Second
	unaskedMax = 256
)

// Call is an event that was sent and not answered: a request in flight, or, without a
// result channel, one that nothing waits for.
type Call struct {
	Kind    string          // the type of the client event
	Replies []string        // the types of the events that answer it, in order
	ID      string          // the client event's id
	Seq     uint64          // its place in the send queue
	About   string          // the id of what the event is about, such as an item; "" if it gives none
	InTurn  bool            // the event declares no such id: it takes its first reply in turn
	Tag     string          // of a response.create
	Begin   func(id string) // takes the response that was asked for, before Result does; may be nil
	sent    time.Time
	passed  time.Time   // when the answer came that was taken for its predecessor's
	Result  chan Answer // has room for one; nil when nothing waits

	guess     *api.ResponseCreated // may be its answer, as long as nothing shows otherwise
	Abandoned bool                 // by Respond, so that its response is not wanted
	Own       bool                 // sent by the session itself, which handles a refusal
}

// New returns the call for an event, or nil when nothing answers it.
func New(e api.ClientEvent) *Call {
	replies := api.ClientEventReplies(e)
	if len(replies) == 0 {
		return nil
	}
	about, subject := api.ClientEventSubject(e)
	return &Call{Kind: e.EventType(), Replies: replies, About: about, InTurn: !subject}
}

// Answer is the event that answers a call, or why none does.
type Answer struct {
	Event api.ServerEvent
	Err   error
}

// Calls are the calls in flight, in the order of the wire. Its methods run under
// desk.mu.
type Calls struct {
	calls  []*Call
	doubt  doubt // a refusal of which it is not known yet what it refuses
	echoes bool  // the server has echoed a tag, and so echoes each
	Ended  error // why there will be no answers any more
}

// Add enters a call.
func (r *Calls) Add(c *Call) {
	if r.Ended != nil {
		c.give(Answer{Err: r.Ended})
		return
	}
	c.sent = time.Now()
	unasked := r.expire(c.sent)
	if c.Result != nil || unasked < unaskedMax {
		r.calls = append(r.calls, c)
	}
}

// expire drops the calls that nothing waits for and that are too old to be answered. It
// returns how many others nothing waits for.
func (r *Calls) expire(now time.Time) (unasked int) {
	r.calls = slices.DeleteFunc(r.calls, func(c *Call) bool {
		if c.Result != nil {
			return false
		}
		age := now.Sub(c.sent)
		if age > taggedAge || age > unaskedAge && c.Tag == "" {
			return true
		}
		unasked++
		return false
	})
	return unasked
}

// Forget marks a call whose result is not wanted any more; see leave.
func (r *Calls) Forget(c *Call) {
	if i := slices.Index(r.calls, c); i >= 0 {
		r.leave(i)
	}
}

// leave marks a call whose result is not wanted any more. The call keeps its place, so
// that its answer or its refusal does not reach another one. A call that should have been
// answered long ago gives it up: an answer was lost, and each later one would be taken
// for that of the event before it.
func (r *Calls) leave(i int) {
	c := *r.calls[i]
	if !c.passed.IsZero() && time.Since(c.passed) >= lostAge {
		r.remove(i)
		r.conclude()
		return
	}
	c.Result, c.Begin, c.Abandoned = nil, nil, c.Abandoned || c.Begin != nil
	r.swapSuspect(r.calls[i], &c)
	r.calls[i] = &c
}

// remove takes out a call that is answered, refused or lost.
func (r *Calls) remove(i int) {
	r.calls = slices.Delete(r.calls, i, i+1)
}

// Refuse fails the calls whose places f picks.
func (r *Calls) Refuse(f func(seq uint64) bool, err error) {
	r.calls = slices.DeleteFunc(r.calls, func(c *Call) bool {
		if !f(c.Seq) {
			return false
		}
		c.give(Answer{Err: err})
		return true
	})
	r.doubt = doubt{}
}

// Withdraw fails the call whose event has left the send queue unwritten, so that the
// server cannot have refused it.
func (r *Calls) Withdraw(seq uint64, err error) {
	if i := slices.IndexFunc(r.calls, func(c *Call) bool { return c.Seq == seq }); i >= 0 {
		r.end(r.calls[i], err)
		r.conclude()
	}
}

// Interrupt fails the calls up to a place, unless they are sent again. It returns those
// that nothing waits for.
func (r *Calls) Interrupt(left uint64, again func(seq uint64) bool, err error) (silent []Silent) {
	for _, c := range r.calls {
		switch {
		case c.Seq > left, again(c.Seq):
			c.sent = time.Now().Add(time.Hour) // It does not age during the outage.
			c.passed, c.guess = time.Time{}, nil
		case c.Result == nil && !c.Own:
			silent = append(silent, Silent{EventID: c.ID, Type: c.Kind})
		}
	}
	r.Refuse(func(seq uint64) bool { return seq <= left && !again(seq) }, err)
	return silent
}

func (c *Call) give(a Answer) {
	if c.Result != nil {
		c.Result <- a
	}
}

// Stall fails the calls that a caller waits for, and returns how many there were.
// Their answers may still come, and must not be taken for those of others.
func (r *Calls) Stall(err error) (n int) {
	now := time.Now()
	for i, c := range r.calls {
		if c.Result != nil {
			c.give(Answer{Err: err})
			c.passed = time.Time{}
			r.leave(i)
			n++
		}
		r.calls[i].sent = now // What came meanwhile was not read.
	}
	return n
}

// Settlement is what an event means for the calls.
type Settlement struct {
	Unwanted string // the id of the response that has begun for an abandoned call
	Told     bool   // a call returns the refusal that the event is
}

// Settle gives an event to the calls that it answers: of each kind at most one, the
// oldest.
func (r *Calls) Settle(e api.ServerEvent) (s Settlement) {
	if len(r.calls) == 0 {
		return s
	}
	name := api.CanonicalServerEventType(e.EventType())
	if r.doubt.refusal != nil {
		r.decideFor(e, name)
	}
	r.confirm(e, &s)
	var kinds [4]string
	served := kinds[:0]
	for i := 0; i < len(r.calls); i++ {
		c := r.calls[i]
		reply := slices.Index(c.Replies, name)
		if reply < 0 || slices.Contains(served, c.Kind) || !r.answers(e, reply, c) {
			continue
		}
		if !c.beside() {
			served = append(served, c.Kind)
		}
		if created, ok := e.(*api.ResponseCreated); ok {
			if echoedTag(created) != c.Tag {
				c.guess = created
				continue
			}
			r.begin(c, created, &s)
		}
		if c.InTurn && c.Result == nil {
			r.pass(c.Kind)
		}
		c.give(Answer{Event: e})
		r.remove(i)
		i--
	}
	r.conclude()
	return s
}

// pass notes that an event of a kind was answered that nothing waits for.
func (r *Calls) pass(kind string) {
	for _, c := range r.calls {
		if c.Kind == kind && c.Result != nil {
			c.passed = time.Now()
		}
	}
}

// beside reports whether the event that answers a call answers the next one as well:
// nothing waits for it, and either it may be about something else or one event answers
// all of its kind.
func (c *Call) beside() bool {
	return c.Result == nil && !c.InTurn && (c.About == "" || c.Kind == eventCancel)
}

// begin notes that the response of a call has begun.
func (r *Calls) begin(c *Call, e *api.ResponseCreated, s *Settlement) {
	proven := c.Tag != "" && c.Tag == echoedTag(e)
	r.echoes = r.echoes || proven
	if c.Begin != nil {
		c.Begin(e.Response.ID)
	}
	// Without proof it may be another's, which must not be cancelled.
	if c.Abandoned && proven {
		s.Unwanted = e.Response.ID
	}
}

// confirm gives a call the response that it is taken to have begun, once that has output
// or ends: a server that began it by itself has refused the call by then.
func (r *Calls) confirm(e api.ServerEvent, s *Settlement) {
	id := ResponseOf(e)
	if done, ok := e.(*api.ResponseDone); ok {
		id = done.Response.ID
	}
	i := slices.IndexFunc(r.calls, func(c *Call) bool { return c.guess != nil && c.guess.Response.ID == id })
	if i < 0 {
		return
	}
	c := r.calls[i]
	r.begin(c, c.guess, s)
	c.give(Answer{Event: c.guess})
	r.remove(i)
}

// answers reports whether an event, which is the reply of that index, answers a call.
// A call that declares no subject takes its first reply in turn. One that declares a
// subject and gives none, such as a response.cancel for whatever runs, takes the next
// reply. A reply that gives none, as some servers send them, answers the oldest, if
// such replies come for nothing else.
func (r *Calls) answers(e api.ServerEvent, reply int, c *Call) bool {
	if c.InTurn {
		return reply == 0 && r.marked(e, c)
	}
	about, subject := api.ServerEventSubject(e)
	return !subject || c.About == "" || c.About == about || about == "" && len(c.Replies) == 1
}

// marked reports whether a response bears the tag of the call, or may be its response all
// the same. The tag is our own mark, of which the spec knows nothing; other events have
// none. A server that does not echo it leaves the metadata out, and then the responses
// come in turn; the service writes null for the responses of its own.
func (r *Calls) marked(e api.ServerEvent, c *Call) bool {
	created, ok := e.(*api.ResponseCreated)
	if !ok || echoedTag(created) == c.Tag {
		return true
	}
	mute := !r.echoes && created.Response.Metadata.IsZero()
	return mute && c.guess == nil && (c.Result != nil || time.Since(c.sent) <= unaskedAge)
}

// Tag is the metadata member that ties a response to the request that
// asked for it. The server echoes metadata, and nothing else.
const Tag = "realtime_go_request"

// echoedTag returns the tag of a response that has begun, or "".
func echoedTag(e *api.ResponseCreated) string {
	metadata, _ := e.Response.Metadata.Get()
	return metadata[Tag]
}

// Len returns how many calls are in flight.
func (r *Calls) Len() int { return len(r.calls) }

// Silent is an event without an answer that nothing waits for.
type Silent struct{ EventID, Type string }

// ResponseOf returns the response that a piece of output belongs to, or "" for events
// that an assembly has no use for.
func ResponseOf(e api.ServerEvent) string {
	switch e := e.(type) {
	case *api.ResponseOutputTextDelta:
		return e.ResponseID
	case *api.ResponseOutputAudioTranscriptDelta:
		return e.ResponseID
	case *api.ResponseOutputAudioDelta:
		return e.ResponseID
	case *api.ResponseOutputItemDone:
		return e.ResponseID
	case *api.ResponseContentPartAdded:
		return e.ResponseID
	case *api.ResponseContentPartDone:
		return e.ResponseID
	case *api.ResponseOutputTextDone:
		return e.ResponseID
	case *api.ResponseOutputAudioTranscriptDone:
		return e.ResponseID
	case *api.ResponseOutputAudioDone:
		return e.ResponseID
	case *api.ResponseFunctionCallArgumentsDone:
		return e.ResponseID
	default:
		return ""
	}
}
