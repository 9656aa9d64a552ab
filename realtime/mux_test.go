package realtime

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/eventloop"
	"github.com/voicelane/realtime-go/socket"
)

// plays sends the frames, ends in good order and waits for the client.
func plays(frames ...string) func(*peer) {
	return func(p *peer) {
		p.Created()
		for _, f := range frames {
			p.Send(f)
		}
		p.Close(1000, "bye")
	}
}

const serverErrorFrame = `{"type":"error","event_id":"e9","error":{"type":"server_error","code":null,"message":"m","param":null,"event_id":null}}`

func TestMuxDispatch(t *testing.T) {
	t.Parallel()
	c := script(t, plays(
		`{"type":"response.audio.delta","event_id":"1","response_id":"r","item_id":"i","output_index":0,"content_index":0,"delta":"AAA="}`,
		`{"type":"response.output_audio.delta","event_id":"2","response_id":"r","item_id":"i","output_index":0,"content_index":0,"delta":"AAA="}`,
		`{"type":"future.event","event_id":"3","x":1}`,
		`{"type":"__proto__"}`, `{"type":""}`, `{"type":"close"}`,
		`{"type":"response.done","event_id":"4","response":{"id":"r","status":"cancelled","output":[]}}`,
		`{"type":"response.done","event_id":"5","response":{"id":"r","status":"failed","output":[]}}`,
	))
	s := connect(t, c, nil)
	var log []string
	note := func(what string) Handler {
		return func(_ context.Context, _ *Session, e api.ServerEvent) error {
			log = append(log, what+" "+e.EventType())
			return nil
		}
	}
	m := NewMux()
	On(m, func(_ context.Context, _ *Session, e *api.ResponseOutputAudioDelta) error {
		log = append(log, "typed "+e.EventType())
		return nil
	})
	On(m, func(_ context.Context, _ *Session, e *api.UnknownServerEvent) error {
		log = append(log, "unknown "+e.Type)
		return nil
	})
	m.Handle("response.audio.delta", note("old name"))
	m.Handle("future.event", note("name"))
	m.Handle("__proto__", note("name"))
	m.Handle("", note("name"))
	On(m, func(_ context.Context, _ *Session, e *api.ResponseDone) error {
		switch e.Response.Status {
		case api.ResponseStatusCancelled:
			log = append(log, "was cancelled")
		case api.ResponseStatusFailed:
			log = append(log, "has failed")
		default:
		}
		return nil
	})
	m.HandleAll(note("all"))
	require.NoError(t, m.Run(t.Context(), s))
	assert.Equal(t, []string{
		"all session.created",
		"all response.audio.delta", "typed response.audio.delta", "old name response.audio.delta",
		"all response.output_audio.delta", "typed response.output_audio.delta", "old name response.output_audio.delta",
		"all future.event", "name future.event", "unknown future.event",
		"all __proto__", "name __proto__", "unknown __proto__",
		"all ", "name ", "unknown ",
		"all close", "unknown close",
		"all response.done", "was cancelled",
		"all response.done", "has failed",
	}, log)
}

func TestMuxKeepsErrorsApartAndLosesNone(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	frames := []string{
		serverErrorFrame, `{"type":`, `{"type":"a"}`, `{"type":"b"}`, `{"type":"c"}`,
	}
	register := func(m *Mux) {
		m.Handle("a", func(context.Context, *Session, api.ServerEvent) error { return boom })
		m.Handle("b", func(context.Context, *Session, api.ServerEvent) error { panic(boom) })
	}
	t.Run("handlers", func(t *testing.T) {
		t.Parallel()
		s := connect(t, script(t, plays(frames...)), nil)
		m := NewMux()
		register(m)
		var own []error
		var server []*ServerError
		m.OnError(func(_ context.Context, _ *Session, err error) error { own = append(own, err); return nil })
		m.OnServerError(func(_ context.Context, _ *Session, err *ServerError) error { server = append(server, err); return nil })
		require.NoError(t, m.Run(t.Context(), s))
		require.Len(t, server, 1)
		assert.True(t, server[0].IsServerError())
		assert.Equal(t, "e9", server[0].ServerEventID)
		require.Len(t, own, 3)
		assert.True(t, eventloop.IsMalformed(own[0]))
		assert.ErrorIs(t, own[1], boom)
		p, ok := errors.AsType[*PanicError](own[2])
		require.True(t, ok)
		assert.Equal(t, "b", p.EventType)
		assert.NotEmpty(t, p.Stack)
		assert.ErrorIs(t, p, boom)
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		s := connect(t, script(t, plays(serverErrorFrame, `{"type":`, `{"type":"c"}`)), nil)
		err := NewMux().Run(t.Context(), s)
		_, ok := errors.AsType[*ServerError](err)
		assert.True(t, ok, "an error that no handler took is in the result: %v", err)
	})
	t.Run("handler error ends the run", func(t *testing.T) {
		t.Parallel()
		s := connect(t, script(t, plays(frames...)), nil)
		m := NewMux()
		register(m)
		err := m.Run(t.Context(), s)
		assert.ErrorIs(t, err, boom)
		_, ok := errors.AsType[*ServerError](err)
		assert.True(t, ok, "%v", err)
		require.NoError(t, s.Close())
	})
	t.Run("context", func(t *testing.T) {
		t.Parallel()
		s := connect(t, script(t, func(p *peer) { p.Created(); p.Drain() }), nil)
		ctx, cancel := context.WithCancel(t.Context())
		m := NewMux()
		On(m, func(context.Context, *Session, *api.SessionCreated) error { cancel(); return nil })
		require.ErrorIs(t, m.Run(ctx, s), context.Canceled)
		require.NoError(t, s.Err(), "the session is left open")
		require.NoError(t, s.Close())
	})
}

