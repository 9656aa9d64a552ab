package realtime

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/pending"
	"github.com/voicelane/realtime-go/socket"
)

// answerWithin asks for a response and returns what it says.
func answerWithin(t *testing.T, s *Session, d time.Duration) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	r, err := s.Respond(ctx, nil)
	if err != nil {
		return "", err
	}
	a, err := r.Answer(ctx)
	if err != nil {
		return "", err
	}
	return a.Text, nil
}

// plain returns the frames of a response whose beginning has these members.
func plain(id, text, members string) []string {
	return []string{
		fmt.Sprintf(`{"type":"response.created","response":{"id":%q,"object":"realtime.response","status":"in_progress","output":null%s}}`, id, members),
		fmt.Sprintf(`{"type":"response.output_text.delta","response_id":%q,"item_id":"i1","output_index":0,"content_index":0,"delta":%q}`, id, text),
		fmt.Sprintf(`{"type":"response.done","response":{"id":%q,"object":"realtime.response","status":"completed","output":null}}`, id),
	}
}

// TestRespondWithoutMetadata holds that a response without metadata is that of the only
// request, unless the server is known to echo it.
func TestRespondWithoutMetadata(t *testing.T) {
	t.Parallel()
	const complaint = "Specifying `response.metadata` is not supported. The server either does not support this field or it is not configurable."
	echo := func(m map[string]any) string { return fmt.Sprintf(`,"metadata":{%q:%q}`, pending.Tag, tagOf(m)) }
	for name, tc := range map[string]struct {
		play func(p *peer, m map[string]any) // answers the first response.create
		want string
	}{
		"taken": {func(p *peer, _ map[string]any) {
			for _, f := range plain("r1", "mine", "") {
				p.Send(f)
			}
		}, "mine"},
		"after a complaint about the tag": {func(p *peer, _ map[string]any) {
			p.Send(anonymous(fmt.Sprintf(`"type":"invalid_request_error","message":%q`, complaint)))
			for _, f := range plain("r1", "mine", "") {
				p.Send(f)
			}
		}, "mine"},
		"none, and a refusal after it: the server began it by itself": {func(p *peer, m map[string]any) {
			own := plain("own", "of the server", "")
			p.Send(own[0])
			p.Send(fmt.Sprintf(`{"type":"error","error":{"type":"invalid_request_error","code":"conversation_already_has_active_response","message":"m","event_id":%q}}`, m["event_id"]))
			p.Send(own[1])
			p.Send(own[2])
		}, ""},
		"none, and then one with the tag": {func(p *peer, m map[string]any) {
			for _, f := range append(plain("own", "of the server", "")[:1], plain("r1", "mine", echo(m))...) {
				p.Send(f)
			}
		}, "mine"},
		"null, as the service writes for its own": {func(p *peer, m map[string]any) {
			for _, f := range append(plain("own", "of the server", `,"metadata":null`), plain("r1", "mine", echo(m))...) {
				p.Send(f)
			}
		}, "mine"},
		"none, from one that echoes": {func(p *peer, m map[string]any) {
			for _, f := range plain("r1", "first", echo(m)) {
				p.Send(f)
			}
			m = p.Expect("response.create")
			for _, f := range append(plain("own", "of the server", ""), plain("r2", "second", echo(m))...) {
				p.Send(f)
			}
		}, "first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := connect(t, script(t, func(p *peer) {
					p.Created()
					tc.play(p, p.Expect("response.create"))
					p.Drain()
				}), nil)
				s.Discard()
				text, err := answerWithin(t, s, time.Minute)
				if tc.want == "" {
					refused, ok := errors.AsType[*ServerError](err)
					require.True(t, ok, "%v", err)
					assert.Equal(t, CodeResponseActive, refused.Code())
					return
				}
				require.NoError(t, err)
				assert.Equal(t, tc.want, text)
				if tc.want == "first" {
					text, err = answerWithin(t, s, time.Minute)
					require.NoError(t, err)
					assert.Equal(t, "second", text)
				}
				calls, followed := waiting(s)
				assert.Zero(t, calls+followed)
				require.NoError(t, s.Close())
			})
		})
	}
}

// lateServer creates the first response after a second, when its caller has given up, and
// refuses others while it runs. It counts the cancels by response id.
func lateServer(cancels map[string]int, silent bool) func(p *peer) {
	return func(p *peer) {
		p.Created()
		m := p.Expect("response.create")
		time.Sleep(time.Second)
		p.Send(created("r1", tagOf(m)))
		running := true
		for m := p.Read(); m != nil; m = p.Read() {
			switch m["type"] {
			case "response.cancel":
				cancels[textAt(m, "response_id")]++
				if silent { // It ended before: the cancel came too late.
					p.Send(fmt.Sprintf(`{"type":"error","error":{"type":"invalid_request_error","code":"response_cancel_not_active","message":"m","event_id":%q}}`, m["event_id"]))
				}
				p.Send(`{"type":"response.done","response":{"id":"r1","status":"cancelled","output":[]}}`)
				running = false
			case "response.create":
				if running {
					p.Send(fmt.Sprintf(`{"type":"error","error":{"type":"invalid_request_error","code":"conversation_already_has_active_response","message":"m","event_id":%q}}`, m["event_id"]))
					continue
				}
				for _, f := range plain("r2", "second", fmt.Sprintf(`,"metadata":{%q:%q}`, pending.Tag, tagOf(m))) {
					p.Send(f)
				}
			}
		}
	}
}

