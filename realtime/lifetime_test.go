package realtime

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

func TestDeadPeerIsNoticed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) { p.Created(); <-t.Context().Done() })
		s := connect(t, c, &Options{PingInterval: 15 * time.Second, PingTimeout: 10 * time.Second})
		begin := time.Now()
		<-s.Done()
		assert.LessOrEqual(t, time.Since(begin), 26*time.Second)
		err := s.Err()
		require.ErrorIs(t, err, socket.ErrPeerSilent)
		broken, ok := errors.AsType[*socket.TransportError](err)
		require.True(t, ok)
		assert.True(t, broken.Timeout())
		require.NoError(t, s.Close())
	})
}

func TestQuietPeerThatAnswersPingsLives(t *testing.T) {
	t.Parallel()
	for interval, pings := range map[time.Duration]int{0: 40, 5 * time.Second: 120} {
		synctest.Test(t, func(t *testing.T) {
			c := script(t, func(p *peer) { p.Created(); p.Drain() })
			var mu sync.Mutex
			trips := 0
			s := connect(t, c, &Options{PingInterval: interval, Taps: []*Tap{{Pong: func(d time.Duration) {
				mu.Lock()
				defer mu.Unlock()
				trips++
				assert.Less(t, d, time.Second)
			}}}})
			time.Sleep(10 * time.Minute)
			require.NoError(t, s.Err(), "PingInterval %s", interval)
			require.NoError(t, s.Close())
			mu.Lock()
			defer mu.Unlock()
			assert.InDelta(t, pings, trips, 2)
		})
	}
}

func TestSlowReceiverIsNoDeadPeer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) {
			p.Created()
			for range 10 {
				p.Send(`{"type":"x"}`)
			}
			p.Drain()
		})
		s := connect(t, c, &Options{ReceiveQueueEvents: 2})
		time.Sleep(5 * time.Minute)
		require.NoError(t, s.Err())
		for range 11 {
			_, err := s.Recv(t.Context())
			require.NoError(t, err)
		}
		require.NoError(t, s.Close())
	})
}

func TestReceiveQueueOverflow(t *testing.T) {
	t.Parallel()
	play := func(p *peer) {
		p.Created()
		for range 10 {
			p.Send(`{"type":"x"}`)
		}
		p.Send(`{"type":"last"}`)
		p.Drain()
	}
	t.Run("drop oldest", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			dropped := 0
			s := connect(t, script(t, play), &Options{
				ReceiveQueueEvents: 3, Overflow: socket.OverflowDropOldest,
				Taps: []*Tap{{Dropped: func(string) { dropped++ }}},
			})
			synctest.Wait()
			assert.EqualValues(t, 9, s.Stats().Dropped)
			assert.Equal(t, 9, dropped)
			var got []string
			for range 3 {
				e, err := s.Recv(t.Context())
				require.NoError(t, err)
				got = append(got, e.EventType())
			}
			assert.Equal(t, []string{"x", "x", "last"}, got)
			require.NoError(t, s.Close())
		})
	})
	t.Run("fail", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := connect(t, script(t, play), &Options{ReceiveQueueEvents: 3, Overflow: socket.OverflowFail})
			<-s.Done()
			require.ErrorIs(t, s.Err(), socket.ErrReceiveQueueFull)
			require.NoError(t, s.Close())
		})
	})
	t.Run("block, then close", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := connect(t, script(t, play), &Options{ReceiveQueueEvents: 3})
			synctest.Wait()
			begin := time.Now()
			require.NoError(t, s.Close())
			assert.Zero(t, time.Since(begin), "a full queue does not hold up the goodbye")
			n := 0
			for _, err := range s.Events(t.Context()) {
				require.NoError(t, err)
				n++
			}
			assert.Equal(t, 3, n)
		})
	})
	t.Run("bytes", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := connect(t, script(t, play), &Options{ReceiveQueueBytes: 20})
			synctest.Wait()
			assert.Equal(t, 1, s.Stats().ReceiveQueueEvents, "one arrival fits however large it is")
			require.NoError(t, s.Close())
		})
	})
}

func TestCloseIsBoundedAndUnblocksEveryone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) {
			p.Created()
			// Reads, and never answers.
			p.WS.SetCloseHandler(func(int, string) error { return nil })
			_, _, _ = p.WS.ReadMessage()
			<-t.Context().Done()
		})
		s := connect(t, c, &Options{CloseTimeout: 4 * time.Second})
		next[*api.SessionCreated](t, s)
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := s.Recv(t.Context())
			assert.ErrorIs(t, err, io.EOF)
		})
		wg.Go(func() {
			for _, err := range s.Events(t.Context()) {
				assert.NoError(t, err)
				assert.Fail(t, "nothing was sent")
			}
		})
		begin := time.Now()
		for range 4 {
			wg.Go(func() { assert.NoError(t, s.Close()) })
		}
		wg.Wait()
		assert.Equal(t, 4*time.Second, time.Since(begin))
		require.NoError(t, s.CloseWith(1001, "late"))
		assert.Equal(t, 1000, s.CloseStatus().Code, "the first close counts")
	})
}

