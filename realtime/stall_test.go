package realtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

// unheardPeer begins a response, fills a queue of three, and then answers
// updates by their number.
func unheardPeer(p *peer) {
	p.Created()
	p.Send(created("r1", tagOf(p.Expect("response.create"))))
	for _, f := range spoken("r1")[:2] {
		p.Send(f)
	}
	// The network in memory holds nothing, and the client does not read now.
	frames := make(chan string, 8)
	var writing sync.WaitGroup
	defer writing.Wait()
	defer close(frames)
	writing.Go(func() {
		for f := range frames {
			p.Send(f)
		}
	})
	for n := 1; p.Read() != nil; n++ {
		frames <- fmt.Sprintf(`{"type":"session.updated","event_id":"e","session":{"type":"realtime","id":"s","object":"realtime.session","model":"m","instructions":"%d"}}`, n)
	}
}

func TestRequestsFailWhenNobodyReceives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := connect(t, script(t, unheardPeer, func(c *Config) {
			c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		}), &Options{ReceiveQueueEvents: 3})
		r, err := s.Respond(t.Context(), nil)
		require.NoError(t, err)
		responses := s.Responses(t.Context())
		begin := time.Now()
		var waits sync.WaitGroup
		waits.Go(func() {
			for _, err := range responses {
				assert.ErrorIs(t, err, socket.ErrReceiveQueueFull)
			}
		})
		waits.Go(func() {
			_, err := r.Answer(t.Context())
			assert.ErrorIs(t, err, socket.ErrReceiveQueueFull)
		})
		change := &api.RealtimeSessionConfig{Instructions: new("secret words")}
		_, err = s.Update(t.Context(), change)
		require.ErrorIs(t, err, socket.ErrReceiveQueueFull)
		waits.Wait()
		assert.Equal(t, 30*time.Second, time.Since(begin))
		_, err = s.Update(t.Context(), change)
		require.ErrorIs(t, err, socket.ErrReceiveQueueFull, "and again")
		_, followed := waiting(s)
		assert.Zero(t, followed, "nothing is left behind")
		require.NoError(t, s.Err(), "the session lives")

		s.Discard()
		now, err := s.Update(t.Context(), change)
		require.NoError(t, err)
		require.IsType(t, &api.RealtimeSession{}, now)
		assert.Equal(t, "3", *now.(*api.RealtimeSession).Instructions, "not the answer to an update that was given up") //nolint:errcheck // held by the line above
		require.NoError(t, s.Close())
		assert.Equal(t, 1, strings.Count(log.String(), "nothing is received"), log.String())
		assert.Contains(t, log.String(), "level=WARN")
		assert.Contains(t, log.String(), "failed=3", "the update, the answer and the responses")
		assert.NotContains(t, log.String(), "secret words")
	})
}

func TestReceiveStallHarmsNobodyElse(t *testing.T) {
	t.Parallel()
	t.Run("switched off", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := connect(t, script(t, unheardPeer), &Options{ReceiveQueueEvents: 3, ReceiveStall: -1})
			_, err := s.Respond(t.Context(), nil)
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			_, err = s.Update(ctx, &api.RealtimeSessionConfig{})
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.NoError(t, s.Close())
		})
	})
	t.Run("slow receiver", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := connect(t, script(t, unheardPeer), &Options{ReceiveQueueEvents: 3})
			_, err := s.Respond(t.Context(), nil)
			require.NoError(t, err)
			var receiving sync.WaitGroup
			receiving.Go(func() {
				for range 5 { // Slow, but each event in less than the bound.
					time.Sleep(29 * time.Second)
					_, err := s.Recv(t.Context())
					assert.NoError(t, err)
				}
			})
			_, err = s.Update(t.Context(), &api.RealtimeSessionConfig{})
			require.NoError(t, err)
			receiving.Wait()
			require.NoError(t, s.Close())
		})
	})
}

// lostPeer says hello, sends n events more, and drops the connection, the first one
// only.
func lostPeer(n int) func(*peer) {
	return func(p *peer) {
		p.Created()
		if p.N > 1 {
			for p.Read() != nil {
			}
			return
		}
		for i := range n {
			p.Send(fmt.Sprintf(`{"type":"input_audio_buffer.cleared","event_id":"%d"}`, i))
		}
		_ = p.WS.NetConn().Close()
	}
}

// A handler is who would make room, and may wait for what only the end can tell.
func TestALostConnectionIsFoundBehindAFullQueue(t *testing.T) {
	t.Parallel()
	const room = 3
	t.Run("ends", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := connect(t, script(t, lostPeer(room)), &Options{ReceiveQueueEvents: room})
			synctest.Wait()
			begin := time.Now()
			require.NoError(t, s.Send(t.Context(), &api.InputAudioBufferClear{}))
			err := s.Flush(t.Context())
			lost, ok := errors.AsType[*socket.UnsentError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, 1, len(lost.Unsent)+len(lost.Uncertain))
			assert.Equal(t, 1, strings.Count(err.Error(), "uncertain"), "said once")
			<-s.Done()
			assert.Zero(t, time.Since(begin))
			for range 1 + room { // Nothing that has come is lost.
				_, err := s.Recv(t.Context())
				require.NoError(t, err)
			}
			_, err = s.Recv(t.Context())
			_, broken := errors.AsType[*socket.TransportError](err)
			assert.True(t, broken, "%v", err)
		})
	})
	for name, c := range map[string]struct{ sent, uncertain int }{
		"is redialed after a write": {room, 1},
		"is redialed after a read":  {room - 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := connect(t, script(t, lostPeer(c.sent)), &Options{ReceiveQueueEvents: room, Reconnect: &Reconnect{}})
				synctest.Wait()
				for range 2 {
					require.NoError(t, s.Send(t.Context(), &api.InputAudioBufferClear{}))
					require.NoError(t, s.Flush(t.Context()))
				}
				assert.Len(t, next[*Reconnected](t, s).Uncertain, c.uncertain)
			})
		})
	}
}

func TestNothingIsReceivedAfterDiscard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := connect(t, script(t, answers), nil)
		_, err := s.Recv(t.Context())
		require.NoError(t, err)
		var waiting sync.WaitGroup
		for range 2 {
			waiting.Go(func() {
				_, err := s.Recv(t.Context())
				assert.ErrorIs(t, err, socket.ErrDiscarded)
			})
		}
		synctest.Wait()
		s.Discard()
		waiting.Wait()
		n := 0
		for _, err := range s.Events(t.Context()) {
			require.ErrorIs(t, err, socket.ErrDiscarded)
			n++
		}
		assert.Equal(t, 1, n)
		require.ErrorIs(t, NewMux().Run(t.Context(), s), socket.ErrDiscarded)
		_, err = s.Update(t.Context(), &api.RealtimeSessionConfig{})
		require.NoError(t, err, "requests go on")
		require.NoError(t, s.Close())
		_, err = s.Recv(t.Context())
		require.ErrorIs(t, err, socket.ErrDiscarded)
	})
}
