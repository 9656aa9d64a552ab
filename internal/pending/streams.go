package pending

import (
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/socket"
)

// Stream is a response while it is followed.
type Stream interface {
	comparable

	// ID returns the response's id.
	ID() string
	// Observe takes an event of the response and reports whether it is the last one.
	Observe(e api.ServerEvent) (ended bool)
	// Awaited reports whether a call waits for what comes next.
	Awaited() bool
	// Fail ends the stream with an error.
	Fail(err error)
}

// Streams gives events to the responses that are followed. It is not safe for concurrent
// use.
type Streams[S Stream] struct {
	open map[string][]S // by the response's id
	n    int            // in open
	subs []*Subscriber[S]
	end  error // what subscribers get from now on; nil before the end
}

// Subscriber follows every response that begins.
type Subscriber[S Stream] struct {
	link.Inbox[S]

	begin func(id string) S
}

// NewSubscriber returns a subscriber for which begin makes a stream of each response.
func NewSubscriber[S Stream](begin func(id string) S) *Subscriber[S] {
	sub := &Subscriber[S]{begin: begin}
	// Streams are few, and the server's pace bounds their number.
	sub.Init(&link.Options{Overflow: socket.OverflowDropOldest, ReceiveQueueEvents: 1024}, nil)
	return sub
}

// Len returns the number of streams and subscribers.
func (f *Streams[S]) Len() int { return f.n + len(f.subs) }

// Add follows a response.
func (f *Streams[S]) Add(r S) {
	if f.open == nil {
		f.open = map[string][]S{}
	}
	f.open[r.ID()] = append(f.open[r.ID()], r)
	f.n++
}

// Subscribe adds a subscriber.
func (f *Streams[S]) Subscribe(sub *Subscriber[S]) {
	if f.end != nil {
		sub.Close(f.end)
		return
	}
	f.subs = append(f.subs, sub)
}

// Unsubscribe removes a subscriber.
func (f *Streams[S]) Unsubscribe(sub *Subscriber[S]) {
	f.subs = slices.DeleteFunc(f.subs, func(s *Subscriber[S]) bool { return s == sub })
}

// Observe gives an event to the streams of its response.
func (f *Streams[S]) Observe(e api.ServerEvent) {
	if f.Len() == 0 {
		return
	}
	var id string
	switch x := e.(type) {
	case *api.ResponseCreated:
		f.begin(x.Response.ID)
		return
	case *api.ResponseDone:
		id = x.Response.ID
	default:
		id = ResponseOf(e)
	}
	if id != "" {
		f.keep(id, func(r S) bool { return !r.Observe(e) })
	}
}

// keep takes out the streams of a response that keep refuses.
func (f *Streams[S]) keep(id string, keep func(S) bool) {
	list := f.open[id]
	kept := slices.DeleteFunc(list, func(r S) bool { return !keep(r) })
	if f.n -= len(list) - len(kept); len(kept) == 0 {
		delete(f.open, id)
	} else {
		f.open[id] = kept
	}
}

// begin makes a stream for each subscriber.
func (f *Streams[S]) begin(id string) {
	for _, sub := range f.subs {
		r := sub.begin(id)
		f.Add(r)
		_ = sub.Push(link.Arrival[S]{Event: r}) // It drops, and never waits.
	}
}

// Fail ends every stream with err and every subscriber with end.
func (f *Streams[S]) Fail(err, end error) {
	f.end = end
	f.FailOpen(err)
	for _, sub := range f.subs {
		sub.Close(end)
	}
}

// FailOpen ends the streams alone.
func (f *Streams[S]) FailOpen(err error) {
	for _, list := range f.open {
		for _, r := range list {
			r.Fail(err)
		}
	}
	f.open, f.n = nil, 0
}

// Stall fails the streams and the loops that a caller waits in, and returns how many
// there were.
func (f *Streams[S]) Stall(err error) (n int) {
	for id := range f.open {
		f.keep(id, func(r S) bool {
			if !r.Awaited() {
				return true
			}
			r.Fail(err)
			n++
			return false
		})
	}
	for _, sub := range f.subs {
		sub.Close(err)
		n++
	}
	return n
}