func TestMalformedFramesShowNothingAndEndNothing(t *testing.T) {
	t.Parallel()
	bad := []string{
		`{"type":"x","secret":"hunter2`, `null`, `["hunter2"]`, `"hunter2"`, `42`, `true`, `hunter2`, ``,
		`{"a":"hunter2"}`, `{"type":7,"a":"hunter2"}`, `{"type":null}`, `{"type":{"hunter2":1}}`, "{\"type\":\"x\"} hunter2",
	}
	c := script(t, func(p *peer) {
		p.Created()
		for _, f := range bad {
			p.Send(f)
		}
		_ = p.WS.WriteMessage(websocket.BinaryMessage, []byte(`{"type":"response.done","event_id":"1","response":{"id":"r","status":"completed","output":[]}}`))
		p.Close(1000, "")
	})
	var malformed int
	s := connect(t, c, &Options{Taps: []*Tap{{Received: func(e Event, err error, _ []byte) {
		if err != nil {
			assert.Nil(t, e)
			malformed++
		}
	}}}})
	errs, events := 0, 0
	for e, err := range s.Events(t.Context()) {
		if err != nil {
			_, ok := errors.AsType[*api.DecodeError](err)
			assert.True(t, ok, "%v", err)
			assert.NotContains(t, err.Error(), "hunter2")
			assert.Nil(t, e)
			errs++
			continue
		}
		events++
	}
	assert.Equal(t, len(bad), errs)
	assert.Equal(t, len(bad), malformed)
	assert.Equal(t, 2, events, "what follows is received, a binary frame too")
}

func TestEventsEndings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		play func(*peer)
		want func(*testing.T, error)
	}{
		"clean":     {func(p *peer) { p.Created(); p.Close(1000, "done") }, nil},
		"no status": {func(p *peer) { p.Created(); p.Close(1005, "") }, nil},
		"expired": {func(p *peer) { p.Created(); p.Close(1001, "60 minutes") }, func(t *testing.T, err error) {
			t.Helper()
			e, ok := errors.AsType[*socket.CloseError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, socket.CloseError{Code: CloseExpired, Reason: "60 minutes"}, *e)
		}},
		"cut": {func(p *peer) { p.Created() }, func(t *testing.T, err error) {
			t.Helper()
			assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := connect(t, script(t, tc.play), nil)
			var last error
			n := 0
			for _, err := range s.Events(t.Context()) {
				n++
				last = err
			}
			if tc.want == nil {
				require.NoError(t, last)
				assert.Equal(t, 1, n)
				assert.ErrorIs(t, s.Err(), io.EOF)
				return
			}
			tc.want(t, last)
			assert.Equal(t, 2, n)
		})
	}
}

// TestSlowHandlerDoesNotStopPings holds that pings are answered while a
// handler sleeps.
func TestSlowHandlerDoesNotStopPings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var pongs atomic.Int32
		c := script(t, func(p *peer) {
			p.WS.SetPongHandler(func(string) error { pongs.Add(1); return nil })
			p.Created()
			go func() {
				for range 5 {
					time.Sleep(20 * time.Second)
					_ = p.WS.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
					p.Send(`{"type":"tick"}`)
				}
			}()
			p.Drain()
		})
		s := connect(t, c, nil)
		m := NewMux()
		On(m, func(context.Context, *Session, *api.SessionCreated) error {
			time.Sleep(2 * time.Minute)
			assert.EqualValues(t, 5, pongs.Load())
			go func() { assert.NoError(t, s.Close()) }()
			return nil
		})
		ticks := 0
		m.Handle("tick", func(context.Context, *Session, api.ServerEvent) error { ticks++; return nil })
		require.NoError(t, m.Run(t.Context(), s))
		assert.Equal(t, 5, ticks)
	})
}

func TestServerErrorText(t *testing.T) {
	t.Parallel()
	e := NewServerError(&api.ErrorEvent{EventID: "srv", Error: api.Error{
		Type: "rate_limit_error", Message: "slow\ndown", Code: api.Value("rate_limit_exceeded"),
		Param: api.Value("session.x"), EventID: api.Value("evt_1"),
	}})
	assert.Equal(t, "realtime: server error: slow down type=rate_limit_error code=rate_limit_exceeded param=session.x event_id=evt_1", e.Error())
	assert.True(t, e.IsRateLimit())
	assert.False(t, e.IsInvalidRequest() || e.IsServerError() || e.IsUnauthorized())
	assert.NotContains(t, strings.ToLower(e.Error()), "\n")
}
