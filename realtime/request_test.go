package realtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/pending"
	"github.com/voicelane/realtime-go/socket"
)

const userItem = `{"type":"message","role":"user","id":%q,"content":[{"type":"input_text","text":"x"}]}`

// answers plays a server that answers every request that has an answer.
func answers(p *peer) {
	p.Created()
	responses := 0
	for m := p.Read(); m != nil; m = p.Read() {
		id := textAt(m, "item_id")
		switch m["type"] {
		case "session.update":
			p.Send(`{"type":"session.updated","event_id":"e","session":{"type":"realtime","id":"s","object":"realtime.session","model":"m","instructions":"new"}}`)
		case "conversation.item.create":
			id := textAt(m, "item", "id")
			p.Send(fmt.Sprintf(`{"type":"conversation.item.added","event_id":"e","previous_item_id":null,"item":`+userItem+`}`, id))
			p.Send(fmt.Sprintf(`{"type":"conversation.item.done","event_id":"e","previous_item_id":null,"item":`+userItem+`}`, id))
		case "conversation.item.retrieve":
			p.Send(fmt.Sprintf(`{"type":"conversation.item.retrieved","event_id":"e","item":`+userItem+`}`, id))
		case "conversation.item.delete":
			p.Send(fmt.Sprintf(`{"type":"conversation.item.deleted","event_id":"e","item_id":%q}`, id))
		case "conversation.item.truncate":
			p.Send(fmt.Sprintf(`{"type":"conversation.item.truncated","event_id":"e","item_id":%q,"content_index":0,"audio_end_ms":5}`, id))
		case "input_audio_buffer.commit":
			p.Send(`{"type":"input_audio_buffer.committed","event_id":"e","item_id":"i","previous_item_id":null}`)
		case "input_audio_buffer.clear":
			p.Send(`{"type":"input_audio_buffer.cleared","event_id":"e"}`)
		case "output_audio_buffer.clear":
			p.Send(`{"type":"output_audio_buffer.cleared","event_id":"e","response_id":"r"}`)
		case "response.create":
			responses++
			tag := textAt(m, "response", "metadata", pending.Tag)
			for _, kind := range []string{"created", "done"} {
				status := map[string]string{"created": "in_progress", "done": "completed"}[kind]
				p.Send(fmt.Sprintf(`{"type":"response.%s","event_id":"e","response":{"id":"resp_%d","object":"realtime.response","status":%q,"output":[],"metadata":{%q:%q}}}`,
					kind, responses, status, pending.Tag, tag))
			}
		case "response.cancel":
			p.Send(`{"type":"response.done","event_id":"e","response":{"id":"resp_x","status":"cancelled","output":[]}}`)
		}
	}
}

func TestRequestReturnsTheAnswer(t *testing.T) {
	t.Parallel()
	c := script(t, answers)
	s := connect(t, c, nil)
	s.Discard()
	user := api.UserText("x")
	for name, tc := range map[string]struct {
		e     api.ClientEvent
		first string
	}{
		"update":       {&api.SessionUpdate{Session: &api.RealtimeSessionConfig{Instructions: new("new")}}, "session.updated"},
		"create item":  {&api.ConversationItemCreate{Item: user}, "conversation.item.added"},
		"retrieve":     {&api.ConversationItemRetrieve{ItemID: "a"}, "conversation.item.retrieved"},
		"delete":       {&api.ConversationItemDelete{ItemID: "a"}, "conversation.item.deleted"},
		"truncate":     {&api.ConversationItemTruncate{ItemID: "a", AudioEndMS: 5}, "conversation.item.truncated"},
		"commit":       {&api.InputAudioBufferCommit{}, "input_audio_buffer.committed"},
		"clear":        {&api.InputAudioBufferClear{}, "input_audio_buffer.cleared"},
		"clear output": {&api.OutputAudioBufferClear{}, "output_audio_buffer.cleared"},
		"create":       {&api.ResponseCreate{}, "response.created"},
		"cancel":       {&api.ResponseCancel{ResponseID: new("resp_x")}, "response.done"},
	} {
		e, err := s.Request(t.Context(), tc.e)
		require.NoError(t, err, name)
		assert.Equal(t, tc.first, e.EventType(), name)
	}
	assert.Nil(t, user.ID, "the caller's item is untouched")
	updated, err := s.Update(t.Context(), &api.RealtimeSessionConfig{Instructions: new("new")})
	require.NoError(t, err)
	require.IsType(t, &api.RealtimeSession{}, updated)
	assert.Equal(t, "new", *updated.(*api.RealtimeSession).Instructions) //nolint:errcheck // held by the line above

	_, err = s.Request(t.Context(), &api.InputAudioBufferAppend{Audio: []byte{1, 2}})
	require.ErrorIs(t, err, ErrNoAnswer)
	calls, _ := waiting(s)
	assert.Zero(t, calls, "nothing is left behind")
	require.NoError(t, s.Close())
	_, err = s.Request(t.Context(), &api.ResponseCreate{})
	require.ErrorIs(t, err, socket.ErrClosed)
}

