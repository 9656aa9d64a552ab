package realtime

import (
	"context"
	"fmt"
	"maps"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// requestTag is the metadata member that ties a response to the request that
// asked for it. The server echoes metadata, and nothing else.
const requestTag = "realtime_go_request"

// Request sends an event and waits for the first of the events that answer it, as
// [api.ClientEventReplies] lists them: session.updated for session.update,
// conversation.item.added for conversation.item.create, response.created for
// response.create, and so on.
//
// A server error that names the event is returned as a [*ServerError], an end
// of the session as its cause, and [ErrNoAnswer] for events without an answer,
// such as input_audio_buffer.append. If the context ends first, the event may
// still take effect.
//
// Answers come in any order, and several requests may be in flight. What is about
// an item or a response is matched by its id; an item without an id is sent with
// one. A response.create is matched by a metadata member that Request adds (see
// Options.UntaggedRequests). Other answers carry nothing of the request, and are
// matched in order.
//
// The answer goes to the receiver of events too. Somebody must receive, or call
// [Session.Discard]: a full receive queue holds back answers as well. When
// nobody does for Options.ReceiveStall, the error is [ErrReceiveQueueFull].
func (s *Session) Request(ctx context.Context, e api.ClientEvent) (api.ServerEvent, error) {
	return s.request(ctx, e, false, nil)
}

// RequestDone is [Session.Request] for the last of the events that answer e: a
// conversation.item.create waits for conversation.item.done, and a response.create
// for response.done.
// A response that failed or was cancelled is no error here; look at its
// status, or use Respond and [Answer.Err]. For other events it is the same as Request.
func (s *Session) RequestDone(ctx context.Context, e api.ClientEvent) (api.ServerEvent, error) {
	return s.request(ctx, e, true, nil)
}

// request is RequestDone or Request. The hook, if any, runs on the reader's
// goroutine when the response that was asked for has been created.
func (s *Session) request(ctx context.Context, e api.ClientEvent, final bool, created func(*api.Response)) (api.ServerEvent, error) {
	if isNil(e) {
		return nil, errNilEvent
	}
	e, call := s.prepare(e, final)
	if call == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoAnswer, e.EventType())
	}
	call.created = created
	defer s.ask.forget(call)
	if err := s.send(ctx, e, func(id string, seq uint64) { call.id, call.seq = id, seq; s.ask.add(call) }); err != nil {
		return nil, err
	}
	select {
	case r := <-call.result:
		return r.event, r.err
	case <-ctx.Done():
		return nil, ctxerr.Of(ctx)
	}
}

// prepare describes what answers e. It returns a copy of e when the request needs a
// mark to be told from others, and nil when nothing answers it. What needs a mark is
// behavior, which the spec does not know: an item without an id gets one here, since
// the server would make one up that the answer alone tells, and a response a tag.
func (s *Session) prepare(e api.ClientEvent, final bool) (api.ClientEvent, *call) {
	if len(api.ClientEventReplies(e)) == 0 {
		return e, nil
	}
	tag := ""
	switch x := e.(type) {
	case *api.ConversationItemCreate:
		if x.Item != nil && api.ItemID(x.Item) == "" {
			cp := *x
			cp.Item = api.WithItemID(x.Item, s.ids.item())
			e = &cp
		}
	case *api.ResponseCreate:
		if tagged, t := s.tag(x); tagged != nil {
			e, tag = tagged, t
		}
	default: // Nothing is marked.
	}
	c := newCall(e, "", 0)
	c.final, c.tag, c.result = final, tag, make(chan answer, 1)
	return e, c
}

// tag marks a response.create. One that has no room for the mark, or metadata
// that did not decode, goes without.
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
	tag = s.ids.next()
	metadata := make(api.Metadata, len(had)+1)
	maps.Copy(metadata, had)
	metadata[requestTag] = tag
	params.Metadata = api.Value(metadata)
	cp.Response = &params
	return &cp, tag
}
