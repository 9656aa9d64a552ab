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

// transcribing is how a server describes a transcription session.
const transcribing = `{"type":"transcription","id":"s","object":"realtime.transcription_session","audio":{"input":{` +
	`"transcription":{"model":"whisper-1"},"turn_detection":{"type":"server_vad"}}}}`

const (
	transcriptionCreated = `{"type":"session.created","event_id":"s1","session":` + transcribing + `}`
	transcriptionUpdated = `{"type":"session.updated","event_id":"s2","session":` + transcribing + `}`
	commitEmpty          = `{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"input_audio_buffer_commit_empty","message":"empty","event_id":"`
	bufferCleared        = `{"type":"input_audio_buffer.cleared","event_id":"e"}`
)

func committed(id string) string {
	return `{"type":"input_audio_buffer.committed","event_id":"e","previous_item_id":null,"item_id":"` + id + `"}`
}

func transcribed(id string) string {
	return `{"type":"conversation.item.input_audio_transcription.completed","event_id":"e","item_id":"` + id +
		`","content_index":0,"transcript":"hello","usage":{"type":"duration","seconds":1}}`
}

func failed(id string) string {
	return `{"type":"conversation.item.input_audio_transcription.failed","event_id":"e","item_id":"` + id +
		`","content_index":0,"error":{"type":"server_error","message":"no"}}`
}

func deleted(id string) string {
	return `{"type":"conversation.item.deleted","event_id":"e","item_id":"` + id + `"}`
}

// transcription opens a session with the target Transcription.
func transcription(t *testing.T, play func(*peer), o *Options) *Session {
	t.Helper()
	s, err := script(t, play).Connect(t.Context(), Transcription(), o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// received starts to receive and returns what gives the names of the events.
func received(t *testing.T, s *Session) func() []string {
	t.Helper()
	done := make(chan []string, 1)
	go func() {
		var names []string
		for e, err := range s.Events(t.Context()) {
			if !assert.NoError(t, err) {
				break
			}
			names = append(names, e.EventType())
		}
		done <- names
	}()
	return func() []string { return <-done }
}

func TestFinishWaitsForTheTranscripts(t *testing.T) {
	t.Parallel()
	refuseCommit := func(p *peer) {
		id := textAt(p.Expect("input_audio_buffer.commit"), "event_id")
		p.Send(commitEmpty + id + `"}}`)
		p.Expect("input_audio_buffer.clear")
		p.Send(bufferCleared)
	}
	for name, play := range map[string]func(p *peer){
		"the rest is committed": func(p *peer) {
			p.Expect("input_audio_buffer.commit")
			p.Send(committed("a"))
			p.Expect("input_audio_buffer.clear")
			p.Send(bufferCleared)
			time.Sleep(time.Second)
			p.Send(transcribed("a"))
		},
		"nothing is left": refuseCommit,
		"turn detection commits at the same time": func(p *peer) {
			p.Expect("input_audio_buffer.commit")
			p.Send(committed("a")) // by turn detection
			p.Expect("input_audio_buffer.clear")
			p.Send(transcribed("a"))
			p.Send(committed("b")) // by the client
			p.Send(bufferCleared)
			time.Sleep(time.Second)
			p.Send(transcribed("b"))
		},
		"transcripts out of order, failed and deleted": func(p *peer) {
			p.Send(committed("a"))
			p.Send(committed("b"))
			p.Send(committed("c"))
			refuseCommit(p)
			p.Send(transcribed("c"))
			time.Sleep(time.Second)
			p.Send(failed("a"))
			time.Sleep(time.Second)
			p.Send(deleted("b"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				over := false
				s := transcription(t, func(p *peer) {
					p.Send(transcriptionCreated)
					play(p)
					over = true
					p.Drain()
				}, nil)
				names := received(t, s)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				require.NoError(t, s.Finish(ctx))
				assert.True(t, over, "Finish returned too early")
				assert.NotEmpty(t, names())
				require.ErrorIs(t, s.AppendAudio(t.Context(), []byte{1, 2}), socket.ErrClosed)
				_, err := s.Request(t.Context(), &api.InputAudioBufferClear{})
				require.ErrorIs(t, err, socket.ErrClosed)
			})
		})
	}
}

func TestFinishOfASessionThatTranscribesNothing(t *testing.T) {
	t.Parallel()
	s := transcription(t, func(p *peer) {
		p.Send(`{"type":"session.created","event_id":"s1","session":{"type":"transcription","id":"s","object":"x","audio":{"input":{"transcription":null}}}}`)
		p.Expect("input_audio_buffer.commit")
		p.Send(committed("a"))
		p.Expect("input_audio_buffer.clear")
		p.Send(bufferCleared)
		p.Drain()
	}, nil)
	names := received(t, s)
	require.NoError(t, s.Finish(t.Context()))
	assert.Equal(t, []string{"session.created", "input_audio_buffer.committed", "input_audio_buffer.cleared"}, names())
}

func TestFinishFailures(t *testing.T) {
	t.Parallel()
	t.Run("a conversation", func(t *testing.T) {
		t.Parallel()
		s := connect(t, script(t, func(p *peer) { p.Created(); p.Drain() }), nil)
		require.ErrorIs(t, s.Finish(t.Context()), errNotTranscription)
		require.NoError(t, s.Err())
		require.NoError(t, s.AppendAudio(t.Context(), []byte{1, 2}))
	})
	t.Run("the context, and once more", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := transcription(t, func(p *peer) {
				p.Send(transcriptionCreated)
				for range 2 {
					p.Expect("input_audio_buffer.commit")
					p.Send(committed("a"))
					p.Expect("input_audio_buffer.clear")
					p.Send(bufferCleared)
				}
				time.Sleep(5 * time.Second)
				p.Send(transcribed("a"))
				p.Drain()
			}, nil)
			names := received(t, s)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			require.ErrorIs(t, s.Finish(ctx), context.DeadlineExceeded)
			require.NoError(t, s.Err())
			require.NoError(t, s.Finish(t.Context()))
			assert.Contains(t, names(), "conversation.item.input_audio_transcription.completed")
		})
	})
	t.Run("the end of the session", func(t *testing.T) {
		t.Parallel()
		s := transcription(t, func(p *peer) {
			p.Send(transcriptionCreated)
			p.Send(committed("a"))
			p.Expect("input_audio_buffer.commit")
			p.Send(committed("b"))
			p.Expect("input_audio_buffer.clear")
			p.Send(bufferCleared)
			p.Close(1000, "early")
		}, nil)
		closed, ok := errors.AsType[*socket.CloseError](s.Finish(t.Context()))
		require.True(t, ok)
		assert.Equal(t, "early", closed.Reason)
	})
	t.Run("a refused commit", func(t *testing.T) {
		t.Parallel()
		s := transcription(t, func(p *peer) {
			p.Send(transcriptionCreated)
			id := textAt(p.Expect("input_audio_buffer.commit"), "event_id")
			p.Send(`{"type":"error","event_id":"e","error":{"type":"server_error","message":"no","event_id":"` + id + `"}}`)
			p.Expect("input_audio_buffer.clear")
			p.Send(bufferCleared)
			p.Drain()
		}, nil)
		refused, ok := errors.AsType[*ServerError](s.Finish(t.Context()))
		require.True(t, ok)
		assert.True(t, refused.IsServerError())
		require.Error(t, s.Err(), "the session is closed")
	})
}

