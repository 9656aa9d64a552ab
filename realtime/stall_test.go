package realtime

import (
	"bytes"
	"context"
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
)

// unheardPeer begins a response, fills a queue of three, and then answers
// updates by their number.
func unheardPeer(p *peer) {
	p.created()
	p.send(created("r1", tagOf(p.expect("response.create"))))
	for _, f := range spoken("r1")[:2] {
		p.send(f)
	}
	// The network in memory holds nothing, and the client does not read now.
	frames := make(chan string, 8)
	var writing sync.WaitGroup
	defer writing.Wait()
	defer close(frames)
	writing.Go(func() {
		for f := range frames {
			p.send(f)
		}
	})
	for n := 1; p.read() != nil; n++ {
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
				assert.ErrorIs(t, err, ErrReceiveQueueFull)
			}
		})
		waits.Go(func() {
			_, err := r.Answer(t.Context())
			assert.ErrorIs(t, err, ErrReceiveQueueFull)
		})
		change := &api.RealtimeSessionConfig{Instructions: new("secret words")}
		_, err = s.Update(t.Context(), change)
		require.ErrorIs(t, err, ErrReceiveQueueFull)
		waits.Wait()
		assert.Equal(t, 30*time.Second, time.Since(begin))
		_, err = s.Update(t.Context(), change)
		require.ErrorIs(t, err, ErrReceiveQueueFull, "and again")
		assert.Zero(t, s.feed.n.Load(), "nothing is left behind")
		assert.Empty(t, s.feed.open)
		require.NoError(t, s.Err(), "the session lives")

		s.Discard()
		now, err := s.Update(t.Context(), change)
		require.NoError(t, err)
		require.IsType(t, &api.RealtimeSession{}, now)
		assert.Equal(t, "3", *now.(*api.RealtimeSession).Instructions, "not the answer to an update that was given up") //nolint:errcheck // held by the line above
		require.NoError(t, s.Close())
		assert.Equal(t, 1, strings.Count(log.String(), "nobody receives"), log.String())
		assert.Contains(t, log.String(), "level=WARN")
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
				assert.ErrorIs(t, err, ErrDiscarded)
			})
		}
		synctest.Wait()
		s.Discard()
		waiting.Wait()
		n := 0
		for _, err := range s.Events(t.Context()) {
			require.ErrorIs(t, err, ErrDiscarded)
			n++
		}
		assert.Equal(t, 1, n)
		require.ErrorIs(t, s.Run(t.Context(), NewMux()), ErrDiscarded)
		_, err = s.Update(t.Context(), &api.RealtimeSessionConfig{})
		require.NoError(t, err, "requests go on")
		require.NoError(t, s.Close())
		_, err = s.Recv(t.Context())
		require.ErrorIs(t, err, ErrDiscarded)
	})
}
