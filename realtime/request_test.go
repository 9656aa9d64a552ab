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
)

const userItem = `{"type":"message","role":"user","id":%q,"content":[{"type":"input_text","text":"x"}]}`

// answers plays a server that answers every request that has an answer.
func answers(p *peer) {
	p.created()
	responses := 0
	for m := p.read(); m != nil; m = p.read() {
		id := textAt(m, "item_id")
		switch m["type"] {
		case "session.update":
			p.send(`{"type":"session.updated","event_id":"e","session":{"type":"realtime","id":"s","object":"realtime.session","model":"m","instructions":"new"}}`)
		case "conversation.item.create":
			id := textAt(m, "item", "id")
			p.send(fmt.Sprintf(`{"type":"conversation.item.added","event_id":"e","previous_item_id":null,"item":`+userItem+`}`, id))
			p.send(fmt.Sprintf(`{"type":"conversation.item.done","event_id":"e","previous_item_id":null,"item":`+userItem+`}`, id))
		case "conversation.item.retrieve":
			p.send(fmt.Sprintf(`{"type":"conversation.item.retrieved","event_id":"e","item":`+userItem+`}`, id))
		case "conversation.item.delete":
			p.send(fmt.Sprintf(`{"type":"conversation.item.deleted","event_id":"e","item_id":%q}`, id))
		case "conversation.item.truncate":
			p.send(fmt.Sprintf(`{"type":"conversation.item.truncated","event_id":"e","item_id":%q,"content_index":0,"audio_end_ms":5}`, id))
		case "input_audio_buffer.commit":
			p.send(`{"type":"input_audio_buffer.committed","event_id":"e","item_id":"i","previous_item_id":null}`)
		case "input_audio_buffer.clear":
			p.send(`{"type":"input_audio_buffer.cleared","event_id":"e"}`)
		case "output_audio_buffer.clear":
			p.send(`{"type":"output_audio_buffer.cleared","event_id":"e","response_id":"r"}`)
		case "response.create":
			responses++
			tag := textAt(m, "response", "metadata", requestTag)
			for _, kind := range []string{"created", "done"} {
				status := map[string]string{"created": "in_progress", "done": "completed"}[kind]
				p.send(fmt.Sprintf(`{"type":"response.%s","event_id":"e","response":{"id":"resp_%d","object":"realtime.response","status":%q,"output":[],"metadata":{%q:%q}}}`,
					kind, responses, status, requestTag, tag))
			}
		case "response.cancel":
			p.send(`{"type":"response.done","event_id":"e","response":{"id":"resp_x","status":"cancelled","output":[]}}`)
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
		e           api.ClientEvent
		first, last string
	}{
		"update":       {&api.SessionUpdate{Session: &api.RealtimeSessionConfig{Instructions: new("new")}}, "session.updated", ""},
		"create item":  {&api.ConversationItemCreate{Item: user}, "conversation.item.added", "conversation.item.done"},
		"retrieve":     {&api.ConversationItemRetrieve{ItemID: "a"}, "conversation.item.retrieved", ""},
		"delete":       {&api.ConversationItemDelete{ItemID: "a"}, "conversation.item.deleted", ""},
		"truncate":     {&api.ConversationItemTruncate{ItemID: "a", AudioEndMS: 5}, "conversation.item.truncated", ""},
		"commit":       {&api.InputAudioBufferCommit{}, "input_audio_buffer.committed", ""},
		"clear":        {&api.InputAudioBufferClear{}, "input_audio_buffer.cleared", ""},
		"clear output": {&api.OutputAudioBufferClear{}, "output_audio_buffer.cleared", ""},
		"create":       {&api.ResponseCreate{}, "response.created", "response.done"},
		"cancel":       {&api.ResponseCancel{ResponseID: new("resp_x")}, "response.done", ""},
	} {
		e, err := s.Request(t.Context(), tc.e)
		require.NoError(t, err, name)
		assert.Equal(t, tc.first, e.EventType(), name)
		if tc.last == "" {
			tc.last = tc.first
		}
		e, err = s.RequestDone(t.Context(), tc.e)
		require.NoError(t, err, name)
		assert.Equal(t, tc.last, e.EventType(), name)
	}
	assert.Nil(t, user.ID, "the caller's item is untouched")
	updated, err := s.Update(t.Context(), &api.RealtimeSessionConfig{Instructions: new("new")})
	require.NoError(t, err)
	require.IsType(t, &api.RealtimeSession{}, updated)
	assert.Equal(t, "new", *updated.(*api.RealtimeSession).Instructions) //nolint:errcheck // held by the line above

	_, err = s.Request(t.Context(), &api.InputAudioBufferAppend{Audio: []byte{1, 2}})
	require.ErrorIs(t, err, ErrNoAnswer)
	assert.Zero(t, s.ask.n.Load(), "nothing is left behind")
	require.NoError(t, s.Close())
	_, err = s.Request(t.Context(), &api.ResponseCreate{})
	require.ErrorIs(t, err, ErrClosed)
}

func TestManyRequestsOutOfOrder(t *testing.T) {
	t.Parallel()
	const n = 64
	c := script(t, func(p *peer) {
		p.created()
		var frames []string
		for range n {
			m := p.read()
			switch m["type"] {
			case "conversation.item.retrieve":
				frames = append(frames, fmt.Sprintf(`{"type":"conversation.item.retrieved","event_id":"e","item":`+userItem+`}`, m["item_id"]))
			case "response.create":
				tag := textAt(m, "response", "metadata", requestTag)
				frames = append(frames, fmt.Sprintf(`{"type":"response.created","event_id":"e","response":{"id":"r_%s","status":"in_progress","output":[],"metadata":{%q:%q}}}`, tag, requestTag, tag))
			case "session.update":
				frames = append(frames, fmt.Sprintf(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"c","message":"for %s","param":"session","event_id":%q}}`, m["event_id"], m["event_id"]))
			}
		}
		for i := range frames {
			p.send(frames[len(frames)-1-i])
		}
		p.drain()
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
					assert.Equal(t, "r_"+metadata[requestTag], r.ID)
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
		p.created()
		for _, id := range []string{"first", "second"} {
			p.expect("input_audio_buffer.commit")
			defer p.send(`{"type":"never"}`)
			_ = id
		}
		p.send(`{"type":"input_audio_buffer.committed","event_id":"1","item_id":"first"}`)
		p.send(`{"type":"input_audio_buffer.committed","event_id":"2","item_id":"second"}`)
		p.drain()
	})
	s := connect(t, c, nil)
	require.NoError(t, s.CommitAudio(t.Context()))
	e, err := s.Request(t.Context(), &api.InputAudioBufferCommit{})
	require.NoError(t, err)
	assert.Equal(t, "second", as[*api.InputAudioBufferCommitted](t, e).ItemID)
	require.NoError(t, s.Close())
}

func TestUntaggedRequestsGoByOrder(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) {
		p.created()
		assert.NotContains(t, p.expect("response.create"), "response")
		p.send(`{"type":"response.created","event_id":"e","response":{"id":"r1","status":"in_progress","output":[]}}`)
		p.drain()
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
			p.created()
			p.expect("session.update")
			p.expect("session.update")
			p.close(1011, "broken")
		})
		s := connect(t, c, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Request(ctx, &api.SessionUpdate{Session: &api.RealtimeSessionConfig{}})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = s.Request(t.Context(), &api.SessionUpdate{Session: &api.RealtimeSessionConfig{}})
		closed, ok := errors.AsType[*CloseError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, 1011, closed.Code)
		require.NoError(t, s.Close())
	})
}
