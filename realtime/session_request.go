package realtime

import (
	"context"
	"fmt"
	"maps"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/eventid"
	"github.com/voicelane/realtime-go/internal/pending"
	"github.com/voicelane/realtime-go/socket"
)

// Request sends an event and waits for the first of the events that answer it, as
// [api.ClientEventReplies] lists them: session.updated for session.update,
// conversation.item.added for conversation.item.create, response.created for
// response.create, and so on.
//
// A server error that names the event is returned as a [*ServerError], the end of the
// session as its cause, and [ErrNoAnswer] for events without an answer, such as
// input_audio_buffer.append. If the context ends first, the event may still take
// effect, and its answer reaches no other request. An event about an item that has no
// id is refused, since its answer could not be recognized.
//
// A server error that names no event ends the only request that can be meant, by its
// code, its parameter or the id that it quotes, or since no other event is unanswered.
// While several can be meant it waits until the others are answered.
//
// Answers come in any order, and several requests may be in flight. An answer about an
// item or a response is matched by the id; an item without an id is sent with one. A
// response.create is matched by a metadata member that Request adds (see
// Options.UntaggedRequests), or in order if the server sends responses without metadata.
// Other answers carry nothing of the request, and are matched in order.
//
// The receiver of events gets the answer too. A full receive queue holds back answers:
// receive events or call [Session.Discard]. After Options.ReceiveStall the error is
// [socket.ErrReceiveQueueFull].
func (s *Session) Request(ctx context.Context, e api.ClientEvent) (api.ServerEvent, error) {
	if s.owed.Ended() {
		return nil, socket.ErrClosed
	}
	return s.request(ctx, e, nil)
}

// StartRequest is Request without the wait: it returns once the event is accepted, so
// that several requests reach the server in order without a round trip for each. The
// errors are those of Send, and those of Request about the event itself.
func (s *Session) StartRequest(ctx context.Context, e api.ClientEvent) (*PendingRequest, error) {
	if s.owed.Ended() {
		return nil, socket.ErrClosed
	}
	return s.start(ctx, e, nil)
}

// PendingRequest is a request whose answer was not waited for yet.
type PendingRequest struct {
	s    *Session
	call *pending.Call
}

// Wait waits for the answer, as [Session.Request] does. It is called once.
func (r *PendingRequest) Wait(ctx context.Context) (api.ServerEvent, error) {
	select {
	case a := <-r.call.Result:
		return a.Event, a.Err
	case <-ctx.Done():
	}
	r.s.desk.forget(r.call)
	select {
	case a := <-r.call.Result: // It came at the same moment.
		return a.Event, a.Err
	default:
		return nil, ctxerr.Of(ctx)
	}
}

// request is Request. If begin is not nil, it is called with the id of the response that
// was asked for, under desk.mu and before request returns.
func (s *Session) request(ctx context.Context, e api.ClientEvent, begin func(id string)) (api.ServerEvent, error) {
	r, err := s.start(ctx, e, begin)
	if err != nil {
		return nil, err
	}
	return r.Wait(ctx)
}

// start sends the event of a request.
func (s *Session) start(ctx context.Context, e api.ClientEvent, begin func(id string)) (*PendingRequest, error) {
	if isNil(e) {
		return nil, errNilEvent
	}
	e, call := s.prepare(e)
	if call == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoAnswer, e.EventType())
	}
	if _, whatever := e.(*api.ResponseCancel); call.About == "" && !call.InTurn && !whatever {
		return nil, s.unrecognizable(e)
	}
	call.Result, call.Begin = make(chan pending.Answer, 1), begin
	if err := s.send(ctx, e, call, nil); err != nil {
		return nil, err
	}
	return &PendingRequest{s, call}, nil
}

// unrecognizable returns why an event about something without an id is not sent.
func (s *Session) unrecognizable(e api.ClientEvent) error {
	if !s.o.SkipValidation {
		if err := eventid.Validate(e); err != nil {
			return err
		}
	}
	return fmt.Errorf("realtime: %s: without an item id its answer cannot be recognized", e.EventType())
}

// prepare returns the call for e, or nil when nothing answers e. It returns a copy of e
// where the answer could not be matched otherwise, which the spec does not know: an
// item without an id gets one, since only the answer has the id that the server would
// make, and a response.create gets a tag.
func (s *Session) prepare(e api.ClientEvent) (api.ClientEvent, *pending.Call) {
	tag := ""
	switch x := e.(type) {
	case *api.ConversationItemCreate:
		e = s.named(x)
	case *api.ResponseCreate:
		if tagged, t := s.tag(x); tagged != nil {
			e, tag = tagged, t
		}
	default: // Nothing is marked.
	}
	c := pending.New(e)
	if c != nil {
		c.Tag = tag
	}
	return e, c
}

// tag returns a copy of a response.create with a tag in its metadata. It returns nil
// when there is no room for one, or when the metadata did not decode.
func (s *Session) tag(x *api.ResponseCreate) (tagged *api.ResponseCreate, tag string) {
	const maxMetadata = 16
	cp := *x
	var params api.ResponseParams
	if x.Response != nil {
		params = *x.Response
	}
	had, _ := params.Metadata.Get()
	_, odd := params.Extra.Get("metadata")
	if s.o.UntaggedRequests || odd || len(had) >= maxMetadata {
		return nil, ""
	}
	tag = s.ids.Next()
	metadata := make(api.Metadata, len(had)+1)
	maps.Copy(metadata, had)
	metadata[pending.Tag] = tag
	params.Metadata = api.Value(metadata)
	cp.Response = &params
	return &cp, tag
}
