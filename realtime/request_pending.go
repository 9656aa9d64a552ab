package realtime

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

// call is an event that was sent and not answered: a request in flight, or, without a
// result channel, one that nothing waits for.
type call struct {
	kind    string          // the type of the client event
	replies []string        // the types of the events that answer it, in order
	id      string          // the client event's id
	seq     uint64          // its place in the send queue
	about   string          // the id of what the event is about, such as an item; "" if it gives none
	inTurn  bool            // the event declares no such id: it takes its first reply in turn
	tag     string          // of a response.create
	stream  *ResponseStream // takes the response that was asked for; may be nil
	sent    time.Time
	passed  time.Time   // when the answer came that was taken for its predecessor's
	result  chan answer // has room for one; nil when nothing waits

	guess     *api.ResponseCreated // may be its answer, as long as nothing shows otherwise
	abandoned bool                 // by Respond, so that its response is not wanted
	own       bool                 // sent by the session itself, which is told of a refusal
}

// newCall returns the call for an event, or nil when nothing answers it.
func newCall(e api.ClientEvent) *call {
	replies := api.ClientEventReplies(e)
	if len(replies) == 0 {
		return nil
	}
	about, subject := api.ClientEventSubject(e)
	return &call{kind: e.EventType(), replies: replies, about: about, inTurn: !subject}
}

type answer struct {
	event api.ServerEvent
	err   error
}

// requests are the calls in flight, in the order of the wire. Its methods run under
// desk.mu.
type requests struct {
	calls  []*call
	doubt  doubt // a refusal of which it is not known yet what it refuses
	echoes bool  // the server has echoed a tag, and so echoes each
	ended  error // why there will be no answers any more
}

// add enters a call.
func (r *requests) add(c *call) {
	if r.ended != nil {
		c.give(answer{err: r.ended})
		return
	}
	c.sent = time.Now()
	unasked := r.expire(c.sent)
	if c.result != nil || unasked < unaskedMax {
		r.calls = append(r.calls, c)
	}
}

// expire drops the calls that nothing waits for and that are too old to be answered. It
// returns how many others nothing waits for.
func (r *requests) expire(now time.Time) (unasked int) {
	r.calls = slices.DeleteFunc(r.calls, func(c *call) bool {
		if c.result != nil {
			return false
		}
		age := now.Sub(c.sent)
		if age > taggedAge || age > unaskedAge && c.tag == "" {
			return true
		}
		unasked++
		return false
	})
	return unasked
}

func (r *requests) forget(c *call) {
	if i := slices.Index(r.calls, c); i >= 0 {
		r.leave(i)
	}
}

// leave marks a call whose result is not wanted any more. The call keeps its place, so
// that its answer or its refusal does not reach another one. A call that should have been
// answered long ago gives it up: an answer was lost, and each later one would be taken
// for that of the event before it.
func (r *requests) leave(i int) {
	c := *r.calls[i]
	if !c.passed.IsZero() && time.Since(c.passed) >= lostAge {
		r.remove(i)
		r.conclude()
		return
	}
	c.result, c.stream, c.abandoned = nil, nil, c.abandoned || c.stream != nil
	r.swapSuspect(r.calls[i], &c)
	r.calls[i] = &c
}

// remove takes out a call that is answered, refused or lost.
func (r *requests) remove(i int) {
	r.calls = slices.Delete(r.calls, i, i+1)
}

// failWhere fails the calls whose places f picks.
func (r *requests) failWhere(f func(seq uint64) bool, err error) {
	r.calls = slices.DeleteFunc(r.calls, func(c *call) bool {
		if !f(c.seq) {
			return false
		}
		c.give(answer{err: err})
		return true
	})
	r.doubt = doubt{}
}

// interrupt fails the calls up to a place, unless they are sent again. It returns those
// that nothing waits for, but for the session's own. What the old link showed of the
// answers to the other calls holds no more.
func (r *requests) interrupt(left uint64, again func(seq uint64) bool, err error) (silent []Unanswered) {
	for _, c := range r.calls {
		switch {
		case c.seq > left, again(c.seq):
			c.sent = time.Now().Add(time.Hour) // It does not age during the outage.
			c.passed, c.guess = time.Time{}, nil
		case c.result == nil && !c.own:
			silent = append(silent, Unanswered{EventID: c.id, Type: c.kind})
		}
	}
	r.failWhere(func(seq uint64) bool { return seq <= left && !again(seq) }, err)
	return silent
}

func (c *call) give(a answer) {
	if c.result != nil {
		c.result <- a
	}
}