func TestTranscriptionReconnects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := transcription(t, func(p *peer) {
			p.Send(transcriptionCreated)
			if p.N == 1 {
				p.Expect("session.update")
				p.Send(transcriptionUpdated)
				p.Expect("input_audio_buffer.append")
				p.Send(committed("a"))
				p.Send(transcribed("a"))
				p.Send(committed("b"))
				p.Expect("input_audio_buffer.append")
				return
			}
			update := p.Expect("session.update")
			assert.Equal(t, "transcription", textAt(update, "session", "type"))
			assert.Equal(t, "whisper-1", textAt(update, "session", "audio", "input", "transcription", "model"))
			p.Send(transcriptionUpdated)
			id := textAt(p.Expect("input_audio_buffer.commit"), "event_id")
			p.Send(commitEmpty + id + `"}}`)
			p.Expect("input_audio_buffer.clear")
			p.Send(bufferCleared)
			p.Drain()
		}, &Options{Reconnect: &Reconnect{}})
		_, err := s.Update(t.Context(), &api.TranscriptionSessionConfig{Audio: &api.TranscriptionAudio{Input: &api.AudioInput{
			Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelWhisper1)}),
		}}})
		require.NoError(t, err)
		require.NoError(t, s.AppendAudio(t.Context(), make([]byte, 100)))
		next[*api.ConversationItemInputAudioTranscriptionCompleted](t, s)
		next[*api.InputAudioBufferCommitted](t, s)
		require.NoError(t, s.AppendAudio(t.Context(), make([]byte, 60)))
		back := next[*Reconnected](t, s)
		assert.True(t, back.Settings)
		assert.Empty(t, back.Restored)
		assert.Equal(t, []LostItem{{ID: "b", Reason: "its transcript had not arrived"}}, back.Lost)
		assert.Equal(t, 60, back.UncommittedAudio)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.NoError(t, s.Finish(ctx), "nothing is owed any more")
	})
}

func TestTranscriptionIsNotLeftWhileTextIsOwed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s := transcription(t, func(p *peer) {
			p.Send(transcriptionCreated)
			if p.N == 1 {
				p.Send(committed("a"))
				time.Sleep(time.Hour)
				p.Send(transcribed("a"))
			}
			p.Drain()
		}, &Options{Reconnect: &Reconnect{MaxAge: time.Minute}, PingInterval: -1})
		back := next[*Reconnected](t, s)
		assert.Equal(t, time.Hour, time.Since(begin).Truncate(time.Minute))
		assert.Empty(t, back.Lost)
		require.NoError(t, back.Cause)
	})
}