// TestAnAbandonedRespondIsCancelled holds that its response, once it begins, is cancelled
// by its id, once, and is given to nothing else.
func TestAnAbandonedRespondIsCancelled(t *testing.T) {
	t.Parallel()
	for name, silent := range map[string]bool{"while it runs": false, "after its end": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cancels := map[string]int{}
				s := connect(t, script(t, lateServer(cancels, silent)), nil)
				var reported []error
				mux := NewMux()
				mux.OnServerError(func(_ context.Context, _ *Session, err *ServerError) error {
					reported = append(reported, err)
					return nil
				})
				ran := make(chan error, 1)
				go func() { ran <- mux.Run(t.Context(), s) }()
				responses := s.Responses(t.Context())
				_, err := answerWithin(t, s, 300*time.Millisecond)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				time.Sleep(time.Second)
				text, err := answerWithin(t, s, time.Second)
				require.NoError(t, err)
				assert.Equal(t, "second", text)
				assert.Equal(t, map[string]int{"r1": 1}, cancels)
				require.NoError(t, s.Close())
				require.NoError(t, <-ran)
				assert.Empty(t, reported, "nothing of it is the program's")
				var followed []string
				for r, err := range responses {
					require.NoError(t, err)
					followed = append(followed, r.ID())
				}
				assert.Equal(t, []string{"r2"}, followed)
			})
		})
	}
}

// TestAnAbandonedRespondIsCancelledBehindAFullQueue holds that the reader never waits for
// room to cancel.
func TestAnAbandonedRespondIsCancelledBehindAFullQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cancelled := make(chan string, 1)
		s := connect(t, script(t, func(p *peer) {
			p.Created()
			m := p.Expect("response.create")
			time.Sleep(10 * time.Second)
			p.Send(created("r1", tagOf(m)))
			p.Send(spoken("r1")[0]) // It reads again only once this was read.
			for m := p.Read(); m != nil; m = p.Read() {
				if m["type"] == "response.cancel" {
					cancelled <- textAt(m, "response_id")
				}
			}
		}), &Options{SendQueueBytes: 64, PingInterval: -1})
		s.Discard()
		_, err := answerWithin(t, s, 300*time.Millisecond)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		for err == nil || !errors.Is(err, context.DeadlineExceeded) || ctx.Err() == nil {
			err = s.AppendAudio(ctx, make([]byte, 64))
		}
		assert.Equal(t, "r1", <-cancelled)
		require.NoError(t, s.Close())
	})
}

// TestAnAbandonedRequestIsNotCancelled holds that Request leaves to its caller what
// becomes of the event.
func TestAnAbandonedRequestIsNotCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cancels := map[string]int{}
		s := connect(t, script(t, lateServer(cancels, false)), nil)
		s.Discard()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err := s.Request(ctx, &api.ResponseCreate{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		time.Sleep(time.Second)
		_, err = answerWithin(t, s, time.Second)
		refused, ok := errors.AsType[*ServerError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, CodeResponseActive, refused.Code())
		assert.Empty(t, cancels)
		require.NoError(t, s.Close())
	})
}

// TestResponsesCanBeRangedAgain holds that a further loop follows what begins after it,
// and ends with the session.
func TestResponsesCanBeRangedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := connect(t, script(t, func(p *peer) {
			p.Created()
			for i := 1; p.Read() != nil; i++ {
				for _, f := range plain(fmt.Sprintf("r%d", i), "x", `,"metadata":null`) {
					p.Send(f)
				}
			}
		}), nil)
		s.Discard()
		all := s.Responses(t.Context())
		for i := 1; i <= 3; i++ {
			time.AfterFunc(time.Second, func() { assert.NoError(t, s.Send(t.Context(), &api.InputAudioBufferClear{})) })
			for r, err := range all {
				require.NoError(t, err)
				assert.Equal(t, fmt.Sprintf("r%d", i), r.ID())
				_, err = r.Answer(t.Context())
				require.NoError(t, err)
				break
			}
		}
		_, followed := waiting(s)
		assert.Zero(t, followed)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, err := range s.Responses(ctx) {
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		require.NoError(t, s.Close())
		for range 2 {
			for _, err := range all {
				assert.Fail(t, "the session has ended", err)
			}
		}
		_, err := s.Respond(t.Context(), nil)
		require.ErrorIs(t, err, socket.ErrClosed)
	})
}
