package realtime

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// answerSort names a family of requests whose answers look alike.
type answerSort int

const (
	answerNone answerSort = iota
	answerUpdated
	answerCommitted
	answerCleared
	answerOutputCleared
	answerItem
	answerRetrieved
	answerDeleted
	answerTruncated
	answerResponse
	answerCancelled
	answerSorts
)

func answerKind(e api.ClientEvent) answerSort {
	switch e.(type) {
	case *api.SessionUpdate:
		return answerUpdated
	case *api.InputAudioBufferCommit:
		return answerCommitted
	case *api.InputAudioBufferClear:
		return answerCleared
	case *api.OutputAudioBufferClear:
		return answerOutputCleared
	case *api.ConversationItemCreate:
		return answerItem
	case *api.ConversationItemRetrieve:
		return answerRetrieved
	case *api.ConversationItemDelete:
		return answerDeleted
	case *api.ConversationItemTruncate:
		return answerTruncated
	case *api.ResponseCreate:
		return answerResponse
	case *api.ResponseCancel:
		return answerCancelled
	default:
		return answerNone
	}
}

// tracked reports events whose answers tell nothing of the request. They are
// noted even when nobody waits, so that their answers are not taken for those
// of a later request.
func tracked(e api.ClientEvent) bool { return answerKind(e).anonymous() }

func (k answerSort) anonymous() bool {
	switch k {
	case answerUpdated, answerCommitted, answerCleared, answerOutputCleared, answerResponse:
		return true
	default:
		return false
	}
}

const (
	// A sent event that was not answered by then never will be.
	unaskedAge = 30 * time.Second
	unaskedMax = 256
)

// call is a request in flight, or with no result channel an event that was
// sent without waiting.
type call struct {
	kind  answerSort
	id    string // the client event's id
	seq   uint64 // its place in the send queue
	key   string // the item's or the response's id
	tag   string
	final bool
	begun bool // the first answer has come, the final one has not
	sent  time.Time
	// created hears of the response that was asked for.
	created func(*api.Response)
	result  chan answer
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
		r.calls = append(r.calls, &call{kind: answerKind(e), id: id, seq: seq, sent: now})
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
	if c.kind.anonymous() && c.tag == "" && !c.begun {
		r.calls[i] = &call{kind: c.kind, id: c.id, seq: c.seq, sent: time.Now()}
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

// settle gives an event to the calls that it answers: at most one of each
// sort, the oldest. It reports whether the event is an error that a call returns.
func (r *requests) settle(e api.ServerEvent) (told bool) {
	if r.n.Load() == 0 {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if failure, ok := e.(*api.ErrorEvent); ok {
		return r.reject(failure)
	}
	var served [answerSorts]bool
	for i := 0; i < len(r.calls); i++ {
		c := r.calls[i]
		if served[c.kind] {
			continue
		}
		done, mine := c.match(e)
		served[c.kind] = mine
		if done {
			c.give(answer{event: e})
			r.remove(i)
			i--
		}
	}
	return false
}

// reject ends the call that an error names, and reports whether the call returns
// the error.
func (r *requests) reject(e *api.ErrorEvent) (told bool) {
	id := orEmpty(e.Error.EventID)
	if id == "" {
		return false
	}
	for i, c := range r.calls {
		if c.id == id {
			c.give(answer{err: NewServerError(e)})
			r.remove(i)
			return c.result != nil
		}
	}
	return false
}

// match reports whether e is about this call, and whether it is the answer
// that the call waits for.
func (c *call) match(e api.ServerEvent) (done, mine bool) {
	switch e := e.(type) {
	case *api.SessionUpdated:
		mine = c.kind == answerUpdated
	case *api.InputAudioBufferCommitted:
		mine = c.kind == answerCommitted
	case *api.InputAudioBufferCleared:
		mine = c.kind == answerCleared
	case *api.OutputAudioBufferCleared:
		mine = c.kind == answerOutputCleared
	case *api.ConversationItemRetrieved:
		mine = c.kind == answerRetrieved && itemID(e.Item) == c.key
	case *api.ConversationItemDeleted:
		mine = c.kind == answerDeleted && e.ItemID == c.key
	case *api.ConversationItemTruncated:
		mine = c.kind == answerTruncated && e.ItemID == c.key
	case *api.ConversationItemAdded:
		return c.matchItem(e.Item, false)
	case *api.ConversationItemCreated: // older servers say created for added
		return c.matchItem(e.Item, false)
	case *api.ConversationItemDone:
		return c.matchItem(e.Item, true)
	case *api.ResponseCreated:
		return c.matchCreated(&e.Response)
	case *api.ResponseDone:
		if c.kind == answerCancelled {
			mine = c.key == "" || c.key == e.Response.ID
			break
		}
		mine = c.kind == answerResponse && c.begun && c.key == e.Response.ID
	default:
	}
	return mine, mine
}

func (c *call) matchItem(item api.Item, last bool) (done, mine bool) {
	mine = c.kind == answerItem && c.key != "" && itemID(item) == c.key
	return mine && (last || !c.final), mine
}

func (c *call) matchCreated(r *api.Response) (done, mine bool) {
	if c.kind != answerResponse || c.begun {
		return false, false
	}
	metadata, _ := r.Metadata.Get()
	if metadata[requestTag] != c.tag {
		return false, false
	}
	c.begun, c.key = true, r.ID
	if c.created != nil {
		c.created(r)
	}
	return !c.final, true
}
