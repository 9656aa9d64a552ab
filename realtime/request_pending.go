package realtime

import (
	"slices"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// tracked reports whether the answers to e carry nothing of e. Such events are noted
// even if no request waits, so that their answers are not taken for those of a later
// request.
func tracked(e api.ClientEvent) bool {
	_, about := api.ClientEventSubject(e)
	return !about && api.ClientEventReplies(e) != nil
}

const (
	// An event that was not answered by then is taken for one without an answer.
	unaskedAge = 30 * time.Second
	unaskedMax = 256
)

// call is a request in flight, or, without a result channel, an event that was sent
// without waiting.
type call struct {
	kind    string          // the type of the client event
	replies []string        // the types of the events that answer it, in order
	id      string          // the client event's id
	seq     uint64          // its place in the send queue
	about   string          // the id of what the event is about, such as an item; "" if it gives none
	inTurn  bool            // the event declares no such id: it takes its first reply in turn
	tag     string          // of a response.create
	stream  *ResponseStream // takes the response that was asked for; may be nil
	sent    time.Time       // of an event without a result
	result  chan answer     // has room for one; nil when nothing waits
}

func newCall(e api.ClientEvent, id string, seq uint64) *call {
	about, subject := api.ClientEventSubject(e)
	return &call{kind: e.EventType(), replies: api.ClientEventReplies(e), id: id, seq: seq, about: about, inTurn: !subject}
}

type answer struct {
	event api.ServerEvent
	err   error
}

// requests are the calls in flight, in the order of the wire. Its methods run under
// desk.mu.
type requests struct {
	calls []*call
	ended error // why there will be no answers any more
}

func (r *requests) add(c *call) {
	if r.ended != nil {
		c.result <- answer{err: r.ended}
		return
	}
	r.calls = append(r.calls, c)
}

// note enters a call that nothing waits for, and drops those that are too old to be
// answered.
func (r *requests) note(c *call) {
	c.sent = time.Now()
	unasked := 0
	r.calls = slices.DeleteFunc(r.calls, func(old *call) bool {
		if old.result != nil {
			return false
		}
		unasked++
		return c.sent.Sub(old.sent) > unaskedAge
	})
	if unasked < unaskedMax && r.ended == nil {
		r.calls = append(r.calls, c)
	}
}

func (r *requests) forget(c *call) {
	if i := slices.Index(r.calls, c); i >= 0 {
		r.leave(i)
	}
}

// leave takes out a call whose result is not wanted any more. It reports true when
// the call keeps its place, so that its answer does not reach the next one.
func (r *requests) leave(i int) (kept bool) {
	c := r.calls[i]
	if c.inTurn && c.tag == "" {
		r.calls[i] = &call{kind: c.kind, replies: c.replies, inTurn: true, id: c.id, seq: c.seq, sent: time.Now()}
		return true
	}
	r.remove(i)
	return false
}

func (r *requests) remove(i int) { r.calls = slices.Delete(r.calls, i, i+1) }

// refuse fails the calls whose places f picks.
func (r *requests) refuse(f func(seq uint64) bool, err error) {
	r.calls = slices.DeleteFunc(r.calls, func(c *call) bool {
		if !f(c.seq) {
			return false
		}
		c.give(answer{err: err})
		return true
	})
}

// interrupt fails the calls up to a place, unless they are sent again. It returns those
// that nothing waits for.
func (r *requests) interrupt(left uint64, again func(seq uint64) bool, err error) (silent []Unanswered) {
	for _, c := range r.calls {
		switch {
		case c.seq > left:
		case again(c.seq):
			c.sent = time.Now().Add(time.Hour) // It does not age during the outage.
		case c.result == nil:
			silent = append(silent, Unanswered{EventID: c.id, Type: c.kind})
		}
	}
	r.refuse(func(seq uint64) bool { return seq <= left && !again(seq) }, err)
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
	for i := 0; i < len(r.calls); i++ {
		c := r.calls[i]
		if c.result == nil {
			continue
		}
		c.give(answer{err: err})
		n++
		if !r.leave(i) {
			i--
		}
	}
	return n
}

// settle gives an event to the calls that it answers: of each kind at most one, the
// oldest. It returns the stream of the response that has begun for a call, if any,
// and whether a call returns the refusal that the event is.
func (r *requests) settle(e api.ServerEvent) (begun *ResponseStream, told bool) {
	if len(r.calls) == 0 {
		return nil, false
	}
	if id, refusal := api.ServerEventCause(e); refusal {
		return nil, r.reject(id, e)
	}
	name := api.CanonicalServerEventType(e.EventType())
	var kinds [4]string
	served := kinds[:0]
	for i := 0; i < len(r.calls); i++ {
		c := r.calls[i]
		reply := slices.Index(c.replies, name)
		if reply < 0 || slices.Contains(served, c.kind) || !c.takes(e, reply) {
			continue
		}
		served = append(served, c.kind)
		if c.stream != nil {
			c.stream.id, _ = api.ServerEventSubject(e)
			begun = c.stream
		}
		c.give(answer{event: e})
		r.remove(i)
		i--
	}
	return begun, false
}

// reject fails the call that an error names, and reports whether the call returns
// the error.
func (r *requests) reject(id string, e api.ServerEvent) (told bool) {
	if id == "" {
		return false
	}
	for i, c := range r.calls {
		if c.id == id {
			c.give(answer{err: refusal(e)})
			r.remove(i)
			return c.result != nil
		}
	}
	return false
}

// takes reports whether an event, which is the reply of that index, answers the call.
// An event that declares no subject takes its first reply in turn. One that declares a
// subject and gives none, such as a response.cancel for whatever runs, takes the next
// reply.
func (c *call) takes(e api.ServerEvent, reply int) bool {
	if c.inTurn {
		return reply == 0 && c.tagged(e)
	}
	about, subject := api.ServerEventSubject(e)
	return !subject || c.about == "" || c.about == about
}

// tagged reports whether a response bears the tag of the call. The tag is our own
// mark, of which the spec knows nothing; other events have none.
func (c *call) tagged(e api.ServerEvent) bool {
	created, ok := e.(*api.ResponseCreated)
	if !ok {
		return true
	}
	metadata, _ := created.Response.Metadata.Get()
	return metadata[requestTag] == c.tag
}

// refusal is the error of an event that refuses another.
func refusal(e api.ServerEvent) error {
	if failure, ok := e.(*api.ErrorEvent); ok {
		return NewServerError(failure)
	}
	return &ServerError{Detail: api.Error{Type: e.EventType(), Message: "the server refused the event"}}
}

// requestTag is the metadata member that ties a response to the request that
// asked for it. The server echoes metadata, and nothing else.
const requestTag = "realtime_go_request"
