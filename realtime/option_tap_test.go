package realtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
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

// journal is a tap that notes what it sees.
type journal struct {
	Tap

	mu    sync.Mutex
	lines []string
}

func newJournal(t *testing.T) *journal {
	t.Helper()
	j := &journal{}
	note := func(format string, args ...any) {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.lines = append(j.lines, fmt.Sprintf(format, args...))
	}
	j.Tap = Tap{
		Received: func(e Event, malformed error, message []byte) {
			own := e != nil && strings.HasPrefix(e.EventType(), "realtime.")
			assert.Equal(t, own, message == nil)
			if malformed != nil {
				assert.Nil(t, e)
				note("malformed %s", message)
				return
			}
			note("received %s", e.EventType())
		},
		Sending: func(eventType string, message []byte) {
			assert.Equal(t, byte('{'), message[0], "not masked yet")
			note("sending %s", eventType)
		},
		Sent: func(eventType string, bytes int, fate socket.Fate) {
			assert.Positive(t, bytes)
			note("sent %s %v", eventType, fate)
		},
		Dropped: func(eventType string) { note("dropped %s", eventType) },
		Dialed:  func(_ time.Duration, err error) { note("dialed %v", err) },
		Ended:   func(err error) { note("ended %v", errors.Is(err, io.EOF)) },
	}
	return j
}

func (j *journal) text() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.lines)
}

// TestTaps has two taps beside one without funcs and a nil one.
func TestTaps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) {
			p.Created()
			p.Expect("response.create")
			p.Send("{")
			p.Send(`{"type":"x"}`)
			p.Drain()
		})
		a, b := newJournal(t), newJournal(t)
		s := connect(t, c, &Options{Taps: []*Tap{&a.Tap, nil, {}, &b.Tap}})
		require.NoError(t, s.Send(t.Context(), &api.ResponseCreate{}))
		synctest.Wait()
		require.NoError(t, s.Close())
		want := []string{
			"dialed <nil>", "received session.created", "sending response.create", "sent response.create written",
			"malformed {", "received x", "ended true",
		}
		assert.ElementsMatch(t, want, a.text())
		assert.Equal(t, a.text()[0], "dialed <nil>")
		assert.Less(t, slices.Index(a.text(), "sending response.create"), slices.Index(a.text(), "sent response.create written"))
		assert.ElementsMatch(t, want, b.text())
	})
}

// TestTapsSeeTheFateOfEverySend breaks a connection under a write, and ends the
// session with others waiting.
func TestTapsSeeTheFateOfEverySend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, n := scriptNet(t, func(p *peer) { p.Created(); <-t.Context().Done() })
		stuck := make(chan struct{})
		n.Wrap = func(c net.Conn) net.Conn { return &stuckConn{Conn: c, stuck: stuck} }
		j := newJournal(t)
		s := connect(t, c, &Options{Taps: []*Tap{&j.Tap}, PingInterval: -1, CloseTimeout: time.Second})
		for range 3 {
			require.NoError(t, s.Send(t.Context(), &api.ResponseCancel{}))
		}
		close(stuck)
		err := s.Close()
		unsent, ok := errors.AsType[*socket.UnsentError](err)
		require.True(t, ok, "%v", err)
		assert.Len(t, unsent.Unsent, 2)
		var fates []string
		for _, line := range j.text() {
			if len(line) > 5 && line[:5] == "sent " {
				fates = append(fates, line)
			}
		}
		assert.Equal(t, []string{"sent response.cancel uncertain", "sent response.cancel unsent", "sent response.cancel unsent"}, fates)
	})
}

// stuckConn fails the first write of a frame, and every later one, once stuck is
// closed; the handshake is written before.
type stuckConn struct {
	net.Conn

	stuck  chan struct{}
	writes int
}

func (c *stuckConn) Write(p []byte) (int, error) {
	if c.writes++; c.writes == 1 {
		return c.Conn.Write(p)
	}
	<-c.stuck
	return 0, io.ErrClosedPipe
}

// TestTapsOfRestoring holds that taps see what a restoration sends and receives.
func TestTapsOfRestoring(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) {
			p.Created()
			if p.N == 1 {
				p.Send(item("a", `"type":"message","role":"user","content":[{"type":"input_text","text":"hello"}]`))
				p.Close(1011, "broken")
				return
			}
			m := p.Expect("conversation.item.create")
			p.Send(fmt.Sprintf(`{"type":"conversation.item.added","event_id":"e","item":{"id":%q,"type":"message","role":"user","content":[]}}`, textAt(m, "item", "id")))
			p.Drain()
		})
		j := newJournal(t)
		s := connect(t, c, &Options{Taps: []*Tap{&j.Tap}, Reconnect: &Reconnect{}})
		next[*Reconnected](t, s)
		require.NoError(t, s.Close())
		assert.Contains(t, j.text(), "received realtime.reconnecting")
		assert.Contains(t, j.text(), "received realtime.reconnected")
		assert.Contains(t, j.text(), "sending conversation.item.create")
		assert.Contains(t, j.text(), "sent conversation.item.create written")
		count := 0
		for _, line := range j.text() {
			if line == "received conversation.item.added" {
				count++
			}
		}
		assert.Equal(t, 2, count)
	})
}

// TestAllocationsOfTaps is not parallel: it counts what an audio event costs with
// two taps, in both directions.
func TestAllocationsOfTaps(t *testing.T) {
	if raceEnabled {
		t.Skip("pools forget with the race detector")
	}
	heard, said := 0, 0
	tap := func() *Tap {
		return &Tap{
			Received: func(e Event, _ error, _ []byte) {
				if e, ok := e.(*api.ResponseOutputAudioDelta); ok {
					heard += len(e.Delta)
				}
			},
			Sending: func(_ string, message []byte) { said += len(message) },
			Sent:    func(_ string, bytes int, fate socket.Fate) { said += bytes * (1 - int(fate-socket.Written)) },
		}
	}
	o := &Options{Taps: []*Tap{tap(), tap()}}
	t.Run("received", func(t *testing.T) {
		s, m := loneSession(t, o), NewMux()
		OnAudio(m, func(context.Context, *Session, *api.ResponseOutputAudioDelta) error { return nil })
		r := run{s: s, routes: m.current()}
		s.lends.Store(true)
		frame := []byte(audioFrame(make([]byte, 4800)))
		assert.Zero(t, testing.AllocsPerRun(1000, func() {
			require.NoError(t, s.take(frame))
			d, err := s.receive(t.Context(), true)
			require.NoError(t, err)
			require.NoError(t, r.dispatch(t.Context(), d))
		}))
		assert.Equal(t, 2*1001*4800, heard)
	})
	t.Run("sent", func(t *testing.T) {
		s, k := sinkSession(t, o)
		ctx, e := t.Context(), &api.InputAudioBufferAppend{Audio: make([]byte, 4800)}
		assert.Zero(t, testing.AllocsPerRun(1000, func() {
			_ = s.Send(ctx, e)
			<-k.wrote
		}))
	})
}

// TestLentMemoryOfTapsIsFreedAfterThem holds that a tap runs before the memory of
// an event may be used again.
func TestLentMemoryOfTapsIsFreedAfterThem(t *testing.T) {
	s := loneSession(t, &Options{Taps: []*Tap{{Received: func(e Event, _ error, message []byte) {
		audio, ok := e.(*api.ResponseOutputAudioDelta)
		require.True(t, ok)
		assert.Equal(t, piece(7), audio.Delta)
		assert.Equal(t, audioFrame(piece(7)), string(message))
	}}}})
	s.Discard()
	require.NoError(t, s.take([]byte(audioFrame(piece(7)))))
}
