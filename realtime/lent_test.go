package realtime

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/pending"
	"github.com/voicelane/realtime-go/socket"
)

// pieces is how many deltas a response of these tests has.
const pieces = 100

// piece is the audio of one delta, unlike that of any other. Sizes vary, so
// that memory is found too small as well as too large.
func piece(i int) []byte { return bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 100+i%7*300) }

// whole is the audio of the response.
func whole() []byte {
	var all []byte
	for i := range pieces {
		all = append(all, piece(i)...)
	}
	return all
}

func audioFrame(audio []byte) string {
	return fmt.Sprintf(`{"type":"response.output_audio.delta","event_id":"event_1","response_id":"r1","item_id":"i1","output_index":0,"content_index":0,"delta":%q}`,
		base64.StdEncoding.EncodeToString(audio))
}

// speaks plays a response with pieces of audio, and closes.
func speaks(p *peer) {
	p.Created()
	p.Send(`{"type":"response.created","response":{"id":"r1"}}`)
	for i := range pieces {
		p.Send(audioFrame(piece(i)))
	}
	p.Send(`{"type":"response.done","response":{"id":"r1","status":"completed"}}`)
	p.Close(link.CodeNormal, "")
}

// keeper holds on to the audio that it is given.
type keeper struct {
	deltas []*api.ResponseOutputAudioDelta
}

func (k *keeper) audio(_ context.Context, _ *Session, e *api.ResponseOutputAudioDelta) error {
	k.deltas = append(k.deltas, e)
	return nil
}

func (k *keeper) any(ctx context.Context, s *Session, e api.ServerEvent) error {
	if e, ok := e.(*api.ResponseOutputAudioDelta); ok {
		return k.audio(ctx, s, e)
	}
	return nil
}

func (k *keeper) unchanged(t *testing.T) {
	t.Helper()
	require.Len(t, k.deltas, pieces)
	for i, e := range k.deltas {
		require.Equal(t, piece(i), e.Delta, "delta %d", i)
		require.Equal(t, "i1", e.ItemID, "delta %d", i)
	}
}

// borrower copies the audio that it is lent.
type borrower struct{ heard []byte }

func (b *borrower) audio(_ context.Context, _ *Session, e *api.ResponseOutputAudioDelta) error {
	b.heard = append(b.heard, e.Delta...)
	return nil
}

// TestOwnersKeepAudio gives the same response to every receiver that owns what
// it gets, alone and beside borrowers.
func TestOwnersKeepAudio(t *testing.T) {
	t.Parallel()
	run := func(register func(m *Mux, k *keeper, b *borrower)) func(*testing.T, *Session, *keeper, *borrower) {
		return func(t *testing.T, s *Session, k *keeper, b *borrower) {
			t.Helper()
			m := NewMux()
			register(m, k, b)
			require.NoError(t, m.Run(t.Context(), s))
		}
	}
	for name, receive := range map[string]func(t *testing.T, s *Session, k *keeper, b *borrower){
		"Recv": func(t *testing.T, s *Session, k *keeper, _ *borrower) {
			t.Helper()
			for {
				e, err := s.Recv(t.Context())
				if err != nil {
					require.ErrorIs(t, err, io.EOF)
					return
				}
				_ = k.any(t.Context(), s, e)
			}
		},
		"Events": func(t *testing.T, s *Session, k *keeper, _ *borrower) {
			t.Helper()
			for e, err := range s.Events(t.Context()) {
				require.NoError(t, err)
				_ = k.any(t.Context(), s, e)
			}
		},
		"On":           run(func(m *Mux, k *keeper, _ *borrower) { On(m, k.audio) }),
		"Handle":       run(func(m *Mux, k *keeper, _ *borrower) { m.Handle("response.output_audio.delta", k.any) }),
		"the old name": run(func(m *Mux, k *keeper, _ *borrower) { m.Handle("response.audio.delta", k.any) }),
		"HandleAll":    run(func(m *Mux, k *keeper, _ *borrower) { m.HandleAll(k.any) }),
		"OnAudio, then On": run(func(m *Mux, k *keeper, b *borrower) {
			OnAudio(m, b.audio)
			On(m, k.audio)
		}),
		"HandleAll, then OnAudio": run(func(m *Mux, k *keeper, b *borrower) {
			m.HandleAll(k.any)
			OnAudio(m, b.audio)
		}),
		"On, once the response has begun": run(func(m *Mux, k *keeper, b *borrower) {
			OnAudio(m, b.audio)
			On(m, func(context.Context, *Session, *api.ResponseCreated) error {
				On(m, k.audio)
				return nil
			})
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := connect(t, script(t, speaks), &Options{Reconnect: &Reconnect{}})
			var k keeper
			var b borrower
			receive(t, s, &k, &b)
			k.unchanged(t)
			if b.heard != nil {
				assert.True(t, bytes.Equal(whole(), b.heard))
			}
		})
	}
}

// TestReceiversTakeTurns lets a mux that borrows and a loop that owns receive
// from one session.
func TestReceiversTakeTurns(t *testing.T) {
	t.Parallel()
	s := connect(t, script(t, speaks), nil)
	errTurn := errors.New("the other's turn")
	m := NewMux()
	var lent int
	OnAudio(m, func(_ context.Context, _ *Session, e *api.ResponseOutputAudioDelta) error {
		assert.Equal(t, piece(2*lent), e.Delta)
		lent++
		return errTurn
	})
	var owned []*api.ResponseOutputAudioDelta
	for len(owned) < pieces/2 {
		require.ErrorIs(t, m.Run(t.Context(), s), errTurn)
		owned = append(owned, next[*api.ResponseOutputAudioDelta](t, s))
	}
	for i, e := range owned {
		require.Equal(t, piece(2*i+1), e.Delta)
	}
}

