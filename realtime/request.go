package realtime

import (
	"sync"
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/pending"
)

// desk matches events that arrive with the requests and the streams of responses that
// wait for them. The history of a session that reconnects shares its lock, since the
// same events change both.
//
// Lock order: Outbox.mu, whose hooks enter or withdraw a request and look up a function call;
// then desk.mu; then ResponseStream.mu or the Inbox.mu of a subscriber, which are
// leaves. No method of the connection is called under desk.mu.
type desk struct {
	// busy counts calls, streams and subscribers. It changes under mu and is read
	// without: while it is 0 an event takes no lock.
	busy atomic.Int64

	mu       sync.Mutex // guards what follows
	requests pending.Calls
	streams  pending.Streams[*gathered]
}

// unlock gives the lock back.
func (d *desk) unlock() {
	d.busy.Store(int64(d.requests.Len() + d.streams.Len()))
	d.mu.Unlock()
}

// idle reports whether nothing waits.
func (d *desk) idle() bool { return d.busy.Load() == 0 }

// observe passes an event to the requests and streams that wait for it. It reports
// whether a request returns the error that the event holds, and returns the id of a
// response that has begun for an abandoned [Session.Respond], which is to be cancelled.
// The lock is held.
func (d *desk) observe(e api.ServerEvent) (told bool, unwanted string) {
	var s pending.Settlement
	if id, refuses := api.ServerEventCause(e); refuses {
		s.Told = d.requests.Reject(id, e, refusal(e))
	} else {
		s = d.requests.Settle(e)
	}
	if s.Unwanted == "" {
		d.streams.Observe(e)
	}
	return s.Told, s.Unwanted
}

// add enters an event that was sent, and whose answer or refusal must not be taken for
// those of others, whether a request waits for it or not.
func (d *desk) add(c *pending.Call) {
	d.mu.Lock()
	defer d.unlock()
	d.requests.Add(c)
}

// forget takes back a request whose caller has stopped waiting.
func (d *desk) forget(c *pending.Call) {
	d.mu.Lock()
	defer d.unlock()
	d.requests.Forget(c)
}

// subscribe returns a subscriber to the responses that begin from now on.
func (d *desk) subscribe(limit int) *subscriber {
	sub := newSubscriber(limit)
	d.mu.Lock()
	defer d.unlock()
	d.streams.Subscribe(sub)
	return sub
}

func (d *desk) unsubscribe(sub *subscriber) {
	d.mu.Lock()
	defer d.unlock()
	d.streams.Unsubscribe(sub)
}

// stall fails requests, streams and subscribers that a caller waits for, and returns
// how many there were.
func (d *desk) stall(err error) int {
	d.mu.Lock()
	defer d.unlock()
	return d.requests.Stall(err) + d.streams.Stall(err)
}

// interrupt fails the requests whose events have left the send queue, up to that
// place, and the streams: a new link will not answer them. It leaves alone what is sent
// again. It returns the events without an answer that nothing waits for. The lock is
// held.
func (d *desk) interrupt(left uint64, again func(seq uint64) bool, err error) (list []Unanswered) {
	d.streams.FailOpen(err)
	for _, silent := range d.requests.Interrupt(left, again, err) {
		list = append(list, Unanswered(silent))
	}
	return list
}

// refuse fails the requests of events that will not be sent. The lock is held.
func (d *desk) refuse(f func(seq uint64) bool, err error) { d.requests.Refuse(f, err) }

// withdraw fails the request whose event was taken out of the send queue.
func (d *desk) withdraw(seq uint64, err error) {
	d.mu.Lock()
	defer d.unlock()
	d.requests.Withdraw(seq, err)
}

// fail ends everything at the end of the session: subscribers with what Recv
// returns, the rest with the refusal.
func (d *desk) fail(refusal, received error) {
	d.mu.Lock()
	defer d.unlock()
	d.requests.Ended = refusal
	d.requests.Refuse(func(uint64) bool { return true }, refusal)
	d.streams.Fail(refusal, received)
}
