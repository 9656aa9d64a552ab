package realtime

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

const translationCreated = `{"type":"session.created","event_id":"s","session":{"type":"translation","id":"t1","expires_at":1,"model":"gpt-t","audio":{}}}`

func translate(t *testing.T, play func(*peer), o *Options) *TranslationSession {
	t.Helper()
	c := script(t, play)
	s, err := c.ConnectTranslation(t.Context(), "gpt-t", o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestTranslationFinishDeliversTheTail(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]int{"normal": 1000, "expired": 1001, "no status": 1005} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := translate(t, func(p *peer) {
				assert.Equal(t, "/v1/realtime/translations?model=gpt-t", p.Req.URL.String())
				p.Send(translationCreated)
				assert.Equal(t, "AQI=", p.Expect("session.input_audio_buffer.append")["audio"])
				assert.NotEmpty(t, p.Expect("session.close")["event_id"])
				p.Send(`{"type":"session.output_transcript.delta","event_id":"e","delta":"tail","elapsed_ms":null}`)
				p.Send(`{"type":"session.closed","event_id":"e"}`)
				p.Send(`{"type":"session.output_transcript.delta","event_id":"e","delta":"ignored"}`)
				p.Close(code, "")
			}, nil)
			assert.Equal(t, "t1", s.Current().ID)
			require.NoError(t, s.AppendAudio(t.Context(), []byte{1, 2}))
			finished := make(chan error, 2)
			for range 2 {
				go func() { finished <- s.Finish(t.Context()) }()
			}
			var got []string
			for e, err := range s.Events(t.Context()) {
				require.NoError(t, err)
				got = append(got, e.EventType())
			}
			assert.Equal(t, []string{"session.created", "session.output_transcript.delta", "session.closed"}, got)
			require.NoError(t, <-finished)
			require.NoError(t, <-finished)
			require.ErrorIs(t, s.Send(t.Context(), &api.TranslationInputAudioBufferAppend{Audio: []byte{1}}), socket.ErrClosed)
		})
	}
}

// TestTranslationSendAfterClose refuses audio that the server would not take.
func TestTranslationSendAfterClose(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]api.TranslationClientEvent{
		"typed": &api.TranslationSessionClose{}, "unknown": &api.UnknownTranslationClientEvent{Type: "session.close"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := translate(t, func(p *peer) {
				p.Send(translationCreated)
				p.Expect("session.close")
				p.Send(`{"type":"session.closed","event_id":"e"}`)
				assert.Nil(t, p.Read(), "nothing follows session.close")
			}, nil)
			require.NoError(t, s.Send(t.Context(), e))
			require.ErrorIs(t, s.AppendAudio(t.Context(), []byte{1, 2}), socket.ErrClosed)
			require.ErrorIs(t, s.Send(t.Context(), &api.TranslationSessionClose{}), socket.ErrClosed)
			require.NoError(t, s.Finish(t.Context()))
		})
	}
}

// TestATranslationIsClosedOnce sends session.close twice while the network takes nothing: one
// is sent, and the other is refused.
func TestATranslationIsClosedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		resume := make(chan struct{})
		s := translate(t, func(p *peer) {
			p.Send(translationCreated)
			<-resume
			p.Expect("session.input_audio_buffer.append")
			p.Expect("session.close")
			assert.Nil(t, p.Read(), "nothing follows session.close")
		}, &Options{SendQueueBytes: 1, PingInterval: -1})
		require.NoError(t, s.Send(t.Context(), &api.TranslationInputAudioBufferAppend{Audio: make([]byte, 64<<10)}))
		sent := make(chan error, 2)
		for range cap(sent) {
			go func() { sent <- s.Send(t.Context(), &api.TranslationSessionClose{}) }()
		}
		synctest.Wait()
		require.Empty(t, sent, "the queue is full")
		close(resume)
		errs := []error{<-sent, <-sent}
		assert.Contains(t, errs, nil)
		require.ErrorIs(t, errors.Join(errs...), socket.ErrClosed)
		require.NoError(t, s.Close())
	})
}

func TestTranslationFinishFailures(t *testing.T) {
	t.Parallel()
	t.Run("closed before session.closed", func(t *testing.T) {
		t.Parallel()
		s := translate(t, func(p *peer) { p.Send(translationCreated); p.Expect("session.close"); p.Close(1000, "early") }, nil)
		err := s.Finish(t.Context())
		closed, ok := errors.AsType[*socket.CloseError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, "early", closed.Reason)
	})
	t.Run("context", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := translate(t, func(p *peer) { p.Send(translationCreated); p.Drain() }, nil)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			require.ErrorIs(t, s.Finish(ctx), context.DeadlineExceeded)
			require.NoError(t, s.Err())
			require.NoError(t, s.Close())
		})
	})
}

// TestTranslationFinishAgain holds that a Finish which could not send session.close
// leaves that to the next one.
func TestTranslationFinishAgain(t *testing.T) {
	t.Parallel()
	play := func(p *peer) {
		p.Send(translationCreated)
		p.Expect("session.close")
		p.Send(`{"type":"session.closed","event_id":"e"}`)
		p.Drain()
	}
	cancelled := func(t *testing.T) context.Context {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return ctx
	}
	for name, first := range map[string]func(t *testing.T, s *TranslationSession){
		"cancelled": func(t *testing.T, s *TranslationSession) {
			t.Helper()
			require.ErrorIs(t, s.Finish(cancelled(t)), context.Canceled)
			require.ErrorIs(t, s.Finish(cancelled(t)), context.Canceled)
		},
		"beside one that waits": func(t *testing.T, s *TranslationSession) {
			t.Helper()
			finished := make(chan error, 4)
			for range cap(finished) {
				go func() { finished <- s.Finish(t.Context()) }()
			}
			for range cap(finished) {
				require.NoError(t, <-finished)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := translate(t, play, nil)
				first(t, s)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				require.NoError(t, s.Finish(ctx))
			})
		})
	}
}

func TestTranslationRefusals(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) {
		p.Send(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"model_not_found","message":"no"}}`)
		p.Close(4000, "")
	})
	_, err := c.ConnectTranslation(t.Context(), "m", nil)
	e, ok := errors.AsType[*ServerError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, CodeModelNotFound, e.Code())
	azure, err := NewClient(&Config{Azure: &Azure{Endpoint: "https://r"}})
	require.NoError(t, err)
	_, err = azure.ConnectTranslation(t.Context(), "m", nil)
	require.Error(t, err)
}
