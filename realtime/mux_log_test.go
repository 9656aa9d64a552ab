package realtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

const complaint = `{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"odd","message":"private words","event_id":"mine"}}`

func TestMuxLogsServerErrorsThatNobodyTakes(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, *Session, api.ServerEvent) error { return nil }
	for name, tc := range map[string]struct {
		register func(*Mux)
		warned   int
	}{
		"no handler":       {func(*Mux) {}, 2},
		"all events":       {func(m *Mux) { m.HandleAll(nothing) }, 2},
		"a server handler": {func(m *Mux) { m.OnServerError(func(context.Context, *Session, *ServerError) error { return nil }) }, 0},
		"a typed handler":  {func(m *Mux) { On(m, func(context.Context, *Session, *api.ErrorEvent) error { return nil }) }, 0},
		"a named handler":  {func(m *Mux) { m.Handle("error", nothing) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			s := connect(t, script(t, func(p *peer) {
				p.Created()
				p.Send(complaint)
				p.Send(complaint)
				p.Close(1000, "")
			}, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) }), nil)
			m := NewMux()
			tc.register(m)
			err := m.Run(t.Context(), s)
			_, told := errors.AsType[*ServerError](err)
			assert.Equal(t, tc.warned > 0, told, "the result holds what no handler took: %v", err)
			require.NoError(t, s.Close())
			const line = `level=WARN msg="realtime server error" type=invalid_request_error code=odd event_id=mine`
			assert.Equal(t, tc.warned, strings.Count(log.String(), line), log.String())
			assert.NotContains(t, log.String(), "private words")
		})
	}
}

func TestHandlersMayWaitForAnswersAndEndTheRun(t *testing.T) {
	t.Parallel()
	done := errors.New("done")
	s := connect(t, script(t, answers), nil)
	m := NewMux()
	On(m, func(ctx context.Context, s *Session, _ *api.SessionCreated) error {
		if _, err := s.Update(ctx, &api.RealtimeSessionConfig{}); err != nil {
			return err
		}
		_, err := s.Request(ctx, &api.ResponseCreate{})
		return err
	})
	On(m, func(context.Context, *Session, *api.ResponseDone) error { return done })
	require.ErrorIs(t, m.Run(t.Context(), s), done)
	require.NoError(t, s.Err(), "the session is left open")
	require.NoError(t, s.Close())
}

// TestAnErrorThatRequestReturnsIsToldOnce holds that Run neither logs nor returns
// it, and that only handlers which see every event see it.
func TestAnErrorThatRequestReturnsIsToldOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := connect(t, script(t, func(p *peer) {
		p.Created()
		id := p.Expect("input_audio_buffer.commit")["event_id"]
		p.Send(fmt.Sprintf(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"c","message":"m","event_id":%q}}`, id))
		p.Close(1000, "")
	}, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) }), nil)
	m, seen := NewMux(), 0
	On(m, func(ctx context.Context, s *Session, _ *api.SessionCreated) error {
		_, err := s.Request(ctx, &api.InputAudioBufferCommit{})
		_, refused := errors.AsType[*ServerError](err)
		assert.True(t, refused, "%v", err)
		return nil
	})
	m.HandleAll(func(_ context.Context, _ *Session, e api.ServerEvent) error {
		if _, ok := e.(*api.ErrorEvent); ok {
			seen++
		}
		return nil
	})
	require.NoError(t, m.Run(t.Context(), s))
	assert.Equal(t, 1, seen)
	assert.NotContains(t, log.String(), "server error")

	m.OnServerError(func(context.Context, *Session, *ServerError) error {
		assert.Fail(t, "it has been returned")
		return nil
	})
	r := run{s: s, routes: m.current()}
	require.NoError(t, r.dispatch(t.Context(), delivery{event: &api.ErrorEvent{}, told: true}))
	require.NoError(t, s.Close())
}
