package realtime

import (
	"context"
	"fmt"
	"maps"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// Request sends an event and waits for the event that answers it:
//
//   - session.update: session.updated
//   - conversation.item.create: conversation.item.added
//   - conversation.item.retrieve, delete, truncate: retrieved, deleted, truncated
//   - input_audio_buffer.commit, clear: committed, cleared
//   - output_audio_buffer.clear: output_audio_buffer.cleared
//   - response.create: response.created
//   - response.cancel: response.done of what was cancelled
//
// A server error that names the event is returned as a [*ServerError], an end
// of the session as its cause, and [ErrNoAnswer] for events without an answer,
// such as input_audio_buffer.append. If the context ends first, the event may
// still take effect.
//
// Answers come in any order, and several requests may be in flight. Items are
// told apart by id: one without an id is sent with one. A response is told
// apart by a metadata member that Request adds (see Options.UntaggedRequests).
// The other answers carry nothing of the request; they are given out in order.
//
// The answer goes to the receiver of events too. Somebody must receive, or call
// [Session.Discard]: a full receive queue holds back answers as well. When
// nobody does for Options.ReceiveStall, the error is [socket.ErrReceiveQueueFull].
func (s *Session) Request(ctx context.Context, e api.ClientEvent) (api.ServerEvent, error) {
	return s.request(ctx, e, false, nil)
}

// RequestDone is [Session.Request] to the end: a conversation.item.create
// waits for conversation.item.done, and a response.create for response.done.
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
	e, call := s.newCall(e, final)
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

// newCall describes what answers e. It returns a copy of e when the request
// needs a mark to be told from others, and nil when nothing answers it.
func (s *Session) newCall(e api.ClientEvent, final bool) (api.ClientEvent, *call) {
	c := &call{kind: answerKind(e), final: final, result: make(chan answer, 1)}
	switch x := e.(type) {
	case *api.ConversationItemCreate:
		if x.Item != nil && itemID(x.Item) == "" {
			cp := *x
			cp.Item = withItemID(x.Item, s.ids.item())
			x, e = &cp, &cp
		}
		c.key = itemID(x.Item)
	case *api.ConversationItemRetrieve:
		c.key = x.ItemID
	case *api.ConversationItemDelete:
		c.key = x.ItemID
	case *api.ConversationItemTruncate:
		c.key = x.ItemID
	case *api.ResponseCancel:
		c.key = deref(x.ResponseID)
	case *api.ResponseCreate:
		if tagged := s.tag(x, c); tagged != nil {
			e = tagged
		}
	default:
		if c.kind == answerNone {
			return e, nil
		}
	}
	return e, c
}

// tag marks a response.create. One that has no room for the mark, or metadata
// that did not decode, goes without.
func (s *Session) tag(x *api.ResponseCreate, c *call) *api.ResponseCreate {
	const maxMetadata = 16
	cp := *x
	var params api.ResponseParams
	if x.Response != nil {
		params = *x.Response
	}
	had, _ := params.Metadata.Get()
	_, odd := params.Extra.Get("metadata")
	if s.o.UntaggedRequests || odd || len(had) >= maxMetadata {
		return nil
	}
	c.tag = s.ids.next()
	metadata := make(api.Metadata, len(had)+1)
	maps.Copy(metadata, had)
	metadata[requestTag] = c.tag
	params.Metadata = api.Value(metadata)
	cp.Response = &params
	return &cp
}
