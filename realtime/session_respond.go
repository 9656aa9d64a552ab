package realtime

import (
	"context"
	"iter"

	"github.com/voicelane/realtime-go/gen/api"
)

// Respond requests a response and returns it as a stream once the server has created
// it; e may be nil. The errors are those of [Session.Request].
func (s *Session) Respond(ctx context.Context, e *api.ResponseCreate) (*ResponseStream, error) {
	if e == nil {
		e = &api.ResponseCreate{}
	}
	st := &ResponseStream{limit: s.o.StreamBytes}
	if _, err := s.request(ctx, e, st); err != nil {
		return nil, err
	}
	return st, nil
}

// Responses iterates over the responses that begin from now on, including those that
// the server starts by itself when speech ends. The last pair holds the error that
// ended the loop; after an end in good order there is none.
func (s *Session) Responses(ctx context.Context) iter.Seq2[*ResponseStream, error] {
	sub := s.desk.subscribe(s.o.StreamBytes)
	return func(yield func(*ResponseStream, error) bool) {
		defer s.desk.unsubscribe(sub)
		eventLoop(ctx, sub.Pop)(yield)
	}
}
