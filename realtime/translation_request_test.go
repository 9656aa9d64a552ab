package realtime

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	scripted "github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/socket"
)

func translationUpdated(language string) string {
	return `{"type":"session.updated","event_id":"u","session":{"type":"translation","id":"t1","expires_at":1,"model":"gpt-t",` +
		`"audio":{"input":{"transcription":null},"output":{"language":"` + language + `"}}}}`
}

func into(language string) api.TranslationSessionChange {
	return api.TranslationSessionChange{Audio: &api.TranslationAudio{Output: &api.TranslationAudioOutput{Language: &language}}}
}

// language returns the language that a session.update asks for.
func language(update map[string]any) string {
	return textAt(update, "session", "audio", "output", "language")
}

func TestTranslationRequests(t *testing.T) {
	t.Parallel()
	t.Run("in turn, beside events of Send", func(t *testing.T) {
		t.Parallel()
		s := translate(t, func(p *peer) {
			p.Send(translationCreated)
			for range 3 {
				p.Expect("session.update")
			}
			for _, to := range []string{"es", "fr", "pt"} {
				p.Send(translationUpdated(to))
			}
			p.Drain()
		}, nil)
		require.NoError(t, s.Send(t.Context(), &api.TranslationSessionUpdate{Session: into("es")}))
		require.NoError(t, s.Send(t.Context(), &api.TranslationSessionUpdate{Session: into("fr")}))
		now, err := s.Update(t.Context(), into("pt"))
		require.NoError(t, err)
		assert.Equal(t, "pt", *now.Audio.Output.Language)
		assert.Equal(t, "pt", *s.Current().Audio.Output.Language)
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		s := translate(t, func(p *peer) {
			p.Send(translationCreated)
			id := textAt(p.Expect("session.update"), "event_id")
			p.Send(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"c","message":"no","event_id":"` + id + `"}}`)
			p.Drain()
		}, nil)
		_, err := s.Update(t.Context(), into("xx"))
		refused, ok := errors.AsType[*ServerError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, "c", refused.Code())
	})
	t.Run("session.close", func(t *testing.T) {
		t.Parallel()
		s := translate(t, func(p *peer) {
			p.Send(translationCreated)
			p.Expect("session.close")
			p.Send(`{"type":"session.closed","event_id":"e"}`)
			p.Drain()
		}, nil)
		e, err := s.Request(t.Context(), &api.TranslationSessionClose{})
		require.NoError(t, err)
		assert.Equal(t, "session.closed", e.EventType())
		_, err = s.Update(t.Context(), into("es"))
		require.ErrorIs(t, err, socket.ErrClosed)
		require.NoError(t, s.Finish(t.Context()))
	})
	t.Run("without an answer", func(t *testing.T) {
		t.Parallel()
		s := translate(t, func(p *peer) { p.Send(translationCreated); p.Expect("session.update"); p.Close(1000, "bye") }, nil)
		_, err := s.Request(t.Context(), &api.TranslationInputAudioBufferAppend{Audio: []byte{1, 2}})
		require.ErrorIs(t, err, ErrNoAnswer)
		_, err = s.Request(t.Context(), nil)
		require.Error(t, err)
		_, err = s.Update(t.Context(), into("es"))
		closed, ok := errors.AsType[*socket.CloseError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, "bye", closed.Reason)
	})
	t.Run("the context", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := translate(t, func(p *peer) { p.Send(translationCreated); p.Drain() }, nil)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := s.Update(ctx, into("es"))
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
	})
}

func TestTranslationAudioFromAReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var at []time.Duration
		done := make(chan struct{})
		s := translate(t, func(p *peer) {
			p.Send(translationCreated)
			for range 2 {
				p.Expect("session.input_audio_buffer.append")
			}
			for range 3 {
				p.Expect("session.input_audio_buffer.append")
				at = append(at, time.Since(begin))
			}
			close(done)
			p.Drain()
		}, nil)
		n, err := s.AppendAudioFrom(t.Context(), iotest.HalfReader(bytes.NewReader(make([]byte, 10<<10))))
		require.NoError(t, err)
		assert.EqualValues(t, 10<<10, n)
		n, err = s.PaceAudio(t.Context(), bytes.NewReader(make([]byte, 3*9600)), Pace{Chunk: 200 * time.Millisecond})
		require.NoError(t, err)
		assert.EqualValues(t, 3*9600, n)
		<-done
		assert.Equal(t, []time.Duration{0, 200 * time.Millisecond, 400 * time.Millisecond}, at)
	})
}

// afterOutage receives until the translation is back.
func afterOutage(t *testing.T, s *TranslationSession) *TranslationReconnected {
	t.Helper()
	for {
		e, err := s.Recv(t.Context())
		require.NoError(t, err)
		if e, ok := e.(*TranslationReconnected); ok {
			return e
		}
	}
}

func TestTranslationReconnects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		s := translate(t, func(p *peer) {
			p.Send(translationCreated)
			if p.N == 1 {
				p.Expect("session.update")
				p.Send(translationUpdated("es"))
				p.Expect("session.input_audio_buffer.append")
				p.Send(`{"type":"session.output_transcript.delta","event_id":"e","delta":"hola","elapsed_ms":400}`)
				p.Expect("session.update")
				return
			}
			update := p.Expect("session.update")
			asked = append(asked, language(update))
			audio, _ := scripted.At(update, "session", "audio").(map[string]any)
			assert.Contains(t, audio, "input")
			p.Send(translationUpdated("es"))
			asked = append(asked, language(p.Expect("session.update")))
			p.Send(translationUpdated("fr"))
			p.Expect("session.input_audio_buffer.append")
			p.Drain()
		}, &Options{Reconnect: &Reconnect{}})
		_, err := s.Update(t.Context(), into("es"))
		require.NoError(t, err)
		require.NoError(t, s.AppendAudio(t.Context(), make([]byte, RatePCM)))
		// The update that the old link took waits on, and is answered by the new one.
		now, err := s.Update(t.Context(), into("fr"))
		require.NoError(t, err)
		assert.Equal(t, "fr", *now.Audio.Output.Language)
		back := afterOutage(t, s)
		assert.True(t, back.Settings)
		assert.Equal(t, 1, back.Attempts)
		require.Error(t, back.Cause)
		assert.Equal(t, 600*time.Millisecond, back.Untranslated, "a second but for what was translated")
		assert.EqualValues(t, RatePCM, back.AudioSent)
		assert.Equal(t, []string{"es", "fr"}, asked)
		require.NoError(t, s.AppendAudio(t.Context(), make([]byte, 100)))
		require.NoError(t, s.Flush(t.Context()))
		require.NoError(t, s.Err())
	})
}

// TestWhatASecondOutageOfATranslationLoses holds that audio which one connection took is not
// counted as lost by the next.
func TestWhatASecondOutageOfATranslationLoses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := translate(t, func(p *peer) {
			p.Send(translationCreated)
			if p.N < 3 {
				p.Expect("session.input_audio_buffer.append")
				return
			}
			p.Drain()
		}, &Options{Reconnect: &Reconnect{}})
		for i, audio := range []time.Duration{time.Second, time.Second / 2} {
			size := int(audio * RatePCM / time.Second)
			require.NoError(t, s.AppendAudio(t.Context(), make([]byte, size)))
			back := afterOutage(t, s)
			assert.Equal(t, audio, back.Untranslated, "connection %d", i+1)
			assert.EqualValues(t, []int{RatePCM, RatePCM * 3 / 2}[i], back.AudioSent)
		}
	})
}

func TestTranslationOutages(t *testing.T) {
	t.Parallel()
	refusal := `{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"model_not_found","message":"no"}}`
	for name, c := range map[string]struct {
		second func(p *peer)
		check  func(t *testing.T, s *TranslationSession)
	}{
		"settings that were never changed are left alone": {
			func(p *peer) { p.Send(translationCreated); p.Expect("session.input_audio_buffer.append"); p.Drain() },
			func(t *testing.T, s *TranslationSession) {
				t.Helper()
				assert.False(t, afterOutage(t, s).Settings)
				require.NoError(t, s.AppendAudio(t.Context(), []byte{1, 2}))
				require.NoError(t, s.Flush(t.Context()))
			},
		},
		"a refusal ends the session": {
			func(p *peer) { p.Send(refusal); p.Close(4000, "") },
			func(t *testing.T, s *TranslationSession) {
				t.Helper()
				<-s.Done()
				refused, ok := errors.AsType[*ServerError](s.Err())
				require.True(t, ok, "%v", s.Err())
				assert.Equal(t, CodeModelNotFound, refused.Code())
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := translate(t, func(p *peer) {
					if p.N == 1 {
						p.Send(translationCreated)
						return
					}
					c.second(p)
				}, &Options{Reconnect: &Reconnect{}})
				c.check(t, s)
			})
		})
	}
	t.Run("the tail is not sought again", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := translate(t, func(p *peer) {
				assert.Equal(t, 1, p.N)
				p.Send(translationCreated)
				p.Expect("session.close")
			}, &Options{Reconnect: &Reconnect{}})
			require.Error(t, s.Finish(t.Context()))
			require.Error(t, s.Err())
		})
	})
}