// TestBorrowedAudio is right while the handler runs, and spoiled after that. It
// is not parallel: other sessions would use the memory.
func TestBorrowedAudio(t *testing.T) {
	s, m := loneSession(t, nil), NewMux()
	var heard, stale []byte
	OnAudio(m, func(_ context.Context, _ *Session, e *api.ResponseOutputAudioDelta) error {
		heard, stale = append(heard, e.Delta...), e.Delta
		return nil
	})
	r := run{s: s, routes: m.current()}
	for i := range pieces {
		require.NoError(t, s.take([]byte(audioFrame(piece(i)))))
		d, err := s.receive(t.Context(), true)
		require.NoError(t, err)
		require.NoError(t, r.dispatch(t.Context(), d))
		require.Equal(t, bytes.Repeat([]byte{spoiled}, len(piece(i))), stale)
	}
	assert.True(t, bytes.Equal(whole(), heard))
}

// TestStreamsKeepAudio follows a response while its events are borrowed, or discarded.
func TestStreamsKeepAudio(t *testing.T) {
	t.Parallel()
	for name, receive := range map[string]func(s *Session) error{
		"OnAudio": func(s *Session) error {
			m := NewMux()
			OnAudio(m, func(context.Context, *Session, *api.ResponseOutputAudioDelta) error { return nil })
			return m.Run(context.Background(), s)
		},
		"Discard": func(s *Session) error {
			s.Discard()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := connect(t, script(t, func(p *peer) {
				p.Created()
				tag := textAt(p.Expect("response.create"), "response", "metadata", pending.Tag)
				p.Send(fmt.Sprintf(`{"type":"response.created","response":{"id":"r1","metadata":{%q:%q}}}`, pending.Tag, tag))
				for i := range pieces {
					p.Send(audioFrame(piece(i)))
				}
				p.Send(`{"type":"response.done","response":{"id":"r1","status":"completed"}}`)
				p.Drain()
			}), nil)
			received := make(chan error, 1)
			go func() { received <- receive(s) }()
			st, err := s.Respond(t.Context(), nil)
			require.NoError(t, err)
			heard, err := io.ReadAll(st.Audio(t.Context()))
			require.NoError(t, err)
			assert.True(t, bytes.Equal(whole(), heard))
			require.NoError(t, s.Close())
			require.NoError(t, <-received)
		})
	}
}

// loneSession is a session without a connection, to be fed by take.
func loneSession(t *testing.T, o *Options) *Session {
	t.Helper()
	r, err := resolved(o)
	require.NoError(t, err)
	return newSession(r, slog.New(slog.DiscardHandler))
}

// TestDroppedAudio holds that a full queue gives back the memory of dropped audio alone.
func TestDroppedAudio(t *testing.T) {
	t.Parallel()
	s := loneSession(t, &Options{ReceiveQueueEvents: 3, Overflow: socket.OverflowDropOldest})
	s.lends.Store(true)
	for i := range pieces {
		require.NoError(t, s.take([]byte(audioFrame(piece(i)))))
	}
	for i := pieces - 3; i < pieces; i++ {
		assert.Equal(t, piece(i), next[*api.ResponseOutputAudioDelta](t, s).Delta)
	}
	assert.EqualValues(t, pieces-3, s.Stats().Dropped)
}

// TestAllocationsOfReceivedAudio is not parallel: it counts what a delta costs
// from the frame to the return of its handler.
func TestAllocationsOfReceivedAudio(t *testing.T) {
	if raceEnabled {
		t.Skip("pools forget with the race detector")
	}
	nothing := func(context.Context, *Session, *api.ResponseOutputAudioDelta) error { return nil }
	frame := []byte(audioFrame(make([]byte, 4800)))
	for _, tc := range []struct {
		name     string
		register func(m *Mux)
		want     float64
	}{
		{"OnAudio", func(m *Mux) { OnAudio(m, nothing) }, 0},
		{"no handler", func(*Mux) {}, 0},
		{"On", func(m *Mux) { On(m, nothing) }, 2},
		{"both", func(m *Mux) { On(m, nothing); OnAudio(m, nothing) }, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, m := loneSession(t, nil), NewMux()
			tc.register(m)
			r := run{s: s, routes: m.current()}
			assert.Equal(t, tc.want, testing.AllocsPerRun(1000, func() {
				require.NoError(t, s.take(frame))
				d, err := s.receive(t.Context(), !r.keepsAudio)
				require.NoError(t, err)
				require.NoError(t, r.dispatch(t.Context(), d))
			}))
		})
	}
	t.Run("Discard", func(t *testing.T) {
		s := loneSession(t, nil)
		s.Discard()
		assert.Zero(t, testing.AllocsPerRun(1000, func() { require.NoError(t, s.take(frame)) }))
	})
}

// TestAudioTakesNoLockWhileNothingWaits holds the desk's lock while audio passes in
// both directions.
func TestAudioTakesNoLockWhileNothingWaits(t *testing.T) {
	t.Parallel()
	s := connect(t, script(t, func(p *peer) {
		p.Created()
		p.Expect("input_audio_buffer.append")
		p.Send(audioFrame(piece(1)))
		p.Drain()
	}), nil)
	next[*api.SessionCreated](t, s)
	s.desk.mu.Lock()
	defer s.desk.unlock()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, s.AppendAudio(ctx, piece(1)))
	e, err := s.Recv(ctx)
	require.NoError(t, err)
	assert.IsType(t, &api.ResponseOutputAudioDelta{}, e)
}
