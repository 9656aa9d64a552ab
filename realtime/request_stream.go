package realtime

import (
	"context"
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/assemble"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/eventloop"
	"github.com/voicelane/realtime-go/internal/pending"
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
		eventloop.Of(ctx, func(ctx context.Context) (string, error) {
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

// gathered is a ResponseStream as the events see it. It is a type of its own, so that its
// methods are not the stream's.
type gathered ResponseStream

// ID returns the response's id.
func (r *gathered) ID() string { return r.id }

// Observe takes an event of this response and reports whether it is the last one.
func (r *gathered) Observe(e api.ServerEvent) (ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer (*ResponseStream)(r).wake()
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

// Awaited reports whether a call waits for a change.
func (r *gathered) Awaited() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed != nil
}

// Fail ends the stream.
func (r *gathered) Fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done == nil && r.err == nil {
		r.err = err
	}
	(*ResponseStream)(r).wake()
}

// subscriber follows every response that begins. Its streams hold limit bytes.
type subscriber = pending.Subscriber[*gathered]

func newSubscriber(limit int) *subscriber {
	return pending.NewSubscriber(func(id string) *gathered { return &gathered{id: id, limit: limit} })
}
