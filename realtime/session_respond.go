package realtime

import (
	"context"
	"iter"
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/eventloop"
	"github.com/voicelane/realtime-go/internal/pending"
)

// Respond requests a response and returns it as a stream once the server has created
// it; e may be nil. The errors are those of [Session.Request]. If the context ends first,
// the response is not wanted any more: should it begin later, it is cancelled at once,
// so that it does not block the next one, and [Session.Responses] leaves it out.
func (s *Session) Respond(ctx context.Context, e *api.ResponseCreate) (*ResponseStream, error) {
	if e == nil {
		e = &api.ResponseCreate{}
	}
	st := &ResponseStream{limit: s.o.StreamBytes}
	begin := func(id string) {
		st.id = id
		s.desk.streams.Add((*gathered)(st))
	}
	if _, err := s.request(ctx, e, begin); err != nil {
		return nil, err
	}
	return st, nil
}

// cancelUnwanted stops the response of an abandoned Respond. It runs on the reader's
// goroutine and never waits.
func (s *Session) cancelUnwanted(responseID string) {
	e := &api.ResponseCancel{ResponseID: &responseID}
	c := pending.New(e)
	c.Own = true
	// The error is the end of the session, and of the response with it.
	_ = s.send(context.Background(), e, c, nil)
}

// Responses iterates over the responses that begin from now on, including those that
// the server starts by itself when speech ends. The last pair holds the error that
// ended the loop; after an end in good order there is none. Each further loop over the
// same iterator begins with the responses that begin after it.
func (s *Session) Responses(ctx context.Context) iter.Seq2[*ResponseStream, error] {
	first := s.desk.subscribe(s.o.StreamBytes)
	var taken atomic.Bool
	return func(yield func(*ResponseStream, error) bool) {
		sub := first
		if taken.Swap(true) {
			sub = s.desk.subscribe(s.o.StreamBytes)
		}
		defer s.desk.unsubscribe(sub)
		eventloop.Of(ctx, func(ctx context.Context) (*ResponseStream, error) {
			r, err := sub.Pop(ctx)
			return (*ResponseStream)(r), err
		})(yield)
	}
}