func TestCloseWithCodeAndReason(t *testing.T) {
	t.Parallel()
	got := make(chan *websocket.CloseError, 1)
	c := script(t, func(p *peer) {
		p.Created()
		_, _, err := p.WS.ReadMessage()
		e, ok := errors.AsType[*websocket.CloseError](err)
		assert.True(t, ok)
		got <- e
	})
	s := connect(t, c, nil)
	require.Error(t, s.CloseWith(1006, "cannot be sent"))
	require.Error(t, s.CloseWith(999, ""))
	require.NoError(t, s.Err())
	require.NoError(t, s.CloseWith(4321, strings.Repeat("ä", 100)))
	e := <-got
	assert.Equal(t, 4321, e.Code)
	assert.Equal(t, strings.Repeat("ä", 61), e.Text)
	assert.Equal(t, &socket.CloseError{Code: 4321, Reason: strings.Repeat("ä", 100), Local: true}, s.CloseStatus())
}

func TestCloseWhileEverythingRuns(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) {
		p.Created()
		go func() {
			for p.WS.WriteMessage(websocket.TextMessage, []byte(`{"type":"x"}`)) == nil {
			}
		}()
		p.Drain()
	})
	s := connect(t, c, nil)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for s.Send(t.Context(), &api.InputAudioBufferAppend{Audio: make([]byte, 960)}) == nil {
			}
		})
		wg.Go(func() {
			_, _ = s.Request(t.Context(), &api.SessionUpdate{Session: &api.RealtimeSessionConfig{}})
		})
	}
	for range 100 {
		_, err := s.Recv(t.Context())
		require.NoError(t, err)
	}
	require.NoError(t, s.Close())
	wg.Wait()
}

func TestReadLimit(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) {
		p.Created()
		p.Send(`{"type":"x","pad":"` + strings.Repeat("a", 64<<10) + `"}`)
		p.Send(`{"type":"x","pad":"` + strings.Repeat("a", 256<<10) + `"}`)
		p.Drain()
	})
	s := connect(t, c, &Options{ReadLimit: 128 << 10})
	next[*api.UnknownServerEvent](t, s)
	_, err := s.Recv(t.Context())
	require.ErrorIs(t, err, socket.ErrTooLarge)
	require.NoError(t, s.Close())
}

// TestReadLimitOfAMessageThatNeverEnds sends fragments and never the last one.
func TestReadLimitOfAMessageThatNeverEnds(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) {
		p.Created()
		const first, rest, size = 0x01, 0x00, 100 // A text message in frames without FIN.
		for opcode := byte(first); ; opcode = rest {
			if _, err := p.WS.NetConn().Write(append([]byte{opcode, size}, make([]byte, size)...)); err != nil {
				return
			}
		}
	})
	s := connect(t, c, &Options{ReadLimit: 64 << 10})
	next[*api.SessionCreated](t, s)
	_, err := s.Recv(t.Context())
	require.ErrorIs(t, err, socket.ErrTooLarge)
}

func TestReadLimitOfCompressedMessages(t *testing.T) {
	const limit = 128 << 10
	message := func(size int) []byte {
		const head, tail = `{"type":"x","pad":"`, `"}`
		return []byte(head + strings.Repeat("a", size-len(head)-len(tail)) + tail)
	}
	for name, tc := range map[string]struct {
		size int
		want error
	}{
		"at the limit": {limit, nil}, "above it": {limit + 1, socket.ErrTooLarge},
		"a bomb": {64 << 20, socket.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			data := message(tc.size)
			ready := make(chan struct{})
			c := script(t, func(p *peer) {
				p.Created()
				<-ready
				_ = p.WS.WriteMessage(websocket.TextMessage, data)
				p.Drain()
			})
			s := connect(t, c, &Options{ReadLimit: limit, Compression: true})
			next[*api.SessionCreated](t, s)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			close(ready)
			_, err := s.Recv(t.Context())
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, tc.want)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20), "memory is bounded by the limit")
			require.NoError(t, s.Close())
		})
	}
}

func TestRecvKeepsTheSessionWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) {
			p.Created()
			time.Sleep(time.Minute)
			p.Send(`{"type":"late"}`)
			p.Send(`{"type":"later"}`)
			p.Drain()
		})
		s := connect(t, c, &Options{PingInterval: -1})
		next[*api.SessionCreated](t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Recv(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, "late", next[*api.UnknownServerEvent](t, s).Type)
		for _, err := range s.Events(t.Context()) {
			require.NoError(t, err)
			break
		}
		require.NoError(t, s.Close())
	})
}
