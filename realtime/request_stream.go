package realtime

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/assemble"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/pending"
	"github.com/voicelane/realtime-go/socket"
)

// ResponseStream is one response while it arrives. Any number of goroutines can read
// it, each from the beginning. It does not depend on the receiver of events, but the
// receive queue must not stay full: receive events or call [Session.Discard] (see
// Options.ReceiveStall).
type ResponseStream struct {
	id    string // set before the stream is handed out
	limit int

	mu      sync.Mutex // guards what follows; a leaf
	output  assemble.Output
	done    *api.Response
	err     error
	changed chan struct{} // closed at the next change; nil while no call waits
}

// ID returns the response's id.
func (r *ResponseStream) ID() string { return r.id }

// Audio returns a reader of the response's audio from its beginning. It ends with
// [io.EOF] when the response is done, with any status: for a response that failed or
// was cancelled see [Answer.Err].
func (r *ResponseStream) Audio(ctx context.Context) io.Reader {
	return &audioReader{ctx: ctx, r: r, from: assemble.NewReader(assemble.Audio)}
}

// Text iterates over the written output as it arrives. It returns no error for a
// response that failed or was cancelled, see [Answer.Err].
func (r *ResponseStream) Text(ctx context.Context) iter.Seq2[string, error] {
	return r.pieces(ctx, assemble.Text)
}

// Transcript iterates over the words of the spoken output as they arrive. It returns
// no error for a response that failed or was cancelled, see [Answer.Err].
func (r *ResponseStream) Transcript(ctx context.Context) iter.Seq2[string, error] {
	return r.pieces(ctx, assemble.Transcript)
}

// Answer waits for the end of the response and returns all of it. The error is the
// session's, the context's, or [ErrStreamTooLarge]; for a response that failed or was
// cancelled see [Answer.Err].
func (r *ResponseStream) Answer(ctx context.Context) (*Answer, error) {
	for {
		r.mu.Lock()
		if r.err != nil {
			defer r.mu.Unlock()
			return nil, r.err
		}
		if r.done != nil {
			defer r.mu.Unlock()
			return newAnswer(&r.output, r.done), nil
		}
		wait := r.wait()
		r.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ctxerr.Of(ctx)
		}
	}
}

// wait returns a channel that is closed at the next change. The lock is held.
func (r *ResponseStream) wait() <-chan struct{} {
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return r.changed
}

// wake ends the waits for a change. The lock is held.
func (r *ResponseStream) wake() {
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

// next waits for output that was not read yet and returns it, or the reason why there
// will be none: io.EOF after the end.
func (r *ResponseStream) next(ctx context.Context, from *assemble.Reader) ([]byte, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, ctxerr.Of(ctx)
		}
		r.mu.Lock()
		if b := from.Next(&r.output, r.done != nil || r.err != nil); len(b) > 0 {
			r.mu.Unlock()
			return b, nil
		}
		err := r.err
		if err == nil && r.done != nil {
			err = io.EOF
		}
		wait := r.wait()
		r.mu.Unlock()
		if err != nil {
			return nil, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
		}
	}
}

func (r *ResponseStream) pieces(ctx context.Context, kind assemble.Kind) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		from := assemble.NewReader(kind)
		eventLoop(ctx, func(ctx context.Context) (string, error) {
			b, err := r.next(ctx, &from)
			from.Advance(len(b))
			return string(b), err
		})(yield)
	}
}

type audioReader struct {
	ctx  context.Context //nolint:containedctx // io.Reader has no room for one.
	r    *ResponseStream
	from assemble.Reader
}

func (a *audioReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := a.r.next(a.ctx, &a.from)
	n := copy(p, b)
	a.from.Advance(n)
	return n, err
}

// observe takes an event of this response and reports whether it is the last one.
func (r *ResponseStream) observe(e api.ServerEvent) (ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.wake()
	if done, ok := e.(*api.ResponseDone); ok {
		r.done = &done.Response
		return true
	}
	r.output.Add(e)
	if r.limit > 0 && r.output.Size() > r.limit {
		r.err = fmt.Errorf("%w: %d bytes", ErrStreamTooLarge, r.limit)
		return true
	}
	return false
}

// awaited reports whether a call waits for a change.
func (r *ResponseStream) awaited() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed != nil
}

func (r *ResponseStream) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done == nil && r.err == nil {
		r.err = err
	}
	r.wake()
}

// streams gives events to the responses that are followed. Its methods run under
// desk.mu.
type streams struct {
	open map[string][]*ResponseStream // by the response's id
	n    int                          // in open
	subs []*subscriber
	end  error // what subscribers get from now on; nil before the end
}

// subscriber follows every response that begins.
type subscriber struct {
	link.Inbox[*ResponseStream]

	limit int
}

func newSubscriber(limit int) *subscriber {
	sub := &subscriber{limit: limit}
	// Streams are few, and the server's pace bounds their number.
	sub.Init(&link.Options{Overflow: socket.OverflowDropOldest, ReceiveQueueEvents: 1024}, nil)
	return sub
}

// count returns the number of streams and subscribers.
func (f *streams) count() int { return f.n + len(f.subs) }

func (f *streams) add(r *ResponseStream) {
	if f.open == nil {
		f.open = map[string][]*ResponseStream{}
	}
	f.open[r.id] = append(f.open[r.id], r)
	f.n++
}

func (f *streams) subscribe(sub *subscriber) {
	if f.end != nil {
		sub.Close(f.end)
		return
	}
	f.subs = append(f.subs, sub)
}

func (f *streams) unsubscribe(sub *subscriber) {
	f.subs = slices.DeleteFunc(f.subs, func(s *subscriber) bool { return s == sub })
}

func (f *streams) observe(e api.ServerEvent) {
	if f.count() == 0 {
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
		id = pending.ResponseOf(e)
	}
	if id != "" {
		f.keep(id, func(r *ResponseStream) bool { return !r.observe(e) })
	}
}

// keep takes out the streams of a response that keep refuses.
func (f *streams) keep(id string, keep func(*ResponseStream) bool) {
	list := f.open[id]
	kept := slices.DeleteFunc(list, func(r *ResponseStream) bool { return !keep(r) })
	if f.n -= len(list) - len(kept); len(kept) == 0 {
		delete(f.open, id)
	} else {
		f.open[id] = kept
	}
}

// begin makes a stream for each subscriber.
func (f *streams) begin(id string) {
	for _, sub := range f.subs {
		r := &ResponseStream{id: id, limit: sub.limit}
		f.add(r)
		_ = sub.Push(link.Arrival[*ResponseStream]{Event: r}) // It drops, and never waits.
	}
}

// fail ends every stream with err and every subscriber with end.
func (f *streams) fail(err, end error) {
	f.end = end
	f.failOpen(err)
	for _, sub := range f.subs {
		sub.Close(end)
	}
}

// failOpen ends the streams alone.
func (f *streams) failOpen(err error) {
	for _, list := range f.open {
		for _, r := range list {
			r.fail(err)
		}
	}
	f.open, f.n = nil, 0
}

// stall fails the streams and the loops that a caller waits in, and returns how many
// there were.
func (f *streams) stall(err error) (n int) {
	for id := range f.open {
		f.keep(id, func(r *ResponseStream) bool {
			if !r.awaited() {
				return true
			}
			r.fail(err)
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