func TestManyRequestsOutOfOrder(t *testing.T) {
	t.Parallel()
	const n = 64
	c := script(t, func(p *peer) {
		p.Created()
		var frames []string
		for range n {
			m := p.Read()
			switch m["type"] {
			case "conversation.item.retrieve":
				frames = append(frames, fmt.Sprintf(`{"type":"conversation.item.retrieved","event_id":"e","item":`+userItem+`}`, m["item_id"]))
			case "response.create":
				tag := textAt(m, "response", "metadata", pending.Tag)
				frames = append(frames, fmt.Sprintf(`{"type":"response.created","event_id":"e","response":{"id":"r_%s","status":"in_progress","output":[],"metadata":{%q:%q}}}`, tag, pending.Tag, tag))
			case "session.update":
				frames = append(frames, fmt.Sprintf(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"c","message":"for %s","param":"session","event_id":%q}}`, m["event_id"], m["event_id"]))
			}
		}
		for i := range frames {
			p.Send(frames[len(frames)-1-i])
		}
		p.Drain()
	})
	s := connect(t, c, nil)
	s.Discard()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			switch i % 3 {
			case 0:
				id := fmt.Sprintf("item_%d", i)
				e, err := s.Request(t.Context(), &api.ConversationItemRetrieve{ItemID: id})
				if assert.NoError(t, err) {
					assert.Equal(t, id, api.ItemID(as[*api.ConversationItemRetrieved](t, e).Item))
				}
			case 1:
				mine := &api.ResponseCreate{Response: &api.ResponseParams{Metadata: api.Value(api.Metadata{"n": "1"})}}
				e, err := s.Request(t.Context(), mine)
				if assert.NoError(t, err) {
					r := as[*api.ResponseCreated](t, e).Response
					metadata, _ := r.Metadata.Get()
					assert.Equal(t, "r_"+metadata[pending.Tag], r.ID)
				}
				metadata, _ := mine.Response.Metadata.Get()
				assert.Len(t, metadata, 1, "the caller's metadata is untouched")
			case 2:
				id := fmt.Sprintf("update_%d", i)
				_, err := s.Request(t.Context(), &api.SessionUpdate{EventID: &id, Session: &api.RealtimeSessionConfig{}})
				e, ok := errors.AsType[*ServerError](err)
				if assert.True(t, ok, "%v", err) {
					assert.Equal(t, id, e.EventID())
					assert.Equal(t, "for "+id, e.Detail.Message)
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, s.Close())
}

// TestAnswersOfPlainSends holds that what Send asked for does not answer a
// later request.
func TestAnswersOfPlainSends(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) {
		p.Created()
		for _, id := range []string{"first", "second"} {
			p.Expect("input_audio_buffer.commit")
			defer p.Send(`{"type":"never"}`)
			_ = id
		}
		p.Send(`{"type":"input_audio_buffer.committed","event_id":"1","item_id":"first"}`)
		p.Send(`{"type":"input_audio_buffer.committed","event_id":"2","item_id":"second"}`)
		p.Drain()
	})
	s := connect(t, c, nil)
	require.NoError(t, s.Send(t.Context(), &api.InputAudioBufferCommit{}))
	e, err := s.Request(t.Context(), &api.InputAudioBufferCommit{})
	require.NoError(t, err)
	assert.Equal(t, "second", as[*api.InputAudioBufferCommitted](t, e).ItemID)
	require.NoError(t, s.Close())
}

func TestUntaggedRequestsGoByOrder(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) {
		p.Created()
		assert.NotContains(t, p.Expect("response.create"), "response")
		p.Send(`{"type":"response.created","event_id":"e","response":{"id":"r1","status":"in_progress","output":[]}}`)
		p.Drain()
	})
	s := connect(t, c, &Options{UntaggedRequests: true})
	e, err := s.Request(t.Context(), &api.ResponseCreate{})
	require.NoError(t, err)
	assert.Equal(t, "r1", as[*api.ResponseCreated](t, e).Response.ID)
	require.NoError(t, s.Close())
}

func TestRequestEndsWithContextAndSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) {
			p.Created()
			p.Expect("session.update")
			p.Expect("session.update")
			p.Close(1011, "broken")
		})
		s := connect(t, c, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Request(ctx, &api.SessionUpdate{Session: &api.RealtimeSessionConfig{}})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = s.Request(t.Context(), &api.SessionUpdate{Session: &api.RealtimeSessionConfig{}})
		closed, ok := errors.AsType[*socket.CloseError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, 1011, closed.Code)
		require.NoError(t, s.Close())
	})
}
