package realtime

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
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
	// A sent event that was not answered by then never will be.
	unaskedAge = 30 * time.Second
	unaskedMax = 256
)

// call is a request in flight, or with no result channel an event that was
// sent without waiting.
type call struct {
	kind    string   // the type of the client event
	replies []string // the types of the events that answer it, in order
	id      string   // the client event's id
	seq     uint64   // its place in the send queue
	// about is the id of what the event is about, such as an item; "" if that is not
	// known (yet). An event that does not declare a subject takes it from its first
	// reply.
	about   string
	inTurn  bool // declares no subject
	tag     string
	final   bool
	begun   bool // the first answer has come, the final one has not
	sent    time.Time
	created func(*api.Response) // runs when the response that was asked for is created
	result  chan answer
}

func newCall(e api.ClientEvent, id string, seq uint64) *call {
	about, subject := api.ClientEventSubject(e)
	return &call{kind: e.EventType(), replies: api.ClientEventReplies(e), id: id, seq: seq, about: about, inTurn: !subject}
}

type answer struct {
	event api.ServerEvent
	err   error
}

// requests are the calls in flight, in wire order.
type requests struct {
	n     atomic.Int64
	mu    sync.Mutex
	calls []*call
	ended error
}

func (r *requests) add(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended != nil {
		c.result <- answer{err: r.ended}
		return
	}
	r.calls = append(r.calls, c)
	r.n.Store(int64(len(r.calls)))
}

// note remembers an event that was sent without waiting for its answer.
func (r *requests) note(id string, seq uint64, e api.ClientEvent) {
	if !tracked(e) {
		return
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	unasked := 0
	r.calls = slices.DeleteFunc(r.calls, func(c *call) bool {
		if c.result != nil {
			return false
		}
		unasked++
		return now.Sub(c.sent) > unaskedAge
	})
	if unasked < unaskedMax && r.ended == nil {
		c := newCall(e, id, seq)
		c.sent = now
		r.calls = append(r.calls, c)
	}
	r.n.Store(int64(len(r.calls)))
}

func (r *requests) forget(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.Index(r.calls, c)
	if i < 0 {
		return
	}
	r.leave(i)
}

// leave takes out a call that nobody waits for any more, or reports that it
// keeps the place for its answer, which must not reach the next one.
func (r *requests) leave(i int) (kept bool) {
	c := r.calls[i]
	if c.inTurn && c.tag == "" && !c.begun {
		r.calls[i] = &call{kind: c.kind, replies: c.replies, inTurn: true, id: c.id, seq: c.seq, sent: time.Now()}
		return true
	}
	r.remove(i)
	return false
}

func (r *requests) remove(i int) {
	r.calls = slices.Delete(r.calls, i, i+1)
	r.n.Store(int64(len(r.calls)))
}

// fail ends every call.
func (r *requests) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = err
	r.failUpTo(math.MaxUint64, err)
}

// interrupt ends the calls whose events have left the send queue: a new
// connection will not answer them.
func (r *requests) interrupt(left uint64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failUpTo(left, err)
}

func (r *requests) failUpTo(seq uint64, err error) {
	r.calls = slices.DeleteFunc(r.calls, func(c *call) bool {
		if c.seq > seq {
			return false
		}
		c.give(answer{err: err})
		return true
	})
	r.n.Store(int64(len(r.calls)))
}

func (c *call) give(a answer) {
	if c.result != nil {
		c.result <- a
	}
}

// stall ends the calls that somebody waits for, and reports how many there
// were. Their answers may still come, and must not be taken for others'.
func (r *requests) stall(err error) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
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
// oldest.
func (r *requests) settle(e api.ServerEvent) {
	if r.n.Load() == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if id, refusal := api.ServerEventCause(e); refusal {
		r.reject(id, e)
		return
	}
	name := api.CanonicalServerEventType(e.EventType())
	var kinds [4]string
	served := kinds[:0]
	for i := 0; i < len(r.calls); i++ {
		c := r.calls[i]
		reply := slices.Index(c.replies, name)
		if reply < 0 || slices.Contains(served, c.kind) || !c.take(e, reply) {
			continue
		}
		served = append(served, c.kind)
		if c.final && reply < len(c.replies)-1 {
			continue
		}
		c.give(answer{event: e})
		r.remove(i)
		i--
	}
}

// reject ends the call that an error names.
func (r *requests) reject(id string, e api.ServerEvent) {
	if id == "" {
		return
	}
	for i, c := range r.calls {
		if c.id == id {
			c.give(answer{err: refusal(e)})
			r.remove(i)
			return
		}
	}
}

// take reports whether an event, which is the reply of that index, answers the call.
// The first reply to an event that declares no subject comes in turn, and the others
// are about the same as it. An event whose subject is declared and not given, such as
// a response.cancel for whatever runs, takes the next reply.
func (c *call) take(e api.ServerEvent, reply int) bool {
	about, subject := api.ServerEventSubject(e)
	if c.inTurn && !c.begun {
		if reply > 0 || !c.tagged(e) {
			return false
		}
		c.begun, c.about = true, about
		return true
	}
	return !subject || c.about == "" || c.about == about
}

// tagged reports whether a response bears the tag of the call that asked for it, and
// tells the call of it. The tag is our own mark, of which the spec knows nothing;
// other events have none.
func (c *call) tagged(e api.ServerEvent) bool {
	created, ok := e.(*api.ResponseCreated)
	if !ok {
		return true
	}
	metadata, _ := created.Response.Metadata.Get()
	if metadata[requestTag] != c.tag {
		return false
	}
	if c.created != nil {
		c.created(&created.Response)
	}
	return true
}

// refusal is the error of an event that refuses another.
func refusal(e api.ServerEvent) error {
	if failure, ok := e.(*api.ErrorEvent); ok {
		return NewServerError(failure)
	}
	return &ServerError{Detail: api.Error{Type: e.EventType(), Message: "the server refused the event"}}
}