// stall fails the calls that a caller waits for, and returns how many there were.
// Their answers may still come, and must not be taken for those of others.
func (r *requests) stall(err error) (n int) {
	now := time.Now()
	for i, c := range r.calls {
		if c.result != nil {
			c.give(answer{err: err})
			c.passed = time.Time{}
			r.leave(i)
			n++
		}
		r.calls[i].sent = now // What came meanwhile was not read.
	}
	return n
}

// settlement is what an event means for the calls.
type settlement struct {
	begun    *ResponseStream // of the response that has begun for a call; may be nil
	unwanted string          // the id of the response that has begun for an abandoned call
	told     bool            // a call returns the refusal that the event is
}

// settle gives an event to the calls that it answers: of each kind at most one, the
// oldest.
func (r *requests) settle(e api.ServerEvent) (s settlement) {
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
		reply := slices.Index(c.replies, name)
		if reply < 0 || slices.Contains(served, c.kind) || !r.answers(e, reply, c) {
			continue
		}
		if !c.beside() {
			served = append(served, c.kind)
		}
		if created, ok := e.(*api.ResponseCreated); ok {
			if echoedTag(created) != c.tag {
				c.guess = created
				continue
			}
			r.begin(c, created, &s)
		}
		if c.inTurn && c.result == nil {
			r.pass(c.kind)
		}
		c.give(answer{event: e})
		r.remove(i)
		i--
	}
	r.conclude()
	return s
}

// pass notes that an event of a kind was answered that nothing waits for.
func (r *requests) pass(kind string) {
	for _, c := range r.calls {
		if c.kind == kind && c.result != nil {
			c.passed = time.Now()
		}
	}
}

// beside reports whether the event that answers a call answers the next one as well:
// nothing waits for it, and either it may be about something else or one event answers
// all of its kind.
func (c *call) beside() bool {
	return c.result == nil && !c.inTurn && (c.about == "" || c.kind == eventCancel)
}

// begin notes that the response of a call has begun.
func (r *requests) begin(c *call, e *api.ResponseCreated, s *settlement) {
	proven := c.tag != "" && c.tag == echoedTag(e)
	r.echoes = r.echoes || proven
	if c.stream != nil {
		c.stream.id = e.Response.ID
		s.begun = c.stream
	}
	// Without proof it may be another's, which must not be cancelled.
	if c.abandoned && proven {
		s.unwanted = e.Response.ID
	}
}

// confirm gives a call the response that it is taken to have begun, once that has output
// or ends: a server that began it by itself has refused the call by then.
func (r *requests) confirm(e api.ServerEvent, s *settlement) {
	id := responseID(e)
	if done, ok := e.(*api.ResponseDone); ok {
		id = done.Response.ID
	}
	i := slices.IndexFunc(r.calls, func(c *call) bool { return c.guess != nil && c.guess.Response.ID == id })
	if i < 0 {
		return
	}
	c := r.calls[i]
	r.begin(c, c.guess, s)
	c.give(answer{event: c.guess})
	r.remove(i)
}

// answers reports whether an event, which is the reply of that index, answers a call.
// A call that declares no subject takes its first reply in turn. One that declares a
// subject and gives none, such as a response.cancel for whatever runs, takes the next
// reply. A reply that gives none, as some servers send them, answers the oldest, if
// such replies come for nothing else.
func (r *requests) answers(e api.ServerEvent, reply int, c *call) bool {
	if c.inTurn {
		return reply == 0 && r.marked(e, c)
	}
	about, subject := api.ServerEventSubject(e)
	return !subject || c.about == "" || c.about == about || about == "" && len(c.replies) == 1
}

// marked reports whether a response bears the tag of the call, or may be its response all
// the same. The tag is our own mark, of which the spec knows nothing; other events have
// none. A server that does not echo it leaves the metadata out, and then the responses
// come in turn; the service writes null for the responses of its own.
func (r *requests) marked(e api.ServerEvent, c *call) bool {
	created, ok := e.(*api.ResponseCreated)
	if !ok || echoedTag(created) == c.tag {
		return true
	}
	mute := !r.echoes && created.Response.Metadata.IsZero()
	return mute && c.guess == nil && (c.result != nil || time.Since(c.sent) <= unaskedAge)
}

// requestTag is the metadata member that ties a response to the request that
// asked for it. The server echoes metadata, and nothing else.
const requestTag = "realtime_go_request"

// echoedTag returns the tag of a response that has begun, or "".
func echoedTag(e *api.ResponseCreated) string {
	metadata, _ := e.Response.Metadata.Get()
	return metadata[requestTag]
}
